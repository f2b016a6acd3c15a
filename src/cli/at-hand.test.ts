// What a command goes by: what is named, then the settings of its folder, then the demo's places.
// Must not know what is done with it, and sends nothing anywhere.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { cliIn } from '../../test/support/command-line.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { parseSettings } from '../core/settings/settings-document.ts';
import { adminAtHand, listenerAtHand, policyAtHand } from './at-hand.ts';
import type { Cli } from './cli.ts';

const BROKEN = 'policy: [';
const POLICY = 'version: 1\nrestrict: { enterprises: ["1"] }\nallow: [github.com]\notherwise: block\n';

/** A command's surroundings, in a folder whose gatewright.yaml says this. */
async function folder(
  t: TestContext,
  settings: string,
): Promise<{ readonly cli: Cli; readonly dir: string }> {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'gatewright.yaml'), settings);
  writeFileSync(join(dir, 'policy.yaml'), POLICY);
  const readSettings = (file: string) =>
    parseSettings({ text: readFileSync(file, 'utf8'), file }, (path) => join(dir, path));
  return { dir, cli: cliIn({ cwd: dir, acts: { readSettings } }) };
}

test('C7 C8 settings of the folder are not read where the options say all that is wanted of them', async (t) => {
  const { cli } = await folder(t, BROKEN);
  const place = { admin: 'http://127.0.0.1:9', tokenFile: 'token' };
  assert.deepEqual(await adminAtHand(cli, place), { ok: true, value: place });
  const listener = { proxy: 'http://127.0.0.1:9', ca: 'ca.pem' };
  assert.deepEqual(await listenerAtHand(cli, listener), { ok: true, value: listener });
  const policy = { policy: 'policy.yaml', config: 'gatewright.yaml', timeZone: 'UTC' };
  const read = await policyAtHand(cli, policy);
  assert.ok(read.ok, JSON.stringify(read));
});

test('C10 adminAtHand() points to --config where the folder has neither settings nor a demo', async (t) => {
  const cli = cliIn({ cwd: await tempDir(t) });
  const answer = await adminAtHand(cli, {});
  assert.ok(!answer.ok && answer.error.kind === 'failed');
  assert.match(answer.error.message, /--config/);
});

test('settings of the folder are read, and refused where they are wrong, for what the options leave out', async (t) => {
  const { cli } = await folder(t, BROKEN);
  for (const asked of [
    adminAtHand(cli, { admin: 'http://127.0.0.1:9' }),
    adminAtHand(cli, { tokenFile: 'token' }),
    listenerAtHand(cli, { proxy: 'http://127.0.0.1:9' }),
    listenerAtHand(cli, { ca: 'ca.pem' }),
    policyAtHand(cli, { policy: 'policy.yaml', config: 'gatewright.yaml' }),
  ]) {
    const answer = await asked;
    assert.equal(!answer.ok && answer.error.kind, 'invalid');
  }
});

test('listenerAtHand() takes the CA of settings that cannot say where the gate listens', async (t) => {
  const { cli, dir } = await folder(t, 'policy: p\nlisteners: [{ name: a, proxy: "127.0.0.1:0" }]\n');
  const asked = await listenerAtHand(cli, { proxy: 'http://127.0.0.1:9' });
  assert.deepEqual(asked.ok && asked.value.ca, join(dir, 'ca', 'ca.pem'));
});

const LISTENERS: readonly (readonly [name: string, listeners: string, proxy: string | RegExp])[] = [
  [
    'one without a PROXY header before one with',
    '{ name: balanced, proxy: "0.0.0.0:3131", proxyProtocol: ["127.0.0.0/8"] }, { name: office, proxy: "0.0.0.0:3128" }',
    'http://127.0.0.1:3128',
  ],
  [
    'one that wants credentials before one that wants a PROXY header',
    '{ name: balanced, proxy: "[::1]:3131", proxyProtocol: ["::/0"] }, { name: staff, proxy: "[::]:3130", credentials: required }',
    'http://[::1]:3130',
  ],
  [
    'one whose PROXY headers are wanted of others alone',
    '{ name: balanced, proxy: "127.0.0.1:3131", proxyProtocol: ["10.0.0.0/8"] }',
    'http://127.0.0.1:3131',
  ],
  [
    'none where each wants a PROXY header of this machine',
    '{ name: balanced, proxy: "0.0.0.0:3131", proxyProtocol: ["10.0.0.0/8", "127.0.0.1/32"] }',
    /PROXY header.*--proxy/,
  ],
];

for (const [name, listeners, proxy] of LISTENERS) {
  test(`C7 listenerAtHand() chooses ${name}`, async (t) => {
    const { cli } = await folder(t, `policy: p\nidentity: { htpasswd: users }\nlisteners: [${listeners}]\n`);
    const found = await listenerAtHand(cli, {});
    if (typeof proxy === 'string') assert.equal(found.ok && found.value.proxy, proxy, JSON.stringify(found));
    else assert.match(JSON.stringify(found), proxy);
  });
}

/** Settings whose listener and admin API are at this address. */
function at(address: string, [proxy, admin]: readonly [proxy: number, admin: number]): string {
  const place = (port: number) => JSON.stringify(`${address}:${port}`);
  return `policy: p\nlisteners: [{ name: a, proxy: ${place(proxy)} }]\nadmin: { listen: ${place(admin)} }\n`;
}

test('C7 C8 a port that the system chooses is told, with the option that names it', async (t) => {
  const { cli } = await folder(t, at('127.0.0.1', [0, 0]));
  assert.match(JSON.stringify(await adminAtHand(cli, {})), /127\.0\.0\.1:0.*the system chooses.*--admin/);
  assert.match(JSON.stringify(await listenerAtHand(cli, {})), /127\.0\.0\.1:0.*the system chooses.*--proxy/);
});

// Documentation addresses (RFC 5737, RFC 3849), and what looks much like a loopback address or like none.
const ELSEWHERE = ['198.51.100.7', '[2001:db8::7]', '[::ffff:198.51.100.7]', '[127::1]', '0.0.0.1'];

for (const address of ELSEWHERE) {
  test(`C7 C8 settings that say ${address} send no token and no client there`, async (t) => {
    const { cli } = await folder(t, at(address, [3128, 3129]));
    assert.match(JSON.stringify(await adminAtHand(cli, {})), /no address of this machine.*--admin/);
    assert.match(JSON.stringify(await listenerAtHand(cli, {})), /no address of this machine.*--proxy/);
    const named = { admin: 'http://gate.example.com:3129', proxy: 'http://gate.example.com:3128' };
    assert.equal((await adminAtHand(cli, named)).ok, true);
    assert.equal((await listenerAtHand(cli, named)).ok, true);
  });
}

test('settings may say any address of this machine', async (t) => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const written = own.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
  for (const address of ['127.0.0.1', '127.8.8.8', '[::1]', ...written]) {
    const { cli } = await folder(t, at(address, [3128, 3129]));
    const admin = await adminAtHand(cli, {});
    assert.equal(admin.ok && admin.value.admin, `http://${address}:3129`, address);
    const listener = await listenerAtHand(cli, {});
    assert.equal(listener.ok && listener.value.proxy, `http://${address}:3128`, address);
  }
});
