// What `check` says of a gate that cannot open, and what `run` says of it: the same.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createTestAuthority } from '../../../test/support/certificates.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';
import { startGate } from '../gate/gate.ts';
import { createAuthorityFor } from './ca.ts';
import { checkOpening } from './check-opening.ts';
import { readPolicy } from './policy.ts';

const POLICY = 'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: [github.com]\notherwise: block\n';
const SETTINGS = `policy: policy.yaml
settleTime: 10ms
listeners: [{ name: staff, proxy: "127.0.0.1:0", credentials: required }]
identity: { htpasswd: users }
upstream: { roots: [roots.pem] }
audit: { dir: audit }
admin: { listen: "127.0.0.1:0", tokenFile: state/token }
`;
const upstream = await createTestAuthority();
const BROKEN = upstream.rootPem.replace(/\n[^-]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');

async function folder(t: TestContext, settings: string = SETTINGS) {
  const dir = await tempDir(t);
  const at = (name: string): string => join(dir, name);
  writeFileSync(at('policy.yaml'), POLICY);
  writeFileSync(at('users'), '');
  writeFileSync(at('roots.pem'), upstream.rootPem);
  const policy = readPolicy({ file: at('policy.yaml'), folder: dir, timeZone: 'UTC' });
  assert.ok(policy.ok && (await createAuthorityFor(at('ca'), policy.value)).ok);
  const read = parseSettings({ text: settings, file: at('gatewright.yaml') }, (path) => resolve(dir, path));
  assert.ok(read.ok, JSON.stringify(read));
  return { dir, at, settings: read.value };
}

async function runs(t: TestContext, settings: Settings) {
  const gate = await startGate(settings, { workers: 0, log: { write: () => undefined } });
  if (gate.ok) t.after(() => gate.value.stop());
  return gate;
}

test('R-70 C2 checkOpening() finds right what opens, and leaves nothing behind', async (t) => {
  const { dir, settings } = await folder(t);
  const before = readdirSync(dir);
  assert.deepEqual(await checkOpening(settings), { ok: true, value: null });
  assert.deepEqual(readdirSync(dir), before);
  const gate = await runs(t, settings);
  assert.ok(gate.ok, JSON.stringify(gate));
  // A gate that runs already is no fault of its settings.
  assert.deepEqual(await checkOpening(settings), { ok: true, value: null });
});

interface Spoilt {
  readonly name: string;
  readonly spoil: (at: (name: string) => string) => void;
  readonly settings?: string;
  readonly says: RegExp;
}

const SPOILT: readonly Spoilt[] = [
  { name: 'no CA', spoil: (at) => rmSync(at('ca'), { recursive: true }), says: /ca\.pem.*ca init/ },
  {
    name: 'a CA key for all to read',
    spoil: (at) => chmodSync(at('ca/ca.key'), 0o644),
    says: /ca\.key.*0644/,
  },
  { name: 'no CA key', spoil: (at) => rmSync(at('ca/ca.key')), says: /ca\.key/ },
  { name: 'no users', spoil: (at) => rmSync(at('users')), says: /users.*no such file.*user add/ },
  {
    name: 'users with a fault',
    spoil: (at) => writeFileSync(at('users'), 'dave:letmein\n'),
    says: /users.*"line":1/,
  },
  { name: 'no roots', spoil: (at) => rmSync(at('roots.pem')), says: /roots in .*roots\.pem/ },
  {
    name: 'roots without PEM',
    spoil: (at) => writeFileSync(at('roots.pem'), 'x\n'),
    says: /roots\.pem.*no PEM/,
  },
  {
    name: 'one broken root among good ones',
    spoil: (at) => writeFileSync(at('roots.pem'), `${upstream.rootPem}${BROKEN}${upstream.rootPem}`),
    says: new RegExp(`roots\\.pem.*certificate 2, at line ${upstream.rootPem.split('\n').length}`),
  },
  {
    name: 'a root that is cut off',
    spoil: (at) => writeFileSync(at('roots.pem'), upstream.rootPem.slice(0, 200)),
    says: /roots\.pem.*certificate 1, at line 1.*no end/,
  },
  {
    name: 'a broken certificate in the CA',
    spoil: (at) => writeFileSync(at('ca/ca.pem'), `${readFileSync(at('ca/ca.pem'), 'utf8')}${BROKEN}`),
    says: /ca\.pem.*2/,
  },
  {
    name: 'a token of one letter',
    spoil: (at) => {
      mkdirSync(dirname(at('state/token')));
      writeFileSync(at('state/token'), 'x');
    },
    says: /admin token.*16 to 512/,
  },
  { name: 'a file in the place of the record', spoil: (at) => writeFileSync(at('audit'), ''), says: /audit/ },
  {
    name: 'C11 a record in /proc',
    spoil: () => undefined,
    settings: SETTINGS.replace('dir: audit', 'dir: /proc/audit'),
    says: /Cannot open the audit record in .*"\/proc\/audit" is not there and cannot be made/s,
  },
];

for (const { name, spoil, settings: text, says } of SPOILT) {
  test(`R-70 C2 checkOpening() refuses what run refuses: ${name}`, async (t) => {
    const { at, settings } = await folder(t, text);
    spoil(at);
    const checked = await checkOpening(settings);
    assert.ok(!checked.ok, 'check finds it right');
    assert.match(JSON.stringify(checked.error).replaceAll('\\"', '"'), says);
    const gate = await runs(t, settings);
    assert.deepEqual(gate.ok ? null : gate.error, checked.error);
    assert.equal(existsSync(at('state/token')), name.includes('token'), 'nothing is made');
  });
}

test('R-70 C11 a gate that refuses its policy leaves nothing behind', async (t) => {
  const { dir, at, settings } = await folder(t);
  writeFileSync(at('policy.yaml'), 'version: 2\n');
  const before = readdirSync(dir);
  const gate = await runs(t, settings);
  assert.equal(!gate.ok && gate.error.kind, 'invalid');
  assert.deepEqual(readdirSync(dir), before);
});

test('C11 two gates do not open on one folder of the record; the second says who has it', async (t) => {
  const { settings } = await folder(t);
  assert.ok((await runs(t, settings)).ok);
  const second = await runs(t, settings);
  assert.match(JSON.stringify(second), new RegExp(`another gate writes there \\(process ${process.pid} on `));
});
