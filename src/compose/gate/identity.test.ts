// What the sources of a gate are told, and when.
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { type IpAddress, parseIpAddress } from '../../core/base/ip-address.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';
import type { Log, SourceState } from '../../ports.ts';
import { openIdentity, openSources } from './identity.ts';

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const HERE = address('127.0.0.1');
const HASH = hashSync('right', 4);

async function opened(t: TestContext, listener: string) {
  const folder = mkdtempSync(join(tmpdir(), 'gatewright-sources-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'users');
  writeFileSync(file, `dave:${HASH}\n`);
  const text = `listeners: [${listener}]\npolicy: policy.yaml\nsettleTime: 10ms\nidentity: { htpasswd: ${file} }\n`;
  const settings = parseSettings({ text, file: 'settings.yaml' }, (path) => path);
  assert.ok(settings.ok, JSON.stringify(settings));
  const said: string[] = [];
  const heard: (() => void)[] = [];
  const say = (message: string): void => {
    said.push(message);
    heard.shift()?.();
  };
  const log: Log = { info: say, warn: say, error: say };
  const sources = await openSources(settings.value, log);
  assert.ok(sources.ok);
  t.after(() => sources.value.close());
  // Renamed to its place, so that it is whole when it is seen.
  const write = async (text: string): Promise<void> => {
    const taken = new Promise<void>((resolve) => heard.push(resolve));
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    await taken;
  };
  return { sources: sources.value, settings: settings.value, write, said };
}

const ASKING = '{ name: a, proxy: "127.0.0.1:0", credentials: required }';

test('R-10a a file of users that is wrong changes nothing; one that is right is handed on', async (t) => {
  const { sources, write, said } = await opened(t, ASKING);
  const states: (readonly SourceState[])[] = [];
  sources.follow((state) => states.push(state));
  const before = sources.current();
  assert.deepEqual(before, [{ kind: 'htpasswd', value: [{ name: 'dave', hash: HASH }] }]);
  await write('dave:plain\n');
  assert.deepEqual(sources.current(), before);
  assert.deepEqual(states, []);
  await write(`erin:${HASH}\n`);
  assert.deepEqual(states, [[{ kind: 'htpasswd', value: [{ name: 'erin', hash: HASH }] }]]);
  assert.deepEqual(sources.current(), states[0]);
  assert.equal(said.length, 2);
});

test('openIdentity() knows whom the states name, until it takes others', async (t) => {
  const { sources, settings } = await opened(t, ASKING);
  const identity = openIdentity(sources.current(), settings.limits);
  assert.ok(identity !== null);
  t.after(() => identity.close());
  const dave = { kind: 'basic', user: 'dave', password: 'right' } as const;
  const known = await identity.stack.authenticate(dave, HERE);
  assert.equal(known.kind, 'known');
  identity.take([{ kind: 'htpasswd', value: [] }]);
  assert.equal(known.kind === 'known' && known.holds(), false);
  assert.equal((await identity.stack.authenticate(dave, HERE)).kind, 'unknown');
});

test('openSources() reads nothing where no listener requires credentials', async (t) => {
  const { sources, settings } = await opened(t, '{ name: a, proxy: "127.0.0.1:0" }');
  assert.deepEqual(sources.current(), []);
  assert.equal(openIdentity(sources.current(), settings.limits), null);
});
