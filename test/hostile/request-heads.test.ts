// Requests that two parsers could read differently, wherever a request can arrive: at the proxy port, in absolute form,
// inside a tunnel. The twin's readings are the oracle; valid controls go in between.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { atProxy, inside, STAMP, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope());
const { twin, plain } = office;

/** `T` stands for the request target, `H` for the host. */
interface Hostile {
  readonly name: string;
  readonly text: string;
  /** 400 when left out. */
  readonly status?: readonly number[];
}

const GET = 'GET T HTTP/1.1\r\nHost: H\r\n';
const POST = 'POST T HTTP/1.1\r\nHost: H\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: H\r\n\r\n';

const ROWS: readonly Hostile[] = [
  { name: 'two Hosts', text: `${GET}Host: H\r\n\r\n` },
  { name: 'two Hosts of different spelling', text: `${GET}hOST: evil.example\r\n\r\n` },
  { name: 'no Host', text: 'GET T HTTP/1.1\r\nAccept: */*\r\n\r\n' },
  { name: 'Host with a path', text: 'GET T HTTP/1.1\r\nHost: H/x\r\n\r\n' },
  { name: 'Host with userinfo', text: 'GET T HTTP/1.1\r\nHost: evil.example@H\r\n\r\n' },
  { name: 'Host as a list', text: 'GET T HTTP/1.1\r\nHost: H, evil.example\r\n\r\n' },
  { name: 'Content-Length twice, equal', text: `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello` },
  {
    name: 'Content-Length twice, different',
    text: `${POST}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`,
  },
  { name: 'Content-Length as a list', text: `${POST}Content-Length: 5, 5\r\n\r\nhello` },
  { name: 'Content-Length with a sign', text: `${POST}Content-Length: +5\r\n\r\nhello` },
  { name: 'Content-Length negative', text: `${POST}Content-Length: -5\r\n\r\nhello` },
  { name: 'Content-Length with a blank inside', text: `${POST}Content-Length: 5 0\r\n\r\nhello` },
  { name: 'Content-Length in hexadecimal', text: `${POST}Content-Length: 0x5\r\n\r\nhello` },
  { name: 'Content-Length with a leading zero', text: `${POST}Content-Length: 05\r\n\r\nhello` },
  { name: 'Content-Length empty', text: `${POST}Content-Length:\r\n\r\nhello` },
  { name: 'blank before the colon of Content-Length', text: `${POST}Content-Length : 5\r\n\r\nhello` },
  { name: 'CL.TE', text: `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG` },
  { name: 'TE.CL', text: `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n` },
  { name: 'TE not chunked', text: `${POST}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n` },
  {
    name: 'TE chunked behind identity',
    text: `${POST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
  },
  { name: 'TE chunked twice', text: `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n` },
  {
    name: 'TE in two lines',
    text: `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  },
  { name: 'TE with a vertical tab', text: `${POST}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n` },
  { name: 'TE quoted', text: `${POST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n` },
  { name: 'TE misspelt', text: `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n` },
  { name: 'TE with a parameter', text: `${POST}Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n` },
  {
    name: 'R-62 A5 Transfer_Encoding',
    text: `${POST}Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\nhello`,
  },
  { name: 'R-62 A5 Content.Length', text: `${POST}Content.Length: 0\r\nContent-Length: 5\r\n\r\nhello` },
  {
    name: 'TE in HTTP/1.0',
    text: `POST T HTTP/1.0\r\nHost: H\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  },
  { name: 'fold', text: `${GET}X-A: 1\r\n folded: 2\r\n\r\n` },
  { name: 'fold that hides a TE', text: `${POST}X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n` },
  { name: 'first header line begins with a blank', text: `GET T HTTP/1.1\r\n Host: H\r\nHost: H\r\n\r\n` },
  { name: 'NUL in a value', text: `${GET}X-A: 1\0${STAMP}: 9\r\n\r\n` },
  { name: 'bare CR in a value', text: `${GET}X-A: 1\r${STAMP}: 9\r\n\r\n` },
  { name: 'bare LF ends a line', text: `${GET}X-A: 1\n${STAMP}: 9\r\n\r\n` },
  { name: 'bare LFs end the head', text: `GET T HTTP/1.1\nHost: H\n\n` },
  { name: 'escape byte in a value', text: `${GET}X-A: \x1b[31m\r\n\r\n` },
  { name: 'DEL in a value', text: `${GET}X-A: \x7f\r\n\r\n` },
  { name: 'empty name', text: `${GET}: x\r\n\r\n` },
  { name: 'blank before the colon', text: `${GET}X-A : 1\r\n\r\n` },
  { name: 'line without a colon', text: `${GET}chunked\r\n\r\n` },
  { name: 'name with a slash', text: `${GET}X/A: 1\r\n\r\n` },
  { name: 'name that is not ASCII', text: `${GET}X-\xe9: 1\r\n\r\n` },
  { name: '201 header lines', text: `${GET}${'X-A: 1\r\n'.repeat(201)}\r\n`, status: [400, 431] },
  {
    name: '1,100 tiny lines before a TE',
    text: `${POST}${'a:\r\n'.repeat(1100)}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: [400, 431],
  },
  { name: 'head over 64 KiB', text: `${GET}X-A: ${'a'.repeat(70_000)}\r\n\r\n`, status: [400, 431] },
  {
    name: 'target over 16 KiB',
    text: `GET T${'a'.repeat(17_000)} HTTP/1.1\r\nHost: H\r\n\r\n`,
    status: [414],
  },
  { name: 'HTTP/0.9', text: 'GET T\r\n\r\n' },
  { name: 'HTTP/1.2', text: 'GET T HTTP/1.2\r\nHost: H\r\n\r\n' },
  { name: 'HTTP/2.0', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'two blanks in the request line', text: 'GET  T HTTP/1.1\r\nHost: H\r\n\r\n' },
  { name: 'tab in the request line', text: 'GET\tT HTTP/1.1\r\nHost: H\r\n\r\n' },
  { name: 'blank in the target', text: 'GET T x HTTP/1.1\r\nHost: H\r\n\r\n' },
  { name: 'blank after the version', text: 'GET T HTTP/1.1 \r\nHost: H\r\n\r\n' },
  { name: 'lower-case version', text: 'GET T http/1.1\r\nHost: H\r\n\r\n' },
  { name: 'TRACE', text: 'TRACE T HTTP/1.1\r\nHost: H\r\n\r\n', status: [400, 403, 405, 501] },
  { name: 'fragment', text: 'GET T#x HTTP/1.1\r\nHost: H\r\n\r\n' },
  { name: 'target that is not ASCII', text: 'GET T\xe9 HTTP/1.1\r\nHost: H\r\n\r\n' },
];

/** Bodies that are wrong after a good head: nothing of what follows them may become a request upstream. */
const BODIES: readonly Hostile[] = [
  { name: 'chunk size with a sign', text: `+5\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk size with a prefix', text: `0x5\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk size empty', text: `\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk size that overflows', text: `10000000000000005\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk size line ended by a bare LF', text: `5\nhello\r\n0\r\n\r\n` },
  { name: 'chunk size with a blank before it', text: ` 5\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk data longer than said', text: `5\r\nhelloX\r\n0\r\n\r\n` },
  { name: 'chunk data ended by a bare LF', text: `5\r\nhello\n0\r\n\r\n` },
  { name: 'chunk extension with a bare LF', text: `5;a\nx\r\nhello\r\n0\r\n\r\n` },
  { name: 'chunk extension over the cap', text: `5;${'a'.repeat(400)}\r\nhello\r\n0\r\n\r\n` },
  { name: 'trailer folded', text: `5\r\nhello\r\n0\r\nX-A: 1\r\n b\r\n\r\n` },
];

interface Way {
  readonly name: string;
  readonly target: string;
  readonly open: (t: TestScope) => Promise<RawConnection>;
}

const WAYS: readonly Way[] = [
  { name: 'inside a tunnel', target: '/hostile', open: (t) => inside(t, office) },
  { name: 'in absolute form', target: 'http://github.com/hostile', open: (t) => atProxy(t, office) },
];

function filled(text: string, way: Way): string {
  return text.replaceAll(/\bT(?=[ #a\xe9\r])/g, way.target).replaceAll(/\bH\b(?!TTP)/g, 'github.com');
}

describe('R-29 a request that could be read in two ways is refused and closes the connection', () => {
  for (const way of WAYS) {
    for (const row of ROWS) {
      test(`${row.name}, ${way.name}`, async (t) => {
        const before = requestCount();
        const connection = await way.open(t);
        await connection.send(filled(`${row.text}${SMUGGLED}`, way));
        const answer = await connection.readAnswer();
        assert.ok((row.status ?? [400]).includes(answer.status), `${answer.status} ${answer.body}`);
        assert.notEqual(gateSays(answer.headers).reference, null);
        assert.equal((await connection.readToEnd()).toString('latin1'), '');
        assert.equal(requestCount(), before);
        await control(t, way);
      });
    }
  }
});

describe('R-28, R-29 a body that could be read in two ways ends the request on both sides', () => {
  for (const way of WAYS) {
    for (const row of BODIES) {
      test(`${row.name}, ${way.name}`, async (t) => {
        const before = requestCount();
        const connection = await way.open(t);
        await connection.send(filled(`${POST}Transfer-Encoding: chunked\r\n\r\n${row.text}${SMUGGLED}`, way));
        const rest = (await connection.readToEnd()).toString('latin1');
        assert.match(rest, /^(?:HTTP\/1\.1 400 |$)/);
        assert.equal(rest.match(/HTTP\/1\.1 /g)?.length ?? 0, rest === '' ? 0 : 1);
        const arrived = [...twin.requests(), ...plain.requests()].slice(before);
        assert.ok(arrived.every(({ target }) => target === '/hostile'));
        await control(t, way);
      });
    }
  }
});

describe('R-29, R-41 what is no CONNECT to a name and a port opens no tunnel', () => {
  const targets = [
    ...[
      'github.com',
      'github.com:',
      'github.com:0',
      'github.com:0443',
      'github.com:65536',
      'github.com:+443',
    ],
    ...[
      'github.com:443:443',
      'evil@github.com:443',
      'github.com:443/',
      '/github.com:443',
      'https://github.com:443',
    ],
    ...[
      'github.com\\@evil.example:443',
      'github..com:443',
      '.github.com:443',
      'github.com..:443',
      '-github.com:443',
    ],
    ...['127.0.0.1:443', '127.1:443', '0x7f.0.0.1:443', '2130706433:443', '0177.0.0.1:443', '127.0.0.1.:443'],
    ...[
      '[::1]:443',
      '[::ffff:127.0.0.1]:443',
      '[::ffff:7f00:1]:443',
      '::1:443',
      '[::1%25lo]:443',
      '[127.0.0.1]:443',
    ],
    ...['github%2ecom:443', 'github.com%00.example.org:443', 'xn--gthub-cta.com:443', 'github_.com:443'],
    ...[
      'gith\xc4\xb1b.com:443',
      'github\xe3\x80\x82com:443',
      'github\xef\xbc\x8ecom:443',
      '\xe2\x84\xaa.example.org:443',
    ],
    ...['evilgithub.com:443', 'github.com.evil.com:443', 'github.com:22', 'localhost:443'],
  ];
  for (const target of targets) {
    test(JSON.stringify(target), async (t) => {
      const before = requestCount();
      const connection = await atProxy(t, office);
      await connection.send(`CONNECT ${target} HTTP/1.1\r\nHost: github.com:443\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.ok([400, 403].includes(answer.status), String(answer.status));
      assert.notEqual(gateSays(answer.headers).reference, null);
      assert.equal(requestCount(), before);
    });
  }

  test('a CONNECT with a body', async (t) => {
    const connection = await atProxy(t, office);
    await connection.send(
      `CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\nContent-Length: 3\r\n\r\nabc`,
    );
    assert.equal((await connection.readAnswer('GET')).status, 400);
  });

  test('a CONNECT inside a tunnel', async (t) => {
    const connection = await inside(t, office);
    await connection.send('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n');
    assert.equal((await connection.readAnswer('GET')).status, 400);
    assert.equal((await connection.readToEnd()).length, 0);
  });

  test('an absolute target of another scheme inside a tunnel', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 400);
  });

  for (const target of [
    'https://github.com/x',
    'ftp://github.com/x',
    'http:///x',
    'http://github.com@evil.example/',
    '*',
    'github.com',
  ]) {
    test(`a proxy request for ${target}`, async (t) => {
      const connection = await atProxy(t, office);
      await connection.send(`GET ${target} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      const { status } = await connection.readAnswer();
      assert.ok([400, 403].includes(status), String(status));
    });
  }
});

test('R-01, R-28 and R-46 every reading of all that went upstream here sees one stamp on each recorded request', async () => {
  await assertOfficeHolds(office);
  assert.ok(office.gate.events().length > 200);
});

function requestCount(): number {
  return twin.requests().length + plain.requests().length;
}

async function control(t: TestScope, way: Way): Promise<void> {
  const connection = await way.open(t);
  await connection.send(filled(`${POST}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n`, way));
  assert.equal((await connection.readAnswer()).status, 200);
}
