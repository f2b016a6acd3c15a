// What a front can ask of a gate, asked where the main process carries the traffic and where two others do: the same acts,
// the same answers. Must not know how a crew is told.
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { rotateCa } from '../../src/authority/ca-rotate.ts';
import { systemClock } from '../../src/compose/clock.ts';
import { verifyRecord } from '../../src/sinks/audit-verify.ts';
import { readPrintKey } from '../../src/sinks/secret-printer.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { type AskedGate, credentialsOf, startTestGate } from '../support/gate.ts';
import { EXEMPT_ADDRESS, officeGate, officePolicy, STAMP, UPSTREAM_NAMES } from '../support/office.ts';
import { proxyLineFor } from '../support/proxy-headers.ts';
import { connectThrough, openRaw, tunnel } from '../support/raw-client.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { askOnce } from '../support/workers.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const twin = await startTwin(scope, {
  tls: await authority.issue({ names: UPSTREAM_NAMES }),
  alpn: ['http/1.1'],
});
const POLICY = stringify(officePolicy());
const NO_EXEMPTION = stringify({ ...officePolicy(), exempt: [] });
const WRONG = 'version: 1\nalow: []\n';
/** More connections than a system gives to one of two that listen. */
const ENOUGH = 8;

/** How the stamp stands on requests of an exempt client, on connections of their own. */
async function stampsSeen(t: TestScope, gate: AskedGate): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let asked = 0; asked < ENOUGH; asked += 1) {
    const connection = await tunnel(t, 'github.com:443', {
      proxyPort: gate.port('balanced'),
      ca: gate.caPem,
      first: proxyLineFor(EXEMPT_ADDRESS),
    });
    const { path, status } = await askOnce(connection);
    assert.equal(status, 200);
    const request = twin.requests().find(({ target }) => target === path);
    seen.add(valuesOf(request?.headers ?? [], STAMP).join(' ') || 'none');
    connection.socket.destroy();
  }
  return [...seen];
}

async function connectStatus(t: TestScope, gate: AskedGate, user: string): Promise<number> {
  const wish = { proxyPort: gate.port('staff'), credentials: credentialsOf(user) };
  const { connection, answer } = await connectThrough(t, 'github.com:443', wish);
  connection.socket.destroy();
  return answer.status;
}

async function sum(gate: AskedGate, metric: string): Promise<number> {
  const { text } = await gate.acts.metrics();
  const rows = [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return rows.reduce((total, [, value]) => total + Number(value), 0);
}

interface Act {
  readonly name: string;
  readonly ask: (t: TestScope, gate: AskedGate) => Promise<unknown>;
  readonly answer: unknown;
}

// In this order, on one gate; each leaves it as it found it.
const ACTS: readonly Act[] = [
  {
    name: 'readiness and status: everything stands, and the facts are there',
    ask: async (_, { acts }) => ({
      unready: acts.readiness().filter(({ ok }) => !ok),
      checks: acts.readiness().flatMap(({ name }) => (name === 'workers' ? [] : name)),
      listeners: acts.status().listeners.map(({ name }) => name),
    }),
    answer: {
      unready: [],
      checks: ['policy', 'record', 'listeners', 'ca'],
      listeners: ['staff', 'balanced'],
    },
  },
  {
    name: 'reload of a right policy: it is in force everywhere once the answer is there',
    ask: async (t, gate) => {
      gate.writePolicy(NO_EXEMPTION);
      const { ok } = await gate.acts.reload();
      const stamps = await stampsSeen(t, gate);
      await gate.setPolicy(POLICY);
      return { ok, stamps, again: await stampsSeen(t, gate) };
    },
    answer: { ok: true, stamps: ['12345'], again: ['none'] },
  },
  {
    name: 'reload of a wrong policy: it is told, and the older one stays',
    ask: async (t, gate) => {
      const before = gate.acts.policyStatus().revision;
      gate.writePolicy(WRONG);
      const reloaded = await gate.acts.reload();
      const { revision, faults } = gate.acts.policyStatus();
      const stamps = await stampsSeen(t, gate);
      await gate.setPolicy(POLICY);
      const told = reloaded.ok || reloaded.error.kind;
      return { told, faults: faults.length, stayed: revision === before, stamps };
    },
    answer: { told: 'invalid', faults: 1, stayed: true, stamps: ['none'] },
  },
  {
    name: 'reload with a CA that is broken: it is told, the older CA stays, and the policy is taken',
    ask: async (t, gate) => {
      const [key, away] = [join(gate.dir, 'ca', 'ca.key'), join(gate.dir, 'ca', 'away')];
      renameSync(key, away);
      gate.writePolicy(NO_EXEMPTION);
      const reloaded = await gate.acts.reload();
      const stamps = await stampsSeen(t, gate);
      renameSync(away, key);
      await gate.setPolicy(POLICY);
      return { told: reloaded.ok || reloaded.error.kind, stamps };
    },
    answer: { told: 'failed', stamps: ['12345'] },
  },
  {
    name: 'reload of a CA: every worker serves the new revocation list',
    ask: async (_, gate) => {
      writeFileSync(join(gate.dir, 'ca', 'revoked.txt'), `${SERIAL} 2026-11-21T12:00:00Z\n`);
      const { ok } = await gate.acts.reload();
      const lists = Array.from({ length: ENOUGH }, () => revokedAt(gate));
      return { ok, revoked: new Set(await Promise.all(lists)) };
    },
    answer: { ok: true, revoked: new Set([true]) },
  },
  {
    name: 'reload of a CA that is being followed by another: every worker hands out both',
    ask: async (_, gate) => {
      const next = { kind: 'create' } as const;
      const rotated = await rotateCa({ dir: join(gate.dir, 'ca'), clock: systemClock, next });
      const { ok } = await gate.acts.reload();
      const counts = Array.from({ length: ENOUGH }, () => certificatesAt(gate));
      return { rotated: rotated.ok, ok, handedOut: new Set(await Promise.all(counts)) };
    },
    answer: { rotated: true, ok: true, handedOut: new Set([2]) },
  },
  {
    name: 'the switch of the stamp: off and on everywhere once the answer is there',
    ask: async (t, gate) => {
      gate.writePolicy(NO_EXEMPTION);
      await gate.acts.reload();
      await gate.acts.stamp?.turn('off');
      const off = { isOn: gate.acts.stamp?.isOn(), stamps: await stampsSeen(t, gate) };
      await gate.acts.stamp?.turn('on');
      const on = { isOn: gate.acts.stamp?.isOn(), stamps: await stampsSeen(t, gate) };
      await gate.setPolicy(POLICY);
      return { off, on };
    },
    answer: { off: { isOn: false, stamps: ['none'] }, on: { isOn: true, stamps: ['12345'] } },
  },
  {
    name: 'a change of the users: whoever is taken out is nobody, at every worker',
    ask: async (t, gate) => {
      const before = await connectStatus(t, gate, 'carol');
      writeFileSync(join(gate.dir, 'users.htpasswd'), '');
      await untilTrue(async () => (await connectStatus(t, gate, 'carol')) === 407, 'carol stays known');
      return { before, after: await connectStatus(t, gate, 'dave') };
    },
    answer: { before: 200, after: 407 },
  },
  {
    name: 'metrics, explain and the record: of the gate as a whole',
    ask: async (_, gate) => {
      const { id } = await gate.event(({ kind }) => kind === 'decision').then(withId);
      const found = await gate.acts.findEvents(id);
      const asked = { url: 'https://github.com/', groups: [], method: 'GET', websocket: false };
      const nobody = { user: null, from: null, device: null, listener: null };
      const explained = gate.acts.explain({ ...asked, ...nobody });
      return {
        counted: (await sum(gate, 'gatewright_connections_total')) >= 6 * ENOUGH,
        inForce: await sum(gate, 'gatewright_policy_info'),
        found: (found ?? []).length > 0,
        explained: explained.ok,
        open: gate.acts.status().connections <= ENOUGH,
      };
    },
    answer: { counted: true, inForce: 1, found: true, explained: true, open: true },
  },
  {
    name: 'stop: what runs is finished, the ports are left, and the record is whole to its end',
    ask: async (t, gate) => {
      const connection = await tunnel(t, 'github.com:443', {
        proxyPort: gate.port('balanced'),
        ca: gate.caPem,
        first: proxyLineFor(EXEMPT_ADDRESS),
      });
      await connection.send('POST /held HTTP/1.1\r\nHost: github.com\r\nContent-Length: 2\r\n\r\n1');
      await untilTrue(() => gate.events().some(isHeld), 'the request is not decided');
      const stopping = gate.stop();
      await connection.send('2');
      const { status } = await connection.readAnswer();
      await Promise.all([stopping, gate.stop()]);
      const refused = await openRaw(t, gate.port('balanced')).then(String, ({ code }) => code);
      const key = readPrintKey(join(gate.auditDir, 'print.key'));
      const { faults, streams } = await verifyRecord({ paths: [gate.auditDir], key });
      const ends = new Set(streams.map(({ end }) => end));
      const told = gate.events().flatMap((event) => (event.kind === 'gate' ? event.what : []));
      return { status, refused, faults, ends, stops: told.filter((what) => what === 'stop').length };
    },
    answer: { status: 200, refused: 'ECONNREFUSED', faults: [], ends: new Set(['closed']), stops: 1 },
  },
];

const SERIAL = '4f2a90c1d2e3f405162738495a6b7c8d';

async function certificatesAt(gate: AskedGate): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${gate.port('staff')}/ca.pem`, {
    headers: { connection: 'close' },
  });
  return (await answer.text()).split('BEGIN CERTIFICATE').length - 1;
}

async function revokedAt(gate: AskedGate): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${gate.port('staff')}/ca.crl`, {
    headers: { connection: 'close' },
  });
  return Buffer.from(await answer.arrayBuffer())
    .toString('hex')
    .includes(SERIAL);
}

function withId(event: object): { readonly id: string } {
  return { id: String(Reflect.get(event, 'id')) };
}

function isHeld(event: object): boolean {
  const request: unknown = Reflect.get(event, 'request');
  return typeof request === 'object' && request !== null && Reflect.get(request, 'path') === '/held';
}

for (const workers of [0, 2]) {
  describe(`R-52 R-57 a gate with ${workers} processes for its traffic answers`, async () => {
    const gate = await startTestGate(scope, {
      ...officeGate(authority, twin.port),
      ...{ workers, stampSwitch: true, users: ['carol', 'dave'] },
      listeners: [
        { name: 'staff', credentials: 'required' },
        { name: 'balanced', proxyProtocol: ['127.0.0.0/8'] },
      ],
    });
    for (const { name, ask, answer } of ACTS)
      test(name, async (t) => assert.deepEqual(await ask(t, gate), answer));
  });
}
