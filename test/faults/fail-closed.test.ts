// A part of the gate that fails as nobody expected, one after the other: what it was needed for is not done, and nothing
// reaches upstream. Must not know how the parts are put together.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { createTestAuthority } from '../support/certificates.ts';
import { type GateProcess, startGateProcess } from '../support/gate.ts';
import { officePolicy, UPSTREAM_NAMES } from '../support/office.ts';
import { connectThrough, openRaw, tunnel } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { askOnce, killWorker, liveWorkers, untilServing } from '../support/workers.ts';

/** On a signal, the worker loses a part, and tells. */
function preload(breakage: string): string {
  const script = `
    import { createRequire, syncBuiltinESMExports } from 'node:module';
    const load = createRequire('/');
    const fail = () => { throw new Error('a part of the gate is broken'); };
    process.on('SIGUSR2', () => {
      const { stderr } = process;
      ${breakage};
      syncBuiltinESMExports();
      stderr.write('BROKEN\\n');
    });`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

/** `on`: what needs the part. A standing tunnel and plain HTTP want only the decision and its record. */
const BREAKAGES: readonly { name: string; breakage: string; on: 'every-request' | 'new-tunnel' }[] = [
  {
    name: 'the record cannot be written',
    breakage: "load('node:fs').writeSync = fail",
    on: 'every-request',
  },
  { name: 'the record cannot be chained', breakage: "load('node:crypto').hash = fail", on: 'every-request' },
  { name: 'events cannot be made text', breakage: 'JSON.stringify = fail', on: 'every-request' },
  { name: 'there is no time', breakage: 'Date.now = fail', on: 'every-request' },
  { name: 'maps cannot be read', breakage: 'Map.prototype.get = fail', on: 'every-request' },
  { name: 'texts cannot be matched', breakage: 'RegExp.prototype.exec = fail', on: 'every-request' },
  {
    name: 'leaves cannot be signed',
    breakage: "load('node:crypto').sign = fail",
    on: 'new-tunnel',
  },
  {
    name: 'no TLS context can be made',
    breakage: "load('node:tls').createSecureContext = fail",
    on: 'new-tunnel',
  },
  { name: 'upstream cannot be dialed', breakage: "load('node:net').connect = fail", on: 'new-tunnel' },
  { name: 'no TLS can be begun upstream', breakage: "load('node:tls').connect = fail", on: 'new-tunnel' },
];

const scope = fileScope();
const authority = await createTestAuthority();
const upstream = { tls: await authority.issue({ names: UPSTREAM_NAMES }), alpn: ['http/1.1'] as const };
const twin = await startTwin(scope, upstream);
const plain = await startTwin(scope, { tls: null });

/** A gate whose one worker can be broken so; each has its own, because a worker that keeps ending is slow to return. */
function startBreakable(t: TestScope, breakage: string): Promise<GateProcess> {
  const wish = {
    policy: stringify(officePolicy()),
    resolve: { '*': `127.0.0.1:${twin.port}`, '*:80': `127.0.0.1:${plain.port}` },
    roots: authority.rootPem,
    listeners: [{ name: 'open' }],
    workers: 1,
  };
  return startGateProcess(t, wish, { env: { NODE_OPTIONS: preload(breakage) } });
}

/** What makes a tunnel's host a new one counts only the first time: leaves and connections upstream are kept. */
type Ask = (t: TestScope, gate: GateProcess, host: string) => Promise<() => Promise<number>>;

/** Each gets ready while the gate is well, and asks later; it resolves with the status. */
const ASKS: Readonly<Record<'stands' | 'plain' | 'new', Ask>> = {
  stands: async (t, gate) => {
    const connection = await tunnel(t, 'github.com:443', { proxyPort: gate.port(), ca: gate.caPem });
    assert.equal((await askOnce(connection)).status, 200);
    return async () => (await askOnce(connection)).status;
  },
  plain: async (t, gate) => {
    const connection = await openRaw(t, gate.port());
    return async () => {
      await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
      return (await connection.readAnswer()).status;
    };
  },
  new: async (t, gate, host) => async () => {
    const { connection: raw, answer } = await connectThrough(t, `${host}:443`, {
      proxyPort: gate.port(),
    });
    if (answer.status !== 200) return answer.status;
    const connection = await raw.startTls(t, { ca: gate.caPem, servername: host });
    await connection.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return (await connection.readAnswer()).status;
  },
};

describe('R-56 nothing goes upstream', () => {
  for (const { name, breakage, on } of BREAKAGES) {
    test(`where ${name}`, async (t) => {
      const gate = await startBreakable(t, breakage);
      for (const ask of on === 'every-request' ? [ASKS.stands, ASKS.plain] : [ASKS.new])
        await askBroken(t, gate, ask);
    });
  }
});

async function askBroken(t: TestScope, gate: GateProcess, prepare: Ask): Promise<void> {
  await untilServing(gate, 1);
  const [worker] = liveWorkers(gate);
  assert.ok(worker !== undefined);
  const reached = (): number => twin.requests().length + plain.requests().length;
  const well = await prepare(t, gate, 'github.com');
  const beforeWell = reached();
  assert.equal(await well(), 200);
  assert.equal(reached(), beforeWell + 1);
  const ask = await prepare(t, gate, 'api.github.com');
  const before = reached();
  const said = (): number => gate.output().split('BROKEN\n').length;
  const saidBefore = said();
  process.kill(worker.pid, 'SIGUSR2');
  await untilTrue(() => said() > saidBefore, 'the worker did not break');
  const status = await ask().catch(endOf);
  assert.ok(status === 'ended' || status >= 500, String(status));
  assert.equal(reached(), before);
  // The next one begins with a worker that is whole.
  if (liveWorkers(gate).some(({ pid }) => pid === worker.pid)) await killWorker(gate, worker);
}

/** A connection that the gate ended, or a handshake that it gave up. Anything else is a fault of this test. */
function endOf(error: unknown): 'ended' {
  assert.ok(error instanceof Error);
  const code: unknown = Reflect.get(error, 'code');
  const said = typeof code === 'string' ? code : error.message;
  assert.match(said, /^(?:ECONNRESET|EPIPE|ECONNREFUSED|ERR_SSL_.*ALERT.*|The connection ended .*)$/s);
  return 'ended';
}
