// A gate whose traffic is carried by several processes: they end, are told and stop, and clients see one gate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { credentialsOf } from '../support/gate.ts';
import { atProxy, inside, officePolicy, STAMP, startOffice } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';
import { askOnce, killWorker, liveWorkers, oneInEach, untilServing, workerOf } from '../support/workers.ts';

const scope = fileScope();
const office = await startOffice(scope, { workers: 2, limits: { identityFailures: 4 } });
const { gate } = office;

const NO_EXEMPTION = stringify({ ...officePolicy(), exempt: [] });

async function askAdmin(path: string, of = gate): Promise<{ status: number; text: string }> {
  const token = readFileSync(join(of.dir, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${of.adminUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, text: await answer.text() };
}

async function total(metric: string): Promise<number> {
  const { text } = await askAdmin('/metrics');
  const rows = [...text.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return rows.reduce((sum, [, value]) => sum + Number(value), 0);
}

describe('R-53 a worker that is killed', () => {
  test('is replaced at once, and the connections of the others do not notice', async (t) => {
    const [lost, kept] = await oneInEach(t, office, { workers: 2 });
    assert.ok(lost !== undefined && kept !== undefined);
    const said = await killWorker(gate, lost.worker);
    assert.deepEqual([said['cause'], said['detail'], said['againInMs']], ['signal', 'SIGKILL', 0]);
    assert.equal((await askOnce(kept.connection)).status, 200);
    await lost.connection.readToEnd().catch(() => null);
    await untilServing(gate, 2);
    assert.ok(!liveWorkers(gate).some(({ pid }) => pid === lost.worker.pid));
    await oneInEach(t, office, { workers: 2 });
  });

  test('is accounted for: the record says how far its stream came', async (t) => {
    const [lost] = await oneInEach(t, office, { workers: 2 });
    assert.ok(lost !== undefined);
    await killWorker(gate, lost.worker);
    const found = await gate.event(
      (event) =>
        event.kind === 'gate' &&
        event.what === 'record-found' &&
        event.detail['stream'] === lost.worker.stream,
    );
    assert.equal(found.kind === 'gate' && found.detail['end'], 'open');
    await untilServing(gate, 2);
  });

  test('takes no counter back', async (t) => {
    await untilServing(gate, 2);
    const held = await oneInEach(t, office, { workers: 2 });
    const before = await total('gatewright_connections_total');
    assert.ok(before >= 2);
    const [lost] = held;
    assert.ok(lost !== undefined);
    await killWorker(gate, lost.worker);
    await untilServing(gate, 2);
    assert.ok((await total('gatewright_connections_total')) >= before);
    assert.ok((await total('gatewright_worker_ends_total')) >= 1);
    assert.equal(await total('gatewright_worker_up'), 2);
  });

  test('loses no connection that waits, though it was the only one', async (t) => {
    const alone = await startOffice(t, { workers: 1 });
    const [worker] = liveWorkers(alone.gate);
    assert.ok(worker !== undefined);
    await killWorker(alone.gate, worker);
    assert.equal((await askOnce(await inside(t, alone))).status, 200);
  });
});

describe('R-52 what is changed', () => {
  test('is changed in every worker, on what is open too', async (t) => {
    const held = await oneInEach(t, office, { workers: 2, from: '10.20.7.7' });
    await gate.setPolicy(NO_EXEMPTION);
    for (const { connection } of held) {
      const { path } = await askOnce(connection);
      const request = office.twin.requests().find(({ target }) => target === path);
      assert.deepEqual(valuesOf(request?.headers ?? [], STAMP), ['12345']);
    }
    await gate.setPolicy(stringify(officePolicy()));
    for (const { connection } of held) {
      const { path } = await askOnce(connection);
      const request = office.twin.requests().find(({ target }) => target === path);
      assert.deepEqual(valuesOf(request?.headers ?? [], STAMP), []);
    }
  });

  test('and found invalid changes nothing, in workers that start later either', async (t) => {
    await gate.setPolicy(stringify(officePolicy()));
    const before = JSON.parse((await askAdmin('/api/v1/policy')).text).revision;
    gate.writePolicy('version: 1\nalow: []\n');
    assert.equal((await gate.reload()).ok, false);
    const [lost] = liveWorkers(gate);
    assert.ok(lost !== undefined);
    await killWorker(gate, lost);
    await untilServing(gate, 2);
    for (const { connection } of await oneInEach(t, office, { workers: 2 })) {
      const { path } = await askOnce(connection);
      const { decision } = await gate.pair((event) => event.request?.path === path);
      assert.equal(decision.policy, before);
    }
    await gate.setPolicy(stringify(officePolicy()));
  });
});

test('R-10a wrong credentials at one worker make their address wait at every other', async (t) => {
  const [first, second] = await plainInEach(t);
  assert.ok(first !== undefined && second !== undefined);
  for (let attempt = 0; attempt < 4; attempt += 1) assert.equal(await askAs(first, 'dave:wrong'), 407);
  // What one worker has seen is on its way to the other; alone it would let four of these pass.
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 4) statuses.push(await askAs(second, 'dave:wrong'));
  assert.equal(statuses.at(-1), 429, statuses.join(' '));
});

/** A connection to the staff's listener in each worker, known by a request that was served. */
async function plainInEach(t: TestScope): Promise<readonly RawConnection[]> {
  const held = new Map<number, RawConnection>();
  for (let attempt = 0; held.size < 2 && attempt < 200; attempt += 1) {
    const connection = await atProxy(t, office, { user: 'dave' });
    const path = `/plain-${attempt}`;
    assert.equal(await askAs(connection, credentialsOf('dave'), path), 200);
    const { number } = await workerOf(gate, path);
    if (held.has(number)) connection.socket.destroy();
    else held.set(number, connection);
  }
  return [...held.values()];
}

async function askAs(connection: RawConnection, credentials: string, path = '/x'): Promise<number> {
  const basic = Buffer.from(credentials).toString('base64');
  await connection.send(
    `GET http://github.com${path} HTTP/1.1\r\nHost: github.com\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`,
  );
  return (await connection.readAnswer()).status;
}

test('R-54 the connections of one client count in all workers', async (t) => {
  const small = await startOffice(t, { workers: 2, limits: { connectionsPerClient: 8 } });
  await untilServing(small.gate, 2);
  const page = async (): Promise<{ connection: RawConnection; status: number }> => {
    const connection = await atProxy(t, small);
    await connection.send('GET /ca.crl HTTP/1.1\r\nHost: gate\r\n\r\n');
    return { connection, status: (await connection.readAnswer()).status };
  };
  // Neither worker has eight of these. What the other one has is known a moment later.
  const held = await oneInEach(t, small, { workers: 2 });
  for (let count = held.length; count < 8; count += 1) assert.equal((await page()).status, 200);
  await untilTrue(async () => {
    const { connection, status } = await page();
    const closed = once(connection.socket, 'close');
    connection.socket.destroy();
    await closed;
    return status === 503;
  }, 'the ninth is not refused');
});

describe('administrators', () => {
  test('see one gate: its workers, their connections, one reference', async (t) => {
    await untilServing(gate, 2);
    const held = await oneInEach(t, office, { workers: 2 });
    const { workers, ready } = JSON.parse((await askAdmin('/api/v1/status')).text);
    assert.deepEqual([ready, workers.length], [true, 2]);
    for (const { connection } of held) {
      const { path } = await askOnce(connection);
      const { decision } = await gate.pair((event) => event.request?.path === path);
      const { text } = await askAdmin(`/api/v1/record?reference=${decision.id}`);
      assert.ok(JSON.parse(text).events.some((event: { id: string }) => event.id === decision.id));
    }
  });
});

describe('R-57 a stop', () => {
  test('lets what runs in every worker finish, and takes nothing new', async (t) => {
    const answers: (() => void)[] = [];
    const world = await startOffice(t, {
      workers: 2,
      twin: { answer: (_, response) => void answers.push(() => void response.end('whole')) },
    });
    const connections = await Promise.all(Array.from({ length: 8 }, () => inside(t, world)));
    for (const connection of connections)
      await connection.send('GET /octo-org/app HTTP/1.1\r\nHost: github.com\r\n\r\n');
    await untilTrue(() => answers.length === connections.length, 'upstream has no requests');
    const stopped = world.gate.stop();
    for (const answer of answers) answer();
    for (const connection of connections)
      assert.equal((await connection.readAnswer()).body.toString(), 'whole');
    await stopped;
    await assert.rejects(atProxy(t, world), { code: 'ECONNREFUSED' });
    assert.deepEqual(liveWorkers(world.gate), []);
  });
});
