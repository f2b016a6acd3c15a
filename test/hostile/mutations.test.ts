// A few hundred requests, each broken in a place that a seed chose, through the gate to the twin. No labels: whatever
// got through must be read alike by every parser, with one stamp, and have its decision in the record. The test says
// which seed it ran and what share of the mutants reached upstream.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerOf } from '../support/gate-answers.ts';
import { atProxy, inside, STAMP, startOffice } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const SEED = Number(process.env['GATEWRIGHT_FUZZ_SEED'] ?? 20_261_121);
const MUTANTS = Number(process.env['GATEWRIGHT_FUZZ_CASES'] ?? 300);
/** Every so many mutants, a request that must pass. */
const CONTROL_EVERY = 10;

const office = await startOffice(fileScope(), { limits: { headTimeout: '1s', idleTimeout: '1s' } });
const { gate, twin, plain } = office;

const BASES = [
  'GET T?m=ID HTTP/1.1\r\nHost: github.com\r\nAccept: */*\r\n\r\n',
  'POST T?m=ID HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5\r\n\r\nhello',
  'POST T?m=ID HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'PUT T?m=ID HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n3;a=b\r\nabc\r\n0\r\nx: 1\r\n\r\n',
  `GET T?m=ID HTTP/1.1\r\nHost: github.com\r\n${STAMP}: 99999\r\nConnection: keep-alive, ${STAMP}\r\n\r\n`,
  'GET T?m=ID HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
];

/** What is put in, at any place. */
const PIECES = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n ',
    '\0',
    '\t',
    ' ',
    ':',
    ',',
    ';',
    '\x0b',
    '\x0c',
    '\x7f',
    '\xa0',
    '\xe9',
    '%00',
    '/../',
    '//',
  ],
  ...[
    `\r\n${STAMP}: 99999`,
    '\r\nsec_github_allowed_enterprise: 1',
    `\n${STAMP}: 9`,
    `\r${STAMP}: 9`,
    '\r\nHost: evil.example',
  ],
  ...[
    '\r\nTransfer-Encoding: chunked',
    '\r\nTransfer-Encoding:\tchunked',
    '\r\nTransfer-Encoding: x',
    '\nTransfer-Encoding: chunked',
  ],
  ...[
    '\r\nContent-Length: 0',
    '\r\nContent-Length: 9999',
    '\r\nContent-Length: 5, 5',
    '\r\nContent_Length: 3',
    '\r\nExpect: 100-continue',
  ],
  ...[
    '\r\nConnection: close',
    '\r\nConnection: host',
    '\r\nUpgrade: h2c',
    ' HTTP/1.1\r\nX: y',
    'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
  ],
];

type Random = () => number;

/** mulberry32: the same numbers for the same seed, everywhere. */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T>(random: Random, items: readonly T[], otherwise: T): T {
  return items[Math.floor(random() * items.length)] ?? otherwise;
}

/** One to three changes: a piece put in, bytes taken out, a byte replaced, a stretch doubled. */
function mutate(random: Random, text: string): string {
  let mutant = text;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) {
    const at = Math.floor(random() * mutant.length);
    const length = 1 + Math.floor(random() * 12);
    const [before, after] = [mutant.slice(0, at), mutant.slice(at)];
    const kind = random();
    if (kind < 0.5) mutant = before + pick(random, PIECES, '') + after;
    else if (kind < 0.7) mutant = before + after.slice(length);
    else if (kind < 0.85) mutant = before + String.fromCharCode(Math.floor(random() * 256)) + after.slice(1);
    else mutant = before + after.slice(0, length) + after;
  }
  return mutant;
}

const WAYS: readonly { name: string; target: string; open: (t: TestScope) => Promise<RawConnection> }[] = [
  { name: 'inside a tunnel', target: '/fuzz', open: (t) => inside(t, office) },
  { name: 'in absolute form', target: 'http://github.com/fuzz', open: (t) => atProxy(t, office) },
];

describe(`R-01, R-28 and R-46 mutated requests of seed ${SEED}`, () => {
  for (const way of WAYS) {
    test(way.name, async (t) => {
      const random = randomOf(SEED);
      const before = requests().length;
      const controls = Math.ceil(MUTANTS / CONTROL_EVERY);
      for (let at = 0; at < MUTANTS; at += 1) {
        const base = pick(random, BASES, '').replaceAll('T?', `${way.target}?`).replaceAll('ID', String(at));
        await deliver(await way.open(t), mutate(random, base));
        if (at % CONTROL_EVERY === 0) await control(await way.open(t), way.target);
      }
      const reached = requests().length - before - controls;
      t.diagnostic(`${reached} of ${MUTANTS} mutants reached upstream, and ${controls} controls`);
      assert.ok(reached > 0);
    });
  }

  test('nothing got through that two parsers read differently, or without its stamp', async () => {
    const expectation = { header: STAMP, value: '12345' };
    assert.deepEqual([...(await twin.verdict(expectation)), ...(await plain.verdict(expectation))], []);
  });

  test('nothing got through that has no decision in the record', () => {
    const decided = gate
      .events()
      .filter(
        (event) => event.kind === 'decision' && event.verdict === 'forward' && event.stage === 'request',
      );
    assert.ok(requests().length <= decided.length);
    assert.ok(requests().every(({ target }) => target.startsWith('/')));
  });
});

function requests(): readonly { readonly target: string }[] {
  return [...twin.requests(), ...plain.requests()];
}

/** Sends and ends; what comes back is read until the gate closes. */
async function deliver(connection: RawConnection, mutant: string): Promise<void> {
  await connection.send(mutant).catch(() => undefined);
  connection.socket.end();
  await connection.readToEnd();
  connection.socket.destroy();
}

async function control(connection: RawConnection, target: string): Promise<void> {
  await connection.send(`GET ${target}?control HTTP/1.1\r\nHost: github.com\r\n\r\n`);
  const answer = await connection.readAnswer();
  assert.equal(answer.status, 200);
  assert.notEqual(headerOf(answer.headers, 'x-twin-nonce'), null);
  connection.socket.destroy();
}
