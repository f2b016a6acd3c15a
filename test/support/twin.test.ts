// The twin sees what it must see: planted bad requests are caught by some reading, good ones by none.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { createTestAuthority } from './certificates.ts';
import { openRaw } from './raw-client.ts';
import type { Finding } from './stamp-verdict.ts';
import { startTwin, type Twin } from './twin.ts';
import { clientFrame, serverFrame } from './websocket-frames.ts';

const header = 'sec-GitHub-allowed-enterprise';
const stamp = `${header}: 12345`;
const expectation = { header, value: '12345' };

/** A request with these lines; Host and the stamp are put first. */
function requestText(lines: readonly string[], body = '', start = 'POST /a HTTP/1.1'): string {
  return `${[start, 'Host: github.com', stamp, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

const GOOD: readonly (readonly [name: string, bytes: string, requests: number])[] = [
  ['one request', requestText([]), 1],
  ['two requests, one after the other', requestText([]) + requestText([]), 2],
  ['a body by length', requestText(['Content-Length: 5'], 'hello') + requestText([]), 2],
  [
    'a body in chunks',
    requestText(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n') + requestText([]),
    2,
  ],
  ['trailers', requestText(['Transfer-Encoding: chunked'], '1\r\nx\r\n0\r\ngrpc-status: 0\r\n\r\n'), 1],
  [
    'a body that looks like a request',
    requestText(['Content-Length: 35'], 'GET /evil HTTP/1.1\r\nHost: evil\r\n\r\n\n') + requestText([]),
    2,
  ],
  ['the stamp in another case', `GET / HTTP/1.1\r\nHost: a\r\n${stamp.toLowerCase()}\r\n\r\n`, 1],
];

for (const [name, bytes, requests] of GOOD) {
  test(`verdict() finds nothing wrong with ${name}`, async (t) => {
    const twin = await twinThatReceived(t, bytes);
    assert.deepEqual(await twin.verdict(expectation), []);
    const [connection] = await twin.readings();
    for (const reading of connection?.readings ?? [])
      if (reading.name !== 'no-framing') assert.equal(reading.requests.length, requests, reading.name);
  });
}

const evil = 'GET /evil HTTP/1.1\r\nHost: github.com\r\n\r\n';
const BAD: readonly (readonly [name: string, bytes: string, what: Finding['what'], reading: string])[] = [
  ['no stamp', evil, 'stamp-missing', 'llhttp-strict'],
  ['another value', `GET / HTTP/1.1\r\nHost: a\r\n${header}: 67890\r\n\r\n`, 'stamp-wrong', 'llhttp-strict'],
  [
    'two values in one line',
    `GET / HTTP/1.1\r\nHost: a\r\n${stamp}, 67890\r\n\r\n`,
    'stamp-wrong',
    'blank-lines',
  ],
  ['two stamps', requestText([stamp]), 'stamp-doubled', 'llhttp-strict'],
  [
    'a second stamp in another case',
    requestText([`${header.toUpperCase()}: 67890`]),
    'stamp-doubled',
    'llhttp-strict',
  ],
  [
    'a second stamp with underscores',
    requestText([`${header.replaceAll('-', '_')}: 67890`]),
    'stamp-doubled',
    'llhttp-strict',
  ],
  [
    'an alias alone',
    `GET / HTTP/1.1\r\nHost: a\r\n${header.replaceAll('-', '.')}: 12345\r\n\r\n`,
    'stamp-wrong',
    'llhttp-strict',
  ],
  ['a stamp hidden in a fold', requestText(['X: y', ` ${header}: 67890`]), 'stamp-doubled', 'blank-lines'],
  ['a stamp behind a bare LF', requestText([`X: y\n${header}: 67890`]), 'stamp-doubled', 'bare-lf'],
  ['a stamp behind a bare CR', requestText([`X: y\r${header}: 67890`]), 'stamp-doubled', 'bare-cr'],
  ['a blank before the colon', requestText([`${header} : 67890`]), 'stamp-doubled', 'blank-lines'],
  [
    'a stamp in the trailers',
    requestText(['Transfer-Encoding: chunked'], `0\r\n${header}: 67890\r\n\r\n`),
    'stamp-in-trailers',
    'llhttp-strict',
  ],
  [
    'CL.TE: a request behind the last chunk',
    requestText([`Content-Length: ${evil.length + 5}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n${evil}`),
    'stamp-missing',
    'bare-lf',
  ],
  [
    'TE.CL: a request inside a chunk',
    requestText(
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      `${evil.length.toString(16)}\r\n${evil}\r\n0\r\n\r\n`,
    ),
    'stamp-missing',
    'length-wins',
  ],
  [
    'two lengths',
    requestText(['Content-Length: 0', `Content-Length: ${evil.length}`], evil),
    'stamp-missing',
    'blank-lines',
  ],
  [
    'a request behind bare LFs',
    requestText(['X: y\n\nGET /evil HTTP/1.1\nHost: github.com']),
    'stamp-missing',
    'bare-lf',
  ],
  ['half a request left over', `${requestText([])}GET /evil HTTP/1.1\r\nX: `, 'leftover', 'blank-lines'],
  ['what is no request', `${requestText([])}hello\r\n\r\n`, 'no-request', 'blank-lines'],
  ['what llhttp refuses', requestText(['Bad Name: x']), 'refused', 'llhttp-strict'],
  ['readings that count differently', requestText(['X: y\n\nGET /x HTTP/1.1']), 'readings-disagree', 'all'],
];

for (const [name, bytes, what, reading] of BAD) {
  test(`verdict() catches ${name}`, async (t) => {
    const twin = await twinThatReceived(t, bytes);
    const findings = await twin.verdict(expectation);
    const hit = findings.some((finding) => finding.what === what && finding.reading === reading);
    assert.ok(hit, JSON.stringify(findings, null, 1));
  });
}

test('verdict() takes bodies for heads only when asked to', async (t) => {
  const twin = await twinThatReceived(t, requestText([`Content-Length: ${evil.length}`], evil));
  assert.deepEqual(await twin.verdict(expectation), []);
  const findings = await twin.verdict({ ...expectation, framingIgnored: 'count' });
  assert.ok(findings.some(({ what, reading }) => what === 'stamp-missing' && reading === 'no-framing'));
});

test('verdict() wants no stamp where the value is null, and asks for each request', async (t) => {
  const twin = await twinThatReceived(t, requestText([]) + evil);
  assert.ok((await twin.verdict({ header, value: null })).some(({ what }) => what === 'stamp-unwanted'));
  const byTarget = {
    header,
    value: ({ target }: { target: string }) => (target === '/evil' ? null : '12345'),
  };
  assert.deepEqual(await twin.verdict(byTarget), []);
});

test('startTwin() answers each request of a TLS connection with a nonce of its own, and keeps the bytes', async (t) => {
  const authority = await createTestAuthority();
  const twin = await startTwin(t, { tls: await authority.issue({ names: ['github.com'] }) });
  const plain = await openRaw(t, twin.port);
  const options = { ca: authority.rootPem, servername: 'github.com', ALPNProtocols: ['http/1.1'] };
  const connection = await plain.startTls(t, options);
  const sent = requestText(['Content-Length: 5'], 'hello') + requestText(['Content-Length: 0']);
  await connection.send(sent, [1, 20, 70]);
  const nonces = [await connection.readAnswer(), await connection.readAnswer()].map(({ body }) =>
    body.toString(),
  );
  assert.deepEqual(
    twin.requests().map(({ nonce }) => nonce),
    nonces,
  );
  assert.deepEqual(
    twin.requests().map(({ bodyBytes }) => bodyBytes),
    [5, 0],
  );
  assert.equal(new Set(nonces).size, 2);
  const [kept] = twin.connections();
  assert.deepEqual(
    [kept?.bytes().toString('latin1'), kept?.serverName, kept?.protocol],
    [sent, 'github.com', 'http/1.1'],
  );
});

test('startTwin() answers HTTP/2, and the verdict covers it', async (t) => {
  const authority = await createTestAuthority();
  const twin = await startTwin(t, { tls: await authority.issue({ names: ['github.com'] }) });
  const session = connectHttp2(`https://127.0.0.1:${twin.port}`, {
    ca: authority.rootPem,
    servername: 'github.com',
  });
  t.after(() => session.destroy());
  const ask = async (lines: Record<string, string | string[]>): Promise<string> => {
    const stream = session.request({ ':path': '/', ':authority': 'github.com', ...lines });
    let body = '';
    for await (const piece of stream) body += piece;
    return body;
  };
  const first = await ask({ [header.toLowerCase()]: '12345' });
  assert.equal(twin.requests()[0]?.nonce, first);
  assert.deepEqual(await twin.verdict(expectation), []);
  await ask({});
  await ask({ sec_github_allowed_enterprise: '67890', [header.toLowerCase()]: '12345' });
  const findings = await twin.verdict(expectation);
  for (const reading of ['frames', 'as HTTP/1: llhttp-strict', 'as HTTP/1: bare-lf', 'answered']) {
    const found = findings.filter((finding) => finding.reading === reading);
    assert.deepEqual(
      found.map(({ what, connection }) => [what, connection]),
      [
        ['stamp-missing', 0],
        ['stamp-doubled', 0],
      ],
      reading,
    );
  }
  assert.ok((twin.connections()[0]?.bytes().length ?? 0) > 24);
  twin.forget();
  await ask({ [header.toLowerCase()]: '12345', 'x-again': 'kept in the table of the header compression' });
  await ask({ [header.toLowerCase()]: '12345', 'x-again': 'kept in the table of the header compression' });
  assert.deepEqual([twin.requests().length, await twin.verdict(expectation)], [2, []]);
});

test('startTwin() upgrades to a WebSocket, echoes, and reads no requests in what follows', async (t) => {
  const twin = await startTwin(t, { tls: null });
  const connection = await openRaw(t, twin.port);
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  await connection.send(
    `${requestText(lines, '', 'GET /socket HTTP/1.1')}${clientFrame({ payload: evil }).toString('latin1')}`,
  );
  const answer = await connection.readAnswer();
  assert.equal(answer.status, 101);
  assert.ok(answer.headers.includes('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='));
  await connection.send(clientFrame({ payload: evil }));
  const echo = serverFrame({ payload: evil });
  assert.deepEqual(await connection.read(echo.length * 2), Buffer.concat([echo, echo]));
  assert.deepEqual(await twin.verdict(expectation), []);
  assert.equal(twin.requests().length, 1);
});

/** A twin on plain TCP after it has received exactly these bytes and the end of the connection. */
async function twinThatReceived(t: TestContext, bytes: string): Promise<Twin> {
  const twin = await startTwin(t, { tls: null });
  const connection = await openRaw(t, twin.port);
  await connection.send(bytes);
  connection.socket.end();
  const closed = once(connection.socket, 'close');
  await connection.readToEnd();
  await closed;
  assert.equal(twin.connections()[0]?.bytes().toString('latin1'), bytes);
  return twin;
}
