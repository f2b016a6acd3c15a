// A gate over time: policies change, records fail, limits are met, and it stops.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import {
  atProxy,
  EXEMPT_ADDRESS,
  inside,
  insideHttp2,
  type Office,
  officePolicy,
  STAMP,
  startOffice,
} from '../support/office.ts';
import { connectThrough, openRaw, type RawConnection } from '../support/raw-client.ts';
import { unjoined } from '../support/record-join.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const OFFICE = stringify(officePolicy());
const NO_EXEMPTION = stringify({ ...officePolicy(), exempt: [] });
const streaming: { readonly answer: NonNullable<TwinOptions['answer']> } = {
  // Answers to /stream go on until somebody ends them.
  answer: (request, response, nonce) => {
    request.resume();
    if (request.url !== '/stream') response.end(nonce);
    else if ('stream' in response) response.stream.write('data: 1\n\n');
    else response.write('data: 1\n\n');
  },
};
const scope = fileScope();
const office = await startOffice(scope, { twin: streaming });
const { gate } = office;

async function lastStamp(connection: RawConnection): Promise<readonly string[]> {
  await connection.send(GET);
  assert.equal((await connection.readAnswer()).status, 200);
  return valuesOf(office.twin.requests().at(-1)?.headers ?? [], STAMP);
}

describe('R-52 a new policy', () => {
  test('bites on the next request of a connection that stands: an exemption revoked, a path blocked', async (t) => {
    await gate.setPolicy(OFFICE);
    const connection = await inside(t, office, { from: EXEMPT_ADDRESS });
    assert.deepEqual(await lastStamp(connection), []);
    await gate.setPolicy(NO_EXEMPTION);
    assert.deepEqual(await lastStamp(connection), ['12345']);
    await gate.setPolicy(stringify({ ...officePolicy(), block: [{ name: 'new', to: 'github.com/x' }] }));
    await connection.send(GET);
    assert.deepEqual(gateSays((await connection.readAnswer()).headers).rule, 'new');
  });

  test('bites on the next stream of a session that stands', async (t) => {
    await gate.setPolicy(OFFICE);
    const session = await insideHttp2(t, office, { from: EXEMPT_ADDRESS });
    await askHttp2(session, { ':path': '/x' });
    assert.deepEqual(valuesOf(office.twin.requests().at(-1)?.headers ?? [], STAMP), []);
    await gate.setPolicy(NO_EXEMPTION);
    await askHttp2(session, { ':path': '/x' });
    assert.deepEqual(valuesOf(office.twin.requests().at(-1)?.headers ?? [], STAMP), ['12345']);
  });

  test('is taken when its file changes, without being asked', async (t) => {
    await gate.setPolicy(OFFICE);
    const connection = await inside(t, office, { from: EXEMPT_ADDRESS });
    assert.deepEqual(await lastStamp(connection), []);
    const before = loads();
    gate.writePolicy(NO_EXEMPTION);
    await untilTrue(() => loads() > before, 'the file was not read again');
    assert.deepEqual(await lastStamp(connection), ['12345']);
  });

  test('is taken when a file that it includes changes, and stays when that file is wrong', async (t) => {
    const included = join(gate.dir, 'exempt.yaml');
    writeFileSync(included, stringify({ version: 1, exempt: officePolicy()['exempt'] }));
    const { exempt: _, ...rest } = officePolicy();
    await gate.setPolicy(stringify({ ...rest, include: 'exempt.yaml' }));
    const connection = await inside(t, office, { from: EXEMPT_ADDRESS });
    assert.deepEqual(await lastStamp(connection), []);
    const before = loads();
    const refusedBefore = refusals().length;
    writeFileSync(included, 'version: 1\nexempt: [{ groups: nobody }]\n');
    await untilTrue(() => refusals().length > refusedBefore, 'the included file was not read again');
    assert.match(refusals().at(-1) ?? '', /"nobody".*exempt\.yaml:2:20/s);
    assert.deepEqual(await lastStamp(connection), []);
    writeFileSync(included, 'version: 1\nexempt: []\n');
    await untilTrue(() => loads() > before, 'the mended file was not read');
    assert.deepEqual(await lastStamp(connection), ['12345']);
    await gate.setPolicy(OFFICE);
  });

  test('that is wrong changes nothing, and the record says so', async (t) => {
    await gate.setPolicy(OFFICE);
    gate.writePolicy('version: 1\nallow: [github..com]\notherwise: blck\n');
    const reloaded = await gate.reload();
    assert.equal(reloaded.ok, false);
    const connection = await inside(t, office, { from: EXEMPT_ADDRESS });
    assert.deepEqual(await lastStamp(connection), []);
    await gate.event((event) => event.kind === 'gate' && event.what === 'policy-refused');
    await gate.setPolicy(OFFICE);
  });

  test('A4 that names a listener which the gate lacks changes nothing', async (t) => {
    await gate.setPolicy(OFFICE);
    gate.writePolicy(stringify({ ...officePolicy(), exempt: [{ name: 'lab', listener: ['open', 'lab'] }] }));
    const reloaded = await gate.reload();
    assert.ok(!reloaded.ok && reloaded.error.kind === 'invalid');
    assert.deepEqual(
      reloaded.error.faults.map(({ value }) => value),
      ['lab'],
    );
    assert.deepEqual(await lastStamp(await inside(t, office)), ['12345']);
    await gate.setPolicy(OFFICE);
  });

  test('ends a splice that it forbids, and leaves the others', async (t) => {
    await gate.setPolicy(OFFICE);
    const forbidden = await openSplice(t, 'docs.example.org');
    const kept = await openSplice(t, 'www.example.org');
    await gate.setPolicy(stringify({ ...officePolicy(), block: [{ name: 'docs', to: 'docs.example.org' }] }));
    await forbidden.readToEnd();
    await kept.send('GET /kept HTTP/1.1\r\nHost: www.example.org\r\n\r\n');
    assert.equal((await kept.readAnswer()).status, 200);
    await gate.event((event) => event.kind === 'outcome' && event.failure?.code === 'policy-changed');
  });

  test('ends a stream that it forbids or would stamp, over HTTP/1.1', async (t) => {
    await gate.setPolicy(OFFICE);
    const connection = await openStream(t, EXEMPT_ADDRESS);
    await gate.setPolicy(NO_EXEMPTION);
    await connection.readToEnd();
  });

  test('ends a stream that it forbids or would stamp, over HTTP/2', async (t) => {
    await gate.setPolicy(OFFICE);
    const session = await insideHttp2(t, office, { from: EXEMPT_ADDRESS });
    const stream = session.request({ ':path': '/stream' });
    stream.on('error', () => undefined);
    await once(stream, 'data');
    const closed = once(stream, 'close');
    await gate.setPolicy(NO_EXEMPTION);
    await closed;
    assert.notEqual(stream.rstCode, 0);
  });

  test('leaves a stream that it says the same of', async (t) => {
    await gate.setPolicy(OFFICE);
    const connection = await openStream(t, EXEMPT_ADDRESS);
    await gate.setPolicy(stringify({ ...officePolicy(), block: [{ name: 'else', to: 'github.com/else' }] }));
    assert.equal(connection.socket.destroyed, false);
    connection.socket.destroy();
  });
});

describe('R-46, R-47 a record that cannot be written', () => {
  test('stops audited traffic with 503, and traffic resumes by itself', async (t) => {
    const world = await startOffice(t);
    const connection = await inside(t, world);
    assert.equal(await askPlain(t, world), 200);
    // The folder is away and a file stands in its place; the gate looks for it about once a second.
    renameSync(world.gate.auditDir, `${world.gate.auditDir}-away`);
    writeFileSync(world.gate.auditDir, '');
    await untilTrue(async () => (await askPlain(t, world)) === 503, 'traffic goes on');
    const before = requestsTo(world);
    await connection.send(GET);
    const answer = await connection.readAnswer();
    assert.deepEqual([answer.status, gateSays(answer.headers).code], [503, 'record-unavailable']);
    const { answer: refused } = await connectThrough(t, 'github.com:443', { proxyPort: world.gate.port() });
    assert.deepEqual([refused.status, gateSays(refused.headers).code], [503, 'record-unavailable']);
    assert.equal(await askPlain(t, world), 503);
    assert.equal(requestsTo(world), before);
    rmSync(world.gate.auditDir);
    renameSync(`${world.gate.auditDir}-away`, world.gate.auditDir);
    await untilTrue(async () => (await askPlain(t, world)) === 200, 'traffic does not resume');
    await world.gate.event((event) => event.kind === 'gate' && event.what === 'record-resumed');
  });

  test('every request that upstream saw was decided in the record before', async () => {
    // What runs through a splice is decided once, for the connection.
    const requests = office.twin.requests().filter(({ target }) => !/kept|first/.test(target));
    assert.ok(requests.length > 0);
    const seen = [
      { scheme: 'https', requests },
      { scheme: 'http', requests: office.plain.requests() },
    ] as const;
    assert.deepEqual(unjoined(seen, gate.events(), STAMP), []);
  });
});

describe('limits', () => {
  test('R-54 more connections than may be are told to come back', async (t) => {
    const world = await startOffice(t, { limits: { connections: 3 } });
    const held = await Promise.all([1, 2, 3].map(() => openRaw(t, world.gate.port())));
    for (const connection of held) await connection.send('GET /ca.crl HTTP/1.1\r\nHost: x\r\n\r\n');
    for (const connection of held) await connection.readAnswer();
    const over = await openRaw(t, world.gate.port());
    assert.equal((await over.readAnswer()).status, 503);
  });

  test('and so are more of one client; another client is served', async (t) => {
    const world = await startOffice(t, { limits: { connectionsPerClient: 2 } });
    await inside(t, world, { from: '10.1.1.1' });
    await inside(t, world, { from: '10.1.1.1' });
    await assert.rejects(inside(t, world, { from: '10.1.1.1' }));
    await inside(t, world, { from: '10.1.1.2' });
  });

  test('heads and hellos that do not come in time end', async (t) => {
    const limits = {
      connectHeadTimeout: '60ms',
      sniffTimeout: '60ms',
      headTimeout: '60ms',
      handshakeTimeout: '60ms',
      keepAliveTimeout: '60ms',
    };
    const world = await startOffice(t, { limits });
    const slow = await openRaw(t, world.gate.port());
    await slow.send('CONNECT github.com:443 HTTP/1.1\r\nHost:');
    await slow.readToEnd();
    const { connection } = await connectThrough(t, 'github.com:443', { proxyPort: world.gate.port() });
    await connection.send(Buffer.from('160301', 'hex'));
    await connection.readToEnd();
    const inner = await inside(t, world);
    await inner.send('GET / HT');
    await inner.readToEnd();
    const idle = await inside(t, world);
    await idle.readToEnd();
    const silent = await openRaw(t, world.gate.port('balanced'));
    await silent.readToEnd();
  });

  test('a stream on which nothing moves ends', async (t) => {
    const world = await startOffice(t, { limits: { idleTimeout: '100ms' }, twin: streaming });
    const connection = await inside(t, world);
    await connection.send('GET /stream HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.match((await connection.readToEnd()).toString('latin1'), /data: 1/);
  });
});

describe('R-57 a stop', () => {
  test('is quick where nothing runs, whatever stands open', async (t) => {
    const world = await startOffice(t);
    const connection = await inside(t, world);
    await connection.send(GET);
    await connection.readAnswer();
    await insideHttp2(t, world);
    await openRaw(t, world.gate.port());
    const before = performance.now();
    await world.gate.stop();
    assert.ok(performance.now() - before < 1_000);
    await assert.rejects(openRaw(t, world.gate.port()), { code: 'ECONNREFUSED' });
  });

  test('lets a request that runs finish, over both versions', async (t) => {
    const held: (() => void)[] = [];
    const world = await startOffice(t, {
      twin: { answer: (_, response) => void held.push(() => void response.end('whole')) },
    });
    const connection = await inside(t, world);
    await connection.send(GET);
    const session = await insideHttp2(t, world);
    const streamed = askHttp2(session, { ':path': '/x' });
    await untilTrue(() => held.length === 2, 'upstream has no requests');
    const stopped = world.gate.stop();
    for (const answer of held) answer();
    assert.equal((await connection.readAnswer()).body.toString(), 'whole');
    assert.equal((await streamed).body.toString(), 'whole');
    await stopped;
  });

  test('ends what runs longer than it may', async (t) => {
    const world = await startOffice(t, { limits: { drainTimeout: '50ms' }, twin: streaming });
    const connection = await inside(t, world);
    await connection.send('GET /stream HTTP/1.1\r\nHost: github.com\r\n\r\n');
    await connection.read(20);
    await world.gate.stop();
    await connection.readToEnd();
  });
});

function loads(): number {
  return gate.events().filter((event) => event.kind === 'gate' && event.what === 'policy-loaded').length;
}

/** The faults of each policy that was refused. */
function refusals(): readonly string[] {
  return gate
    .events()
    .flatMap((event) =>
      event.kind === 'gate' && event.what === 'policy-refused' ? [String(event.detail['faults'])] : [],
    );
}

async function openSplice(t: TestScope, host: string): Promise<RawConnection> {
  const connection = await inside(t, office, { authority: `${host}:443` });
  await connection.send(`GET /first HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  assert.equal((await connection.readAnswer()).status, 200);
  return connection;
}

async function openStream(t: TestScope, from: string): Promise<RawConnection> {
  const connection = await inside(t, office, { from });
  await connection.send('GET /stream HTTP/1.1\r\nHost: github.com\r\n\r\n');
  assert.match((await connection.read(12)).toString('latin1'), /200/);
  return connection;
}

async function askPlain(t: TestScope, world: Office): Promise<number> {
  const connection = await atProxy(t, world);
  await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
  const { status } = await connection.readAnswer();
  connection.socket.destroy();
  return status;
}

function requestsTo({ twin, plain }: Office): number {
  return twin.requests().length + plain.requests().length;
}
