// The gate's own ports as destinations, where the settings open loopback: under each of its addresses and names, asked
// for as such or through the resolve map. A neighbour on the same loopback stays reachable in between.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { createTestAuthority } from '../support/certificates.ts';
import { startTestGate, type TestGate } from '../support/gate.ts';
import { gateSays } from '../support/gate-answers.ts';
import { freePort } from '../support/ports.ts';
import { connectThrough, openRaw } from '../support/raw-client.ts';
import { fileScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';

const scope = fileScope();
const { rootPem: roots } = await createTestAuthority();
const plain = await startTwin(scope, { tls: null });

/** Every spelling under which this machine finds itself, and what a company's DNS may call it. */
const HOSTS = ['127.0.0.1', '127.8.9.10', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]', 'localhost'];

interface Row {
  readonly name: string;
  readonly workers?: number;
  readonly adminListen: string;
}

const ROWS: readonly Row[] = [
  { name: 'in one process, admin on a free port', adminListen: '127.0.0.1:0' },
  { name: 'in one process, admin on every address', adminListen: '0.0.0.0:0' },
  { name: 'with workers, admin on a free port', workers: 1, adminListen: '127.0.0.1:0' },
  { name: 'with workers, admin on every address', workers: 1, adminListen: '[::]:0' },
];

function policyFor(ports: readonly number[]): string {
  const places = [...HOSTS.filter((host) => host !== 'localhost'), 'admin.example', 'neighbour.example'];
  const allow = ports.flatMap((port) => places.map((host) => `http://${host}:${port}`));
  const splices = ports.map((port) => `127.0.0.1:${port}`);
  return stringify({
    ...{ version: 1, restrict: { enterprises: ['12345'] }, otherwise: 'splice' },
    ...{ allow: ['http://admin.example', 'http://neighbour.example', ...allow, ...splices] },
  });
}

/** The answer to a plain request for a page that the admin API gives to anybody. */
async function ask(gate: TestGate, authority: string): Promise<readonly [number, string | null]> {
  const connection = await openRaw(scope, gate.port());
  await connection.send(`GET http://${authority}/healthz HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const { status, headers } = await connection.readAnswer();
  connection.socket.destroy();
  return [status, gateSays(headers).code];
}

test('R-42 an address of the machine itself is not reached, a public one no more than another', async (t) => {
  const address = '140.82.112.3';
  const gate = await startTestGate(t, { policy: policyFor([]), roots, resolve: {} });
  await gate.setPolicy(stringify({ version: 1, allow: [`http://${address}`], otherwise: 'block' }));
  const eth = { ...{ address, family: 'IPv4', internal: false, netmask: '255.255.255.0' }, cidr: null };
  t.mock.method(os, 'networkInterfaces', () => ({ eth0: [eth] }));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  assert.deepEqual(await ask(gate, address), [502, 'address-refused']);
});

describe('R-45 A11 the gate is never a destination', () => {
  for (const { name, ...wish } of ROWS) {
    test(name, async (t) => {
      const gate = await startTestGate(t, {
        ...{ ...wish, policy: policyFor([plain.port]), roots, resolve: {} },
        ...{
          listeners: [{ name: 'open' }, { name: 'second' }],
          allowPrivate: ['127.0.0.0/8', '::1/128', '0.0.0.0/32', '::/128'],
        },
      });
      const admin = Number(new URL(gate.adminUrl).port);
      const own = [admin, gate.port('open'), gate.port('second')];
      await gate.setPolicy(policyFor([...own, plain.port]));
      for (const port of own) {
        const reached: unknown[] = [];
        for (const host of HOSTS) {
          const [status, code] = await ask(gate, `${host}:${port}`);
          // By an address it is no destination to decide about; by a name it is found out where the name leads.
          if (![403, 502].includes(status) || code === null) reached.push([host, status, code]);
        }
        assert.deepEqual(reached, []);
        const { answer } = await connectThrough(t, `127.0.0.1:${port}`, { proxyPort: gate.port() });
        assert.deepEqual([answer.status, gateSays(answer.headers).code], [403, 'bad-destination']);
      }
      assert.deepEqual(await ask(gate, `127.0.0.1:${plain.port}`), [200, null]);
    });
  }

  for (const workers of [undefined, 1]) {
    test(`through the resolve map, ${workers === undefined ? 'in one process' : 'with workers'}`, async (t) => {
      const port = await freePort();
      const gate = await startTestGate(t, {
        ...{ policy: policyFor([]), roots, adminListen: `127.0.0.1:${port}` },
        ...(workers === undefined ? {} : { workers }),
        resolve: {
          'admin.example:80': `127.0.0.1:${port}`,
          'neighbour.example:80': `127.0.0.1:${plain.port}`,
        },
      });
      assert.deepEqual(await ask(gate, 'admin.example'), [502, 'address-refused']);
      assert.deepEqual(await ask(gate, 'neighbour.example'), [200, null]);
    });
  }
});
