// `gatewright selftest egress` through a gate and past it: what must not get through, the stamp, proxies beside the gate.
// Must not know how the gate refuses. Nothing here leaves this machine: every direct destination is led to a closed port.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { reachTls } from '../../src/client/egress/reach.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { sayTo } from '../support/command-line.ts';
import { connectProxyTo } from '../support/connect-proxy.ts';
import { openDemo } from '../support/demo.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope } from '../support/test-scope.ts';
import { startTwin, type TwinOptions } from '../support/twin.ts';

const demo = await openDemo(fileScope());
const simulatorPort = new URL(demo.simulatorUrl).port;
const NOWHERE = ['--resolve', '*=127.0.0.9'];
const THROUGH = ['--proxy', demo.office, '--ca', demo.caFile];
const SIMULATOR = [
  ...['--simulator', demo.simulatorUrl],
  ...['--simulator-ca', join(demo.folder, 'simulator', 'ca.pem')],
];

async function egress(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly results: ReadonlySet<string>; readonly text: string }> {
  const said = await sayTo(['selftest', 'egress', '--json', ...NOWHERE, ...args], { env });
  if (said.stdout === '') return { status: said.status, results: new Set(), text: said.stderr };
  const { probes }: { probes: { id: string; result: string }[] } = JSON.parse(said.stdout);
  const results = new Set(probes.map(({ id, result }) => `${id} ${result}`));
  return { status: said.status, results, text: said.stdout };
}

test('gatewright selftest egress finds nothing that gets through the gate, and the stamp on what does', async () => {
  const { status, results, text } = await egress([...THROUGH, ...SIMULATOR]);
  assert.equal(status, 0, text);
  for (const id of ['proxy-ssh', 'proxy-codespaces', 'proxy-address', 'stamp', 'quic', 'direct-web'])
    assert.ok(results.has(`${id} closed`) && !results.has(`${id} open`), text);
});

test('gatewright selftest egress tells a proxy that only tunnels from the gate', async (t) => {
  const blind = await connectProxyTo(Number(simulatorPort));
  t.after(() => blind.close());
  const simulatorCa = join(demo.folder, 'simulator', 'ca.pem');
  const args = ['--proxy', blind.url, '--ca', simulatorCa, ...SIMULATOR];
  const { status, results, text } = await egress(args);
  assert.equal(status, 4, text);
  for (const id of ['proxy-ssh', 'proxy-codespaces', 'stamp']) assert.ok(results.has(`${id} open`), text);
});

test("gatewright selftest egress tells a destination's refusal from the gate's", async (t) => {
  const authority = await createTestAuthority();
  const tls = await authority.issue({ names: ['github.dev'] });
  const answer: TwinOptions['answer'] = (_, response) => {
    response.statusCode = 403;
    response.end();
  };
  const destination = await startTwin(t, { tls, answer });
  const blind = await connectProxyTo(destination.port);
  t.after(() => blind.close());
  const ca = join(await tempDir(t), 'ca.pem');
  writeFileSync(ca, authority.rootPem);
  const args = ['--proxy', blind.url, '--ca', ca, '--target', 'proxy-codespaces'];
  assert.deepEqual(await briefly(egress(args)), [4, ['proxy-codespaces open']]);
});

test('gatewright selftest egress tries the other proxies that the variables name', async (t) => {
  const blind = await connectProxyTo(Number(simulatorPort));
  t.after(() => blind.close());
  const only = ['--target', 'other-proxy', ...THROUGH];
  const env = { HTTPS_PROXY: blind.url, http_proxy: demo.office };
  assert.deepEqual(await briefly(egress(only, env)), [4, ['other-proxy open']]);
  const none = await egress(only, { HTTPS_PROXY: demo.office });
  assert.equal(none.status, 1);
  assert.match(none.text, /Cannot try "other-proxy"/);
});

async function briefly(asked: ReturnType<typeof egress>): Promise<readonly [number, readonly string[]]> {
  const { status, results } = await asked;
  return [status, [...results]];
}

test('gatewright selftest egress takes a connection that was led to the gate for closed', async (t) => {
  // As a transparent listener answers: with a certificate of the CA that is named.
  const simulatorCa = join(demo.folder, 'simulator', 'ca.pem');
  const reached = await reachSimulator(simulatorCa);
  assert.equal(reached, 'closed');
  const stranger = await tempDir(t);
  writeFileSync(join(stranger, 'ca.pem'), readFileSync(join(demo.folder, 'ca', 'ca.pem')));
  assert.equal(await reachSimulator(join(stranger, 'ca.pem')), 'open');
});

/** One direct probe whose destination is the simulator's port. */
async function reachSimulator(caFile: string): Promise<string> {
  const around = {
    ...{ resolve: new Map([['github.com', ['127.0.0.9', '127.0.0.1']]]), timeoutMs: 5_000 },
    gateCa: readFileSync(caFile, 'utf8'),
  };
  return (await reachTls({ host: 'github.com', port: Number(simulatorPort) }, around)).result;
}

const WRONG: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
  ['a proxy that is no URL', ['--proxy', 'gate:3128'], /Cannot use "gate:3128" as proxy/],
  ['an unknown target', ['--target', 'telepathy'], /Cannot try "telepathy": the probes here are direct-web/],
  ['a CA that is not there', ['--ca', '/nowhere/ca.pem'], /Cannot read .*\/nowhere\/ca\.pem/],
  ['the stamp without a proxy', ['--simulator', 'https://127.0.0.1:1'], /without the proxy that stamps/],
  ['a mapping without an address', ['--resolve', 'github.com=there'], /write it as github\.com=10\.9\.0\.2/],
  ['no time', ['--timeout', '0'], /a number of seconds/],
];

for (const [name, args, says] of WRONG) {
  test(`gatewright selftest egress ends with 1 on ${name}`, async () => {
    const said = await sayTo(['selftest', 'egress', ...args]);
    assert.equal(said.status, 1);
    assert.equal(said.stdout, '');
    assert.match(said.stderr, says);
  });
}

test('gatewright selftest egress ends with 1 where the proxy does not answer, and shows what could not be tried', async () => {
  const said = await sayTo(['selftest', 'egress', ...NOWHERE, '--proxy', 'http://127.0.0.9:9']);
  assert.equal(said.status, 1);
  assert.match(said.stdout, /^unknown {2}proxy-ssh .*ECONNREFUSED/m);
  assert.match(said.stdout, /some could not be tried/);
});
