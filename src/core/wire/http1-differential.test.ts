// Whatever our parser accepts, Node's strict one must accept too, and read the same requests out of the same bytes:
// then no server behind the gate can be made to see another request than the gate judged.
import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ReadRequest, readRequests } from '../../../test/support/request-readings.ts';
import { latin1 } from '../../../test/support/wire-steps.ts';
import { bodyDecoder, isBodiless } from './http1-body.ts';
import { type RequestHead, readRequestHead } from './http1-head.ts';

const LIMITS = { headBytes: 65_536, headerCount: 200, targetBytes: 16_384, chunkExtensionBytes: 256 };
const RUNS = Number(process.env['GATEWRIGHT_FUZZ_RUNS'] ?? 4000);
const SEED = Number(process.env['GATEWRIGHT_FUZZ_SEED'] ?? 28);

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
const goodLine = fc.oneof(
  fc
    .tuple(token, fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,12}$/))
    .map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    'Connection: keep-alive',
    'Connection: close',
    'Connection: upgrade',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Expect: something',
    'TE: trailers',
    'Keep-Alive: timeout=5',
    'Trailer: X',
    'Proxy-Connection: keep-alive',
  ),
);
/** What a smuggler would put into a head. */
const trick = fc.constantFrom(
  ...[
    'Content-Length: 3',
    'Content-Length: 0',
    'Content-Length: +3',
    'Content-Length: 3, 3',
    'Content-Length : 3',
  ],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: identity'],
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\x0bchunked',
    'Transfer-Encoding\t: chunked',
    ' chunked',
  ],
  ...[
    'A: b\nContent-Length: 3',
    'A: b\rContent-Length: 3',
    'A: b\r',
    'A: b\0',
    ': b',
    'A',
    'Host: b',
    '\tfold',
  ],
);
const line = fc.oneof({ weight: 12, arbitrary: goodLine }, { weight: 1, arbitrary: trick });
const target = fc.oneof(
  fc.stringMatching(/^\/[\x21-\x7e]{0,12}$/),
  fc.constantFrom(
    '/',
    '*',
    'http://github.com/',
    'http://github.com',
    'https://a@b/',
    '/a//b/../c',
    '/%2e%2e;x',
  ),
);
const chunk = fc
  .record({
    data: fc.stringMatching(/^[ -~\r\n]{1,12}$/),
    extension: rarely(['', ';a', ';a=b', ';a="b"'], [';', ' ;a', ' ', ';a\n', ';\0', 'g']),
    sizeEnd: rarely(['\r\n'], ['\n', '\r', '\r\r\n', '']),
    dataEnd: rarely(['\r\n'], ['\n', '\r', '', 'x\r\n', '\r\n\r\n']),
  })
  .map(
    ({ data, extension, sizeEnd, dataEnd }) =>
      data.length.toString(16) + extension + sizeEnd + data + dataEnd,
  );
const body = fc.oneof(
  fc.constant({ lines: [], text: '' }),
  fc
    .string({ unit: 'binary-ascii', maxLength: 20 })
    .map((text) => ({ lines: [`Content-Length: ${text.length}`], text })),
  fc.tuple(fc.array(chunk, { maxLength: 3 }), fc.constantFrom('', 'X: y\r\n')).map(([chunks, trailer]) => ({
    lines: ['Transfer-Encoding: chunked'],
    text: `${chunks.join('')}0\r\n${trailer}\r\n`,
  })),
);
const request = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'),
    ...{ target, body, version: fc.constantFrom('1.1', '1.1', '1.1', '1.0') },
    lines: fc.array(line, { maxLength: 4 }),
  })
  .map(({ method, target, version, lines, body }) =>
    [`${method} ${target} HTTP/${version}`, 'Host: github.com', ...lines, ...body.lines, '', body.text].join(
      '\r\n',
    ),
  );

/** What parsers have been found to differ on; put in at a place, instead of up to two bytes there. */
const spice = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\0',
    '\t',
    ' ',
    ':',
    ',',
    ';',
    '0',
    '1',
    'a',
    '\x0b',
    '\x7f',
    '\x80',
    '',
  ],
  ...['\r\nContent-Length: 3', '\r\nContent-Length: 0', '\r\nTransfer-Encoding: chunked', '\r\n folded'],
  ...[', chunked', '\nContent-Length: 3', '\rX: y', '\r\nConnection: close'],
);
const where = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const mutation = fc.tuple(fc.constantFrom('any', 'seam', 'seam'), where, fc.nat({ max: 2 }), spice);
const stream = fc
  .tuple(fc.array(request, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 2 }))
  .map(([requests, mutations]) =>
    mutations.reduce((text, [which, where, drop, what]) => {
      const places = which === 'any' ? null : seams(text);
      const at = Math.floor(where * (places?.length ?? text.length));
      const place = places === null ? at : (places[at] ?? 0);
      return text.slice(0, place) + what + text.slice(place + drop);
    }, requests.join('')),
  );

/** Where one thing ends and the next begins: around line ends, colons and blanks. */
function seams(text: string): number[] {
  return [...text.matchAll(/\r\n|:| /g)].flatMap(({ index, 0: seam }) => [index, index + seam.length]);
}

test('R-28 whatever readRequestHead() and the body decoders accept, llhttp reads the same from the same bytes', async () => {
  const seen = { accepted: 0, refused: 0, bodies: 0 };
  await fc.assert(
    fc.asyncProperty(stream, async (text) => {
      const ours = readAll(text);
      seen[ours.requests.length > 0 ? 'accepted' : 'refused'] += 1;
      seen.bodies += ours.requests.filter(({ body }) => body !== '').length;
      const [llhttp] = await readRequests(latin1(text.slice(0, ours.used)));
      assert.equal(llhttp?.name, 'llhttp-strict');
      assert.deepEqual([llhttp.requests, llhttp.fault], [ours.requests, null]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  assert.ok(
    seen.accepted > RUNS / 5 && seen.refused > RUNS / 20 && seen.bodies > RUNS / 10,
    JSON.stringify(seen),
  );
});

/** The requests that we accept from the start of the text, and where the last of them ends. */
function readAll(text: string): { readonly requests: readonly ReadRequest[]; readonly used: number } {
  const requests: ReadRequest[] = [];
  let used = 0;
  for (;;) {
    const bytes = Buffer.from(text.slice(used), 'latin1');
    const head = readRequestHead(bytes, LIMITS);
    if (head.kind !== 'done' || !isKnownToLlhttp(head.value)) return { requests, used };
    const { method, target, headers, framing, keepAlive, upgrade } = head.value;
    const taken = takeBody(framing, bytes.subarray(head.used));
    if (taken === null) return { requests, used };
    requests.push({ method, target, headers, trailers: taken.trailers, body: taken.data, end: 'whole' });
    used += head.used + taken.used;
    // What follows an upgrade is for another protocol, whoever decides on it.
    if (!keepAlive || upgrade !== null) return { requests, used };
  }
}

/** Any token is a method to us, and forms of targets are judged later: there llhttp says no, and never reads otherwise. */
function isKnownToLlhttp({ method, target }: RequestHead): boolean {
  return METHODS.includes(method) && /^(?:\/|\*$|https?:\/\/[a-z0-9.-]+(?:\/|$))/.test(target);
}

function takeBody(
  framing: Parameters<typeof isBodiless>[0],
  bytes: Uint8Array,
): { readonly data: string; readonly used: number; readonly trailers: readonly string[] } | null {
  if (framing.kind === 'none' || isBodiless(framing)) return { data: '', used: 0, trailers: [] };
  const step = bodyDecoder(framing, LIMITS).push(bytes);
  if (step.kind !== 'done') return null;
  const data = step.data.map((piece) => Buffer.from(piece).toString('latin1')).join('');
  return { data, used: step.used, trailers: step.trailers };
}

/** Mostly one of the good, now and then one of the bad. */
function rarely(good: readonly string[], bad: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}
