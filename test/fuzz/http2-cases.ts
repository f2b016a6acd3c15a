// What a client could say over HTTP/2: mostly valid but odd, now and then wrong in one place, down to single frames.
// Must not know who reads it.
import fc from 'fast-check';
import type { Field, FieldForm } from '../support/hpack.ts';
import { FLAG, FRAME, frameOf, settingsFrame } from '../support/http2-frames.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { STAMP } from '../support/office.ts';

/** One request: its header list, how it is written, its body and its trailers. */
export interface FuzzedRequest {
  readonly fields: readonly Field[];
  readonly form: FieldForm;
  readonly pieces: number;
  readonly padding: number;
  readonly priority: 'yes' | 'no';
  readonly body: readonly string[];
  readonly trailers: readonly Field[];
  /** Between its own frames. */
  readonly between: OddFrame | null;
}

/** A frame that no request needs; the payload in hexadecimal. */
export interface OddFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

export interface Http2Case {
  readonly requests: readonly FuzzedRequest[];
  readonly settings: readonly (readonly [id: number, value: number])[];
  /** After the requests. */
  readonly after: OddFrame | null;
  /** A byte somewhere behind the opening is another. */
  readonly spoilt: { readonly where: number; readonly byte: number } | null;
}

const lower = STAMP.toLowerCase();
const often = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: bad });

const path = often(
  fc.oneof(
    fc.stringMatching(/^\/[a-zA-Z0-9._~!$&'()*+,=:@?-]{0,12}$/),
    fc.constantFrom('/', '/a?b=/c', '/a//b', '/%41', '/a/../b', '/a;b', '/x%2fy', '/?'),
  ),
  fc.constantFrom(
    ...[
      '',
      '*',
      'a',
      '//',
      'https://evil.example/',
      '/a b',
      '/a#b',
      '/\xe9',
      '/a\0',
      '/a\r\nX: y',
      '/a\n',
      '/%0d%0a',
    ],
  ),
);
const method = often(
  fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PROPFIND', 'X-ODD'),
  fc.constantFrom('TRACE', 'CONNECT', 'PRI', 'get', '', 'GET /x', 'GE\r\nT', 'GET\0'),
);
const authority = often(
  fc.constantFrom('github.com', 'github.com', 'github.com', 'GitHub.com', 'github.com.', 'github.com:443'),
  fc.constantFrom(
    ...[
      '',
      'api.github.com',
      'evil.example',
      'github.com:0443',
      'github.com:80',
      'a@github.com',
      'github.com/x',
    ],
    ...['github.com\0', 'github.com, evil.example', 'github.com\r\nX: y', 'gith\u00fcb.com', '[::1]'],
  ),
);
const pseudo: fc.Arbitrary<readonly Field[]> = fc
  .record({
    method,
    path,
    authority,
    scheme: often(fc.constant('https'), fc.constantFrom('http', '', 'HTTPS', 'wss'), 30),
  })
  .chain((said) => {
    const four: Field[] = [
      [':method', said.method],
      [':scheme', said.scheme],
      [':path', said.path],
      [':authority', said.authority],
    ];
    const good = fc.shuffledSubarray(four, { minLength: 4 });
    const bad = fc.oneof(
      fc.subarray(four, { minLength: 2, maxLength: 3 }),
      fc
        .constantFrom<Field>([':path', '/b'], [':authority', 'evil.example'], [':status', '200'], [':x', '1'])
        .map((extra) => [...four, extra]),
      fc
        .constantFrom('websocket', 'connect-udp', '')
        .map((protocol): Field[] => [...four, [':protocol', protocol]]),
      fc.constant<Field[]>([['x-early', '1'], ...four]),
    );
    return often<readonly Field[]>(good, bad, 15);
  });
/** An extended CONNECT (RFC 8441). */
const webSocket: fc.Arbitrary<readonly Field[]> = path.map((at): Field[] => [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'https'],
  [':path', at],
  [':authority', 'github.com'],
  ['sec-websocket-version', '13'],
]);

const goodField: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(
    fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,10}$/),
    fc.stringMatching(/^(?:[!-~\x80-\xff]{1,9})?$/),
  ),
  fc.constantFrom<Field>(
    ...([
      ['host', 'github.com'],
      ['te', 'trailers'],
      ['cookie', 'a=b'],
      ['cookie', 'c=d'],
      ['user-agent', 'x'],
      ['user-agent', 'y'],
      ['expect', '100-continue'],
      ['x-forwarded-for', '10.20.7.7'],
      ['forwarded', 'for=10.20.7.7'],
      ['proxy-authorization', 'Basic Y2Fyb2w6Y2Fyb2wtc2VjcmV0'],
      ['proxy-x', '1'],
      ['authorization', 'token x'],
      ['trailer', lower],
      ['early-data', '1'],
      ['sec-websocket-key', 'x'],
    ] satisfies Field[]),
  ),
  fc
    .constantFrom(lower, 'sec_github_allowed_enterprise', 'sec.github-allowed_enterprise')
    .map((name): Field => [name, '99999']),
);
const badField: fc.Arbitrary<Field> = fc.oneof(
  fc.constantFrom<Field>(
    ...([
      ['host', 'evil.example'],
      ['content-length', '3'],
      ['content-length', '0'],
      ['content-length', '+1'],
      ['transfer-encoding', 'chunked'],
      ['connection', lower],
      ['connection', 'close'],
      ['upgrade', 'h2c'],
      ['http2-settings', 'AAMAAABk'],
      ['keep-alive', '1'],
      ['te', 'gzip'],
      [STAMP, '99999'],
      [`${lower} `, '9'],
      [` ${lower}`, '9'],
      [`${lower}\0`, '9'],
      [`x: y\r\n${lower}`, '9'],
      ['', '1'],
      [':late', '1'],
    ] satisfies Field[]),
  ),
  fc
    .constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\0',
      '\x0b',
      '\x7f',
      '\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n',
    )
    .map((end): Field => ['x-odd', `1${end}${lower}: 9`]),
);
const field = often(goodField, badField);

const oddFrame: fc.Arbitrary<OddFrame> = fc.record({
  type: often(
    fc.constantFrom(FRAME.priority, FRAME.ping, FRAME.windowUpdate, FRAME.settings, 0x0a, 0x10, 0xfa),
    fc.constantFrom(...Object.values(FRAME)),
    2,
  ),
  flags: often(fc.constant(0), fc.nat({ max: 255 }), 3),
  stream: fc.constantFrom(0, 0, 1, 1, 3, 5, 2, 99, 0x7fff_ffff),
  payload: fc.oneof(
    fc.constantFrom('', '0000000000000000', '00000001', '0000000010', '00010000007b', '000400010000', '82'),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  ),
});

const request: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    head: fc.oneof({ weight: 9, arbitrary: pseudo }, { weight: 1, arbitrary: webSocket }),
    extra: fc.array(field, { maxLength: 4 }),
    form: fc.constantFrom<FieldForm>('indexed', 'kept', 'passing', 'never'),
    pieces: fc.constantFrom(1, 1, 1, 2, 5),
    padding: fc.constantFrom(0, 0, 0, 1, 200),
    priority: fc.constantFrom<'yes' | 'no'>('no', 'no', 'yes'),
    body: fc.array(fc.string({ maxLength: 12 }), { maxLength: 3 }),
    trailers: fc.oneof(fc.constant([]), fc.array(often(goodField, badField, 6), { maxLength: 2 })),
    between: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: oddFrame }),
  })
  .map(({ head, extra, ...rest }) => ({ ...rest, fields: [...head, ...extra] }));

const setting = fc.tuple(
  fc.constantFrom(1, 2, 3, 5, 6, 8, 9, 0xaa),
  fc.constantFrom(0, 1, 4_096, 16_384, 65_535),
);

export const http2Case: fc.Arbitrary<Http2Case> = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 4 }),
  // No smaller window than the usual: an answer that may not be sent is not looked at.
  settings: fc.array(setting, { maxLength: 2 }),
  after: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: oddFrame }),
  spoilt: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        byte: fc.nat({ max: 255 }),
      }),
    },
  ),
});

/** Bytes that no field has, and those that mean something to some reader. */
const oddBytesOfFields = fc.constantFrom(
  ' ',
  '\t',
  ':',
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\x0b',
  '\x7f',
  '\x80',
  '\xe9',
  '\xff',
  'A',
  '(',
);
const oddText = (plain: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(plain, oddBytesOfFields, plain)
    .chain(([front, odd, back]) =>
      fc.constantFrom(`${odd}${front}`, `${front}${odd}`, `${front}${odd}${back}`),
    );
const plainName = fc.constantFrom('x-a', lower, 'cookie', 'content-length', 'host', 'authorization', '');
const plainValue = fc.constantFrom('1', '05', `${lower}: 9`, 'github.com', 'token x', '');
const oddField: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(oddText(plainName), plainValue),
  fc.tuple(plainName, oddText(plainValue)),
  fc.constantFrom<Field>(
    ['', '1'],
    ['content-length', '05'],
    ['x-a', ' 1\t'],
    [':protocol', 'web\r\nsocket'],
  ),
);
const goodPseudo: readonly Field[] = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/fields'],
  [':authority', 'github.com'],
];
const oddPseudo: fc.Arbitrary<readonly Field[]> = fc
  .tuple(
    fc.constantFrom(':method', ':scheme', ':path', ':authority'),
    oddText(fc.constantFrom('GET', '/a', '')),
  )
  .map(([name, value]) => goodPseudo.map((said): Field => (said[0] === name ? [name, value] : said)));

/** Requests that are good but for the bytes of their fields, some of them good altogether. */
export const http2FieldsCase: fc.Arbitrary<Http2Case> = fc
  .array(
    fc.record({
      head: often(fc.constant(goodPseudo), oddPseudo, 6),
      extra: fc.array(often(goodField, oddField, 1), { maxLength: 3 }),
      form: fc.constantFrom<FieldForm>('indexed', 'kept', 'passing', 'never'),
      trailers: fc.oneof(fc.constant([]), fc.array(often(goodField, oddField, 1), { maxLength: 2 })),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((requests) => ({
    requests: requests.map(({ head, extra, form, trailers }) => ({
      ...{ fields: [...head, ...extra], form, trailers, body: ['abc'] },
      ...{ pieces: 1, padding: 0, priority: 'no' as const, between: null },
    })),
    ...{ settings: [], after: null, spoilt: null },
  }));

/** The streams of a case, in order. */
export function streamsOf({ requests }: Http2Case): readonly number[] {
  return requests.map((_, at) => 1 + 2 * at);
}

/** Everything that the client of a case says. */
export function http2Bytes({ requests, settings, after, spoilt }: Http2Case): Buffer {
  const bytes = Buffer.concat([
    ...(settings.length === 0 ? [] : [settingsFrame(settings)]),
    ...requests.map((request, at) => requestBytes(request, 1 + 2 * at)),
    ...(after === null ? [] : [oddBytes(after)]),
  ]);
  if (spoilt !== null) bytes[Math.floor(spoilt.where * bytes.length)] = spoilt.byte;
  return Buffer.concat([OPENING, bytes]);
}

function requestBytes(request: FuzzedRequest, stream: number): Buffer {
  const { fields, form, pieces, padding, priority, body, trailers, between } = request;
  const hasMore = body.length > 0 || trailers.length > 0;
  const endsWithBody = trailers.length === 0;
  return Buffer.concat([
    headersFrames(fields, { stream, form, pieces, padding, priority, endStream: hasMore ? 'no' : 'yes' }),
    ...(between === null ? [] : [oddBytes(between)]),
    ...body.map((text, at) => {
      const flags = endsWithBody && at === body.length - 1 ? FLAG.endStream : FLAG.none;
      return frameOf({ type: FRAME.data, flags, stream }, Buffer.from(text, 'latin1'));
    }),
    ...(endsWithBody ? [] : [headersFrames(trailers, { stream, form })]),
  ]);
}

function oddBytes({ type, flags, stream, payload }: OddFrame): Buffer {
  return frameOf({ type, flags, stream }, Buffer.from(payload, 'hex'));
}
