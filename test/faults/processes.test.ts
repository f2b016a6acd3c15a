// A gate in a process of its own that runs short of file descriptors, or whose clock jumps: it sheds, says so, comes
// back by itself, and no clock makes it forget a policy.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { createTestAuthority } from '../support/certificates.ts';
import { type GateProcess, startGateProcess } from '../support/gate.ts';
import { gateSays } from '../support/gate-answers.ts';
import { officeGate, officePolicy, STAMP, UPSTREAM_NAMES } from '../support/office.ts';
import { openRaw, type RawConnection, tunnel } from '../support/raw-client.ts';
import { valuesOf } from '../support/request-readings.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';
import { startTwin } from '../support/twin.ts';
import { untilDone } from '../support/until.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const scope = fileScope();
const authority = await createTestAuthority();
const twin = await startTwin(scope, {
  tls: await authority.issue({ names: UPSTREAM_NAMES }),
  alpn: ['http/1.1'],
});
const wish = officeGate(authority, twin.port);

/** A request on a tunnel of its own; the certificate's days are looked at where the clocks agree. */
async function ask(t: TestScope, gate: GateProcess, clocks: 'agree' | 'differ' = 'agree') {
  const secure = await tunnel(t, 'github.com:443', {
    proxyPort: gate.port(),
    ca: gate.caPem,
    tls: { rejectUnauthorized: clocks === 'agree' },
  });
  const { valid_from: from, valid_to: to } = secure.socket.getPeerCertificate();
  await secure.send(GET);
  const answer = await secure.readAnswer();
  secure.socket.destroy();
  return { status: answer.status, from: Date.parse(from), to: Date.parse(to) };
}

test('R-54 a gate out of file descriptors sheds what is new, keeps what stands, and comes back', async (t) => {
  const tool = requireTool(t, 'prlimit');
  if (tool === null) return;
  const gate = await startGateProcess(t, wish, { before: [tool, '--nofile=96:96'] });
  const standing = await tunnel(t, 'github.com:443', { proxyPort: gate.port(), ca: gate.caPem });
  await standing.send(GET);
  assert.equal((await standing.readAnswer()).status, 200);
  const held: RawConnection[] = [];
  // Each of these wants two descriptors, one for itself and one for upstream; they find one or none.
  for (let at = 0; at < 150; at += 1) held.push(await openRaw(t, gate.port()));
  const told = await Promise.all(held.map((connection) => connectTold(connection)));
  for (const outcome of ['503 overloaded', 'closed']) assert.ok(told.includes(outcome), told.join(' '));
  await standing.send(GET);
  assert.equal((await standing.readAnswer()).status, 200);
  for (const connection of held) connection.socket.destroy();
  await untilDone(async () => assert.equal((await ask(t, gate)).status, 200));
  await gate.stop();
  assert.equal((await gate.ended).status, 0, gate.output());
});

/** CONNECT on a connection that may have been closed already: the status, with the gate's code when it refused. */
async function connectTold(connection: RawConnection): Promise<string> {
  try {
    await connection.send('CONNECT docs.example.org:443 HTTP/1.1\r\nHost: docs.example.org:443\r\n\r\n');
    const answer = await connection.readAnswer('CONNECT');
    return answer.status === 200 ? '200' : `${answer.status} ${gateSays(answer.headers).code}`;
  } catch {
    return 'closed';
  }
}

describe('R-54 a clock that jumps', () => {
  const DAY_MS = 86_400_000;

  /** A gate whose clock goes by a file; monotonic time goes on as it is, as it does on a real machine. */
  async function jumpingGate(
    t: TestScope & Parameters<typeof requireTool>[0],
    policy: string,
  ): Promise<{ readonly gate: GateProcess; readonly jump: (to: string) => void } | null> {
    const tool = requireTool(t, 'faketime');
    if (tool === null) return null;
    const file = join(await tempDir(t), 'clock');
    writeFileSync(file, '+0');
    const env = {
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    // The file, and not the argument, is what counts.
    const gate = await startGateProcess(t, { ...wish, policy }, { before: ['env', ...preload(env)] });
    return { gate, jump: (to) => writeFileSync(file, to) };
  }

  function preload(env: Readonly<Record<string, string>>): string[] {
    const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
    return [`LD_PRELOAD=${library}`, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  }

  test('forward and back by days: requests are served, leaves are valid, the record has each day', async (t) => {
    const world = await jumpingGate(t, wish.policy);
    if (world === null) return;
    const { gate, jump } = world;
    assert.equal((await ask(t, gate)).status, 200);
    for (const [to, offsetMs] of [
      ['+1d', DAY_MS],
      ['+6d', 6 * DAY_MS],
      ['-1d', -DAY_MS],
      ['+0', 0],
    ] as const) {
      jump(to);
      const { status, from, to: until } = await ask(t, gate, 'differ');
      const now = Date.now() + offsetMs;
      assert.equal(status, 200);
      assert.ok(
        from < now && until > now,
        `${to}: the leaf is valid ${new Date(from)} to ${new Date(until)}`,
      );
    }
    await gate.stop();
    const files = readdirSync(gate.auditDir).filter((name) => name.endsWith('.jsonl'));
    assert.equal(new Set(files.map((name) => name.slice(0, 16))).size, 4, files.join(' '));
    const idsOf = (kind: string): Set<string> =>
      new Set(gate.events().flatMap((event) => (event.kind === kind && 'id' in event ? [event.id] : [])));
    assert.deepEqual([...idsOf('decision').difference(idsOf('outcome'))], []);
  });

  test('over the end of an exemption: it ends, on a connection that stands too', async (t) => {
    const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
    const exempt = [{ name: 'here', from: ['127.0.0.0/8'], until: tomorrow }];
    const world = await jumpingGate(t, stringify({ ...officePolicy(), exempt }));
    if (world === null) return;
    const { gate, jump } = world;
    const standing = await tunnel(t, 'github.com:443', { proxyPort: gate.port(), ca: gate.caPem });
    const stamps: number[] = [];
    for (const to of ['+0', '+3d', '+0']) {
      jump(to);
      await standing.send(GET);
      assert.equal((await standing.readAnswer()).status, 200);
      stamps.push(valuesOf(twin.requests().at(-1)?.headers ?? [], STAMP).length);
    }
    assert.deepEqual(stamps, [0, 1, 0]);
    await gate.stop();
  });
});
