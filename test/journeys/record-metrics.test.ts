// The metrics beside the record: after clients of every kind, each figure is what the lines of the record add up to.
// Must not know how either is made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditEvent, OutcomeEvent } from '../../src/core/record/events.ts';
import { basic, connectHead } from '../support/connect-heads.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, type Office, officePolicy, startOffice } from '../support/office.ts';
import { withScope } from '../support/own-scope.ts';
import { openRaw } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What a mixed run does; each row is a connection of its own and ends with it. */
const RUN: readonly (readonly [name: string, does: (t: TestScope, own: Office) => Promise<unknown>])[] = [
  [
    'HTTP/1.1',
    async (t, own) =>
      askInside(t, own, {
        head: 'POST /p HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5\r\n\r\nhello',
        status: 200,
      }),
  ],
  [
    'a blocked path',
    async (t, own) =>
      askInside(t, own, { head: 'GET /settings/tokens HTTP/1.1\r\nHost: github.com\r\n\r\n', status: 403 }),
  ],
  [
    'another authority',
    async (t, own) =>
      askInside(t, own, { head: 'GET / HTTP/1.1\r\nHost: api.github.com\r\n\r\n', status: 421 }),
  ],
  [
    'a spoilt head',
    async (t, own) => askInside(t, own, { head: 'GET / HTTP/1.1\r\nBad Name: x\r\n\r\n', status: 400 }),
  ],
  [
    'HTTP/2',
    async (t, own) => {
      const session = await insideHttp2(t, own);
      await askHttp2(session, { ':method': 'POST', ':path': '/h2' }, 'hello');
      await askHttp2(session, { ':path': '/settings/tokens' });
      await askHttp2(session, { ':path': '/mismatch' });
      session.destroy();
    },
  ],
  [
    'a WebSocket',
    async (t, own) => {
      const socket = await inside(t, own);
      await socket.send(HANDSHAKE);
      assert.equal((await socket.readAnswer()).status, 101);
      socket.socket.end();
    },
  ],
  [
    'the host of another Copilot plan',
    async (t, own) => {
      const authority = 'api.business.githubcopilot.com:443';
      const connection = await inside(t, own, { authority, alpn: ['http/1.1'] });
      await connection.send('GET /mismatch HTTP/1.1\r\nHost: api.business.githubcopilot.com\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 421);
    },
  ],
  [
    'a splice',
    async (t, own) => {
      const connection = await inside(t, own, {
        authority: 'www.example.org:8443',
        ca: own.authority.rootPem,
      });
      await connection.send('GET /spliced HTTP/1.1\r\nHost: www.example.org\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 200);
    },
  ],
  [
    'plain HTTP',
    async (t, own) => {
      const connection = await atProxy(t, own);
      await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 200);
      await connection.send('GET http://github.dev/x HTTP/1.1\r\nHost: github.dev\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 403);
    },
  ],
  [
    'a CONNECT that is refused',
    async (t, own) => askProxy(t, own, { head: connectHead('github.com:22'), status: 403 }),
  ],
  [
    'a CONNECT that leads nowhere',
    async (t, own) => askProxy(t, own, { head: connectHead('gone.example.com:443'), status: 502 }),
  ],
  ['no request at all', async (t, own) => askProxy(t, own, { head: 'nonsense\r\n\r\n', status: 400 })],
  [
    'no password',
    async (t, own) =>
      askProxy(t, own, { listener: 'staff', head: connectHead('github.com:443'), status: 407 }),
  ],
  [
    'wrong passwords until it is told to wait, and once more',
    async (t, own) => {
      const connection = await openRaw(t, own.gate.port('staff'));
      let status = 0;
      const ask = async (): Promise<void> => {
        await connection.send(connectHead('github.com:443', basic('dave:wrong')));
        status = (await connection.readAnswer('GET')).status;
      };
      for (let at = 0; at < 9 && status !== 429; at += 1) await ask();
      await ask();
      assert.equal(status, 429);
    },
  ],
  [
    'a refusal inside the tunnel',
    async (t, own) =>
      askInside(t, own, {
        head: 'GET / HTTP/1.1\r\nHost: github.dev\r\n\r\n',
        status: 403,
        authority: 'github.dev:443',
      }),
  ],
  [
    'a client that trusts another CA',
    async (t, own) => assert.rejects(inside(t, own, { ca: own.authority.rootPem })),
  ],
  [
    'a hello for another name',
    async (t, own) => assert.rejects(inside(t, own, { serverName: 'api.github.com' })),
  ],
];

test('R-69 C4 after a mixed run the metrics say what the record says', async (t) => {
  const own = await startOffice(t, {
    policy: { ...officePolicy(), otherwise: 'splice' },
    resolve: { 'gone.example.com:443': '127.0.0.1:1' },
    twin: {
      extendedConnect: 'yes',
      answer: (request, response, nonce) => {
        request.resume();
        response.statusCode = request.url === '/mismatch' ? 421 : 200;
        response.end(nonce);
      },
    },
    limits: { identityFailures: 3 },
  });
  for (const [, does] of RUN) await withScope((connections) => does(connections, own));
  await untilTrue(async () => openIn(await metricsOf(own)) === 0, 'connections stay open');
  const metrics = await metricsOf(own);
  const expected = countedFrom(own.gate.events());
  const names =
    /^gatewright_(?:decisions|answers|failures|vendor_answers|bytes)_total|^gatewright_answer_seconds_count/;
  const seen = new Map([...metrics].filter(([name]) => names.test(name)));
  assert.deepEqual(sorted(seen), sorted(expected));
  assert.ok((expected.get('gatewright_bytes_total{direction="in"}') ?? 0) >= 10);
  assert.ok(
    (expected.get('gatewright_vendor_answers_total{vendor="github",what="plan-mismatch"}') ?? 0) === 1,
  );
  assert.equal(metrics.get('gatewright_challenges_total{listener="staff"}'), 6);
});

interface Asking {
  readonly head: string;
  readonly status: number;
}

async function askInside(
  t: TestScope,
  own: Office,
  { head, status, authority = 'github.com:443' }: Asking & { readonly authority?: string },
): Promise<void> {
  const connection = await inside(t, own, { authority });
  await connection.send(head);
  assert.equal((await connection.readAnswer()).status, status);
}

async function askProxy(
  t: TestScope,
  own: Office,
  { head, status, listener = 'open' }: Asking & { readonly listener?: string },
): Promise<void> {
  const connection = await openRaw(t, own.gate.port(listener));
  await connection.send(head);
  assert.equal((await connection.readAnswer('GET')).status, status);
}

type Figures = ReadonlyMap<string, number>;

/** The samples of the gate's metrics, by name and labels. */
async function metricsOf({ gate }: Office): Promise<Figures> {
  const token = readFileSync(join(gate.dir, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${gate.adminUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const samples = [...(await answer.text()).matchAll(/^([a-z_]+(?:\{[^}]*\})?) (\S+)$/gm)];
  return new Map(samples.map(([, name = '', value]) => [name, Number(value)]));
}

function openIn(figures: Figures): number {
  const open = [...figures].filter(([name]) => name.startsWith('gatewright_connections_open'));
  return open.reduce((sum, [, value]) => sum + value, 0);
}

function sorted(figures: Figures): readonly (readonly [string, number])[] {
  return [...figures].filter(([, value]) => value > 0).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What the lines of a record add up to. */
function countedFrom(events: readonly AuditEvent[]): Figures {
  const figures = new Map<string, number>();
  const add = (name: string, by = 1): void => void figures.set(name, (figures.get(name) ?? 0) + by);
  for (const event of events) {
    if (event.kind === 'decision') {
      const { stage, verdict, reason } = event;
      add(`gatewright_decisions_total{stage="${stage}",verdict="${verdict}",code="${reason.code}"}`);
    }
    if (event.kind === 'outcome') addOutcome(add, event);
  }
  return figures;
}

function addOutcome(add: (name: string, by?: number) => void, event: OutcomeEvent): void {
  const { stage, by, status, bytesIn, bytesOut, vendor, said, failure } = event;
  if (stage === 'request' || by !== null)
    add(`gatewright_answers_total{by="${by ?? 'none'}",status="${status ?? 0}"}`);
  if (stage === 'request') add(`gatewright_answer_seconds_count{by="${by ?? 'none'}"}`);
  add('gatewright_bytes_total{direction="in"}', bytesIn);
  add('gatewright_bytes_total{direction="out"}', bytesOut);
  if (said !== null) add(`gatewright_vendor_answers_total{vendor="${vendor}",what="${said}"}`);
  if (failure !== null) add(`gatewright_failures_total{side="${failure.side}",code="${failure.code}"}`);
}
