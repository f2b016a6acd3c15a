// Answers that upstream should never give, beside good ones, to fifty clients of one host: each client gets its own answer,
// or is told that there is none; nobody gets another's. Must not know how the gate reads answers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { inside, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope } from '../support/test-scope.ts';

const CLIENTS = 50;
/** Requests that each client sends, one after another; every second is answered oddly. */
const ROUNDS = 4;

const scope = fileScope();
const script: { play: (request: ScriptedRequest, nonce: string) => void } = { play: () => undefined };
const authority = await createTestAuthority();
const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) => {
  const [, nonce = '', kind] = /^[A-Z]+ \/(\w+-\d+)-(odd|good) /.exec(request.head) ?? [];
  if (kind === 'odd') script.play(request, nonce);
  else request.socket.write(good(nonce));
});
const office = await startOffice(scope, { authority, upstreamPort: upstream.port });

const good = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

interface Row {
  readonly name: string;
  readonly answer: (nonce: string) => string;
  /** Said a turn later. */
  readonly late?: string;
  /** What the client gets of it: its own answer, a 502 of the gate, or a body that is seen to be cut. */
  readonly gets: 'own' | 'refusal' | 'cut';
  readonly method?: string;
  readonly status?: number;
}

const ROWS: readonly Row[] = [
  { name: 'a second answer behind it', answer: (nonce) => good(nonce) + good('poison'), gets: 'own' },
  { name: 'a second answer later', answer: good, late: good('poison'), gets: 'own' },
  { name: 'bytes behind it', answer: (nonce) => `${good(nonce)}poison`, gets: 'own' },
  { name: 'bytes later', answer: good, late: 'poison\r\n\r\n', gets: 'own' },
  { name: 'an interim answer later', answer: good, late: 'HTTP/1.1 100 Continue\r\n\r\n', gets: 'own' },
  {
    name: 'a 408 later, as servers send to idle connections',
    answer: good,
    late: 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n',
    gets: 'own',
  },
  {
    name: 'length and chunks',
    answer: (nonce) =>
      `HTTP/1.1 200 OK\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n${nonce}\r\n0\r\n\r\n${good('poison')}`,
    gets: 'refusal',
  },
  {
    name: 'two lengths',
    answer: (nonce) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n${nonce}`,
    gets: 'refusal',
  },
  {
    name: 'two equal lengths',
    answer: (nonce) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n${nonce}`,
    gets: 'refusal',
  },
  {
    name: 'a list of lengths',
    answer: () => 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx',
    gets: 'refusal',
  },
  {
    name: 'chunks that are not the last encoding',
    answer: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
    gets: 'refusal',
  },
  {
    name: '101 to a plain request',
    answer: () =>
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${good('poison')}`,
    gets: 'refusal',
  },
  {
    name: 'a flood of interim answers',
    answer: (nonce) => 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000) + good(nonce),
    gets: 'refusal',
  },
  {
    name: 'a few interim answers',
    answer: (nonce) => 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'.repeat(3) + good(nonce),
    gets: 'own',
  },
  { name: 'HTTP/0.9', answer: (nonce) => `${nonce}\r\n\r\n`, gets: 'refusal' },
  { name: 'HTTP/1.2', answer: (nonce) => good(nonce).replace('1.1', '1.2'), gets: 'refusal' },
  {
    name: 'lines that end with LF',
    answer: (nonce) => good(nonce).replaceAll('\r\n', '\n'),
    gets: 'refusal',
  },
  { name: 'a fold', answer: (nonce) => good(nonce).replace('\r\n', '\r\nX: y\r\n z\r\n'), gets: 'refusal' },
  {
    name: 'a blank before a colon',
    answer: (nonce) => good(nonce).replace('Length:', 'Length :'),
    gets: 'refusal',
  },
  { name: 'a NUL', answer: (nonce) => good(nonce).replace('\r\n', '\r\nX: \0\r\n'), gets: 'refusal' },
  {
    name: 'a bare CR',
    answer: (nonce) => good(nonce).replace('\r\n', '\r\nX: y\rZ: a\r\n'),
    gets: 'refusal',
  },
  { name: 'an empty line first', answer: (nonce) => `\r\n${good(nonce)}`, gets: 'refusal' },
  {
    name: 'B14 a chunk size that is none',
    answer: (nonce) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx${nonce}\r\n0\r\n\r\n`,
    gets: 'refusal',
  },
  {
    name: 'a chunk longer than it says',
    answer: (nonce) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n${nonce}\r\n0\r\n\r\n`,
    gets: 'refusal',
  },
  {
    name: 'a chunk size with a sign',
    answer: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n',
    gets: 'refusal',
  },
  {
    name: 'trailers that are none',
    answer: () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n',
    gets: 'refusal',
  },
  { name: 'a body with an answer to HEAD', answer: (nonce) => good(nonce), gets: 'own', method: 'HEAD' },
  {
    name: 'an answer behind an answer to HEAD',
    answer: () => `HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n${good('poison')}`,
    gets: 'own',
    method: 'HEAD',
  },
  {
    name: 'a body with 204',
    answer: () => `HTTP/1.1 204 No Content\r\n\r\n${good('poison')}`,
    gets: 'own',
    status: 204,
  },
  {
    name: 'a length with 204',
    answer: () => 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison',
    gets: 'refusal',
  },
  {
    name: 'chunks with 204',
    answer: () => 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    gets: 'refusal',
  },
  {
    name: 'a body with 304',
    answer: () => 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison',
    gets: 'own',
    status: 304,
  },
];

class Client {
  readonly #number: number;
  readonly #address: string;
  #connection: Awaited<ReturnType<typeof inside>> | null = null;

  constructor(number: number, address: string) {
    this.#number = number;
    this.#address = address;
  }

  /** Sends its requests, some odd, on one connection as long as it lasts. */
  async run(row: Row): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const nonce = `n${this.#number}-${round}`;
      const isOdd = round % 2 === 1;
      this.#connection ??= await inside(scope, office, { from: this.#address });
      const method = isOdd ? (row.method ?? 'GET') : 'GET';
      const target = `/${nonce}-${isOdd ? 'odd' : 'good'}`;
      await this.#connection.send(`${method} ${target} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      if (isOdd && row.gets === 'cut') await this.#readCut(this.#connection);
      else await this.#readAnswer(this.#connection, isOdd ? row : { gets: 'own' }, nonce);
    }
  }

  /** Nothing else came. */
  async leave(): Promise<void> {
    this.#connection?.socket.end();
    assert.equal((await this.#connection?.readToEnd())?.length ?? 0, 0);
  }

  async #readCut(connection: RawConnection): Promise<void> {
    const rest = (await connection.readToEnd()).toString('latin1');
    assert.ok(!rest.endsWith('0\r\n\r\n') && !rest.includes('poison'), rest);
    this.#connection = null;
  }

  async #readAnswer(
    connection: RawConnection,
    row: Pick<Row, 'gets' | 'method' | 'status'>,
    nonce: string,
  ): Promise<void> {
    const { method = 'GET', status = 200 } = row;
    const answer = await connection.readAnswer(method);
    assert.equal(answer.status, row.gets === 'refusal' ? 502 : status, `${nonce}: ${answer.body}`);
    assert.ok(!answer.body.includes('poison'));
    const isBodiless = method === 'HEAD' || status === 204 || status === 304;
    if (row.gets === 'own') assert.equal(answer.body.toString('latin1'), isBodiless ? '' : nonce);
  }
}

/** Two are one principal, so that connections are used by more than one. */
const pairs = Array.from({ length: CLIENTS }, (_, at) => new Client(at, `10.1.0.${at >> 1}`));
/** What comes when its connection serves another request already would be that one's: nobody could tell. */
const singles = Array.from({ length: CLIENTS }, (_, at) => new Client(at, `10.1.1.${at}`));

describe(`R-10, R-35 an odd answer among ${CLIENTS} clients of one host, over HTTP/1.1`, () => {
  for (const row of ROWS) {
    test(row.name, async () => {
      script.play = ({ socket }, nonce) => {
        socket.write(row.answer(nonce));
        if (row.late !== undefined) setImmediate(() => socket.write(row.late ?? ''));
      };
      const clients = row.late === undefined ? pairs : singles;
      await Promise.all(clients.map((client) => client.run(row)));
    });
  }

  test('nobody was told anything else', async () => {
    await Promise.all([...pairs, ...singles].map((client) => client.leave()));
  });
});

test('R-35 an answer before the request was over ends both connections, and nobody reads the rest of the request', async (t) => {
  script.play = ({ socket }, nonce) => void socket.write(good(nonce));
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, number) => {
      const connection = await inside(t, office, { from: '10.1.0.200' });
      const nonce = `early-${number}`;
      const body = `GET /n9-9-good HTTP/1.1\r\nHost: github.com\r\n\r\n`;
      await connection.send(
        `POST /${nonce}-odd HTTP/1.1\r\nHost: github.com\r\nContent-Length: ${body.length + 1}\r\n\r\n`,
      );
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, answer.body.toString('latin1')], [200, nonce]);
      await connection.send(body).catch(() => undefined);
      connection.socket.end();
      assert.equal((await connection.readToEnd()).length, 0);
    }),
  );
});
