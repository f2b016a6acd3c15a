// Streams of HTTP/1 requests, most of them good and many spoilt where parsers have been found to differ.
// Must not know who reads them.
import fc from 'fast-check';

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
    'Transfer_Encoding: chunked',
    'Content.Length: 3',
    'TransferEncoding: chunked',
    'HTTP_CONTENT_LENGTH: 0',
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
const spoiltLine = fc.oneof({ weight: 12, arbitrary: goodLine }, { weight: 1, arbitrary: trick });
const oddLine = fc.oneof({ weight: 60, arbitrary: goodLine }, { weight: 1, arbitrary: trick });
const path = fc.stringMatching(/^\/[a-zA-Z0-9._~!$&'()*+,=:@?-]{0,12}$/);
const spoiltTarget = fc.oneof(
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
function requests(target: fc.Arbitrary<string>, line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const methods = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'];
  return fc
    .record({
      method: fc.constantFrom(...methods),
      ...{ target, body, version: fc.constantFrom('1.1', '1.1', '1.1', '1.0') },
      lines: fc.array(line, { maxLength: 4 }),
    })
    .map(({ method, target, version, lines, body }) =>
      [
        `${method} ${target} HTTP/${version}`,
        'Host: github.com',
        ...lines,
        ...body.lines,
        '',
        body.text,
      ].join('\r\n'),
    );
}

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
type Mutation = ['any' | 'seam', number, number, string];
const mutation: fc.Arbitrary<Mutation> = fc.tuple(
  fc.constantFrom<'any' | 'seam'>('any', 'seam', 'seam'),
  where,
  fc.nat({ max: 2 }),
  spice,
);
const mutations = fc.array(mutation, { maxLength: 2 });

/** Latin-1 text of one to three requests, up to two places of which were spoilt. */
export const http1Stream: fc.Arbitrary<string> = streams(requests(spoiltTarget, spoiltLine), mutations);

/** Latin-1 text of one to three requests, most of them valid, however odd; now and then one is spoilt. */
export const oddHttp1Stream: fc.Arbitrary<string> = streams(
  requests(fc.oneof({ weight: 20, arbitrary: path }, { weight: 1, arbitrary: spoiltTarget }), oddLine),
  fc.oneof({ weight: 3, arbitrary: fc.constant<Mutation[]>([]) }, { weight: 1, arbitrary: mutations }),
);

function streams(request: fc.Arbitrary<string>, mutations: fc.Arbitrary<Mutation[]>): fc.Arbitrary<string> {
  return fc.tuple(fc.array(request, { minLength: 1, maxLength: 3 }), mutations).map(([requests, mutations]) =>
    mutations.reduce((text, [which, where, drop, what]) => {
      const places = which === 'any' ? null : seams(text);
      const at = Math.floor(where * (places?.length ?? text.length));
      const place = places === null ? at : (places[at] ?? 0);
      return text.slice(0, place) + what + text.slice(place + drop);
    }, requests.join('')),
  );
}

/** Where one thing ends and the next begins: around line ends, colons and blanks. */
function seams(text: string): number[] {
  return [...text.matchAll(/\r\n|:| /g)].flatMap(({ index, 0: seam }) => [index, index + seam.length]);
}

/** Mostly one of the good, now and then one of the bad. */
function rarely(good: readonly string[], bad: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}
