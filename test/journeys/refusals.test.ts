// What a refused user is told, in the form the client reads, and how the record is found from it; the gate's own pages.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, startOffice } from '../support/office.ts';
import { connectThrough, openRaw, type RawAnswer } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope(), {
  refusal: { contact: 'it-help@example.com', helpUrl: 'https://intranet.example.com/gate' },
});
const { gate } = office;
const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';

type Ask = (t: TestScope, accept: string | null) => Promise<RawAnswer>;

const accepting = (accept: string | null): string => (accept === null ? '' : `Accept: ${accept}\r\n`);

/** The places where something can be refused. */
const PLACES: readonly { name: string; ask: Ask; code: string; rule: string | null }[] = [
  {
    ...{ name: 'a blocked host, inside the tunnel', code: 'rule', rule: 'codespaces' },
    ask: async (t, accept) => {
      const connection = await inside(t, office, { authority: 'github.dev:443' });
      await connection.send(`GET /x HTTP/1.1\r\nHost: github.dev\r\n${accepting(accept)}\r\n`);
      const answer = await connection.readAnswer();
      connection.socket.destroy();
      return answer;
    },
  },
  {
    ...{ name: 'a blocked host over HTTP/2', code: 'rule', rule: 'codespaces' },
    ask: async (t, accept) => {
      const session = await insideHttp2(t, office, { authority: 'github.dev:443' });
      const answer = await askHttp2(session, { ':path': '/x', ...(accept === null ? {} : { accept }) });
      session.destroy();
      return { ...answer, statusLine: '' };
    },
  },
  {
    ...{ name: 'a blocked path', code: 'rule', rule: 'no-tokens' },
    ask: async (t, accept) => {
      const connection = await inside(t, office);
      await connection.send(`GET /settings/tokens HTTP/1.1\r\nHost: github.com\r\n${accepting(accept)}\r\n`);
      return connection.readAnswer();
    },
  },
  {
    ...{ name: 'a destination that nobody named, at the CONNECT', code: 'not-allowed', rule: 'otherwise' },
    ask: async (t, accept) => {
      const lines = accept === null ? [] : [`Accept: ${accept}`];
      const { answer } = await connectThrough(t, 'example.com:443', { proxyPort: gate.port(), lines });
      return answer;
    },
  },
  {
    ...{ name: 'a plain request', code: 'not-allowed', rule: 'otherwise' },
    ask: async (t, accept) => {
      const connection = await atProxy(t, office);
      await connection.send(
        `GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n${accepting(accept)}\r\n`,
      );
      return connection.readAnswer();
    },
  },
];

describe('a refusal', () => {
  for (const place of PLACES) {
    test(`of ${place.name} is a page for a browser`, async (t) => {
      const answer = await place.ask(t, BROWSER);
      assert.equal(answer.status, 403);
      assert.equal(headerOf(answer.headers, 'content-type'), 'text/html; charset=utf-8');
      assert.match(headerOf(answer.headers, 'content-security-policy') ?? '', /default-src 'none'/);
      const page = answer.body.toString('utf8');
      assert.ok(page.includes('it-help@example.com') && !page.includes('<IT>') && !page.includes('<script'));
      assert.ok(page.includes(String(gateSays(answer.headers).reference)));
    });

    test(`of ${place.name} is JSON for a program`, async (t) => {
      const answer = await place.ask(t, 'application/json');
      const body = JSON.parse(answer.body.toString('utf8'));
      assert.deepEqual(
        [answer.status, body.code, body.rule, body.contact],
        [403, place.code, place.rule, 'it-help@example.com'],
      );
      assert.equal(body.reference, gateSays(answer.headers).reference);
    });

    test(`of ${place.name} is text for everyone else, and its reference finds the record`, async (t) => {
      const answer = await place.ask(t, null);
      assert.match(headerOf(answer.headers, 'content-type') ?? '', /^text\/plain/);
      const says = gateSays(answer.headers);
      assert.deepEqual([says.code, says.rule], [place.code, place.rule]);
      assert.ok(answer.body.toString('utf8').includes(String(says.reference)));
      const { decision, outcome } = await gate.pair((event) => event.id === says.reference);
      assert.deepEqual(
        [decision.verdict, decision.reason.code, decision.reason.rule],
        ['block', place.code, place.rule],
      );
      assert.deepEqual([outcome.status, outcome.by], [403, 'gate']);
    });
  }

  test('says what the administrator says', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET /settings/tokens HTTP/1.1\r\nHost: github.com\r\nAccept: text/html\r\n\r\n');
    assert.ok(
      (await connection.readAnswer()).body.toString('utf8').includes('Ask &#60;IT&#62; &#34;now&#34;.'),
    );
  });

  test('of HEAD has no body, and the connection goes on', async (t) => {
    const connection = await inside(t, office);
    await connection.send('HEAD /settings/tokens HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer('HEAD')).status, 403);
    await connection.send('GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 200);
  });

  test('of a WebSocket is a status and a close', async (t) => {
    const connection = await inside(t, office);
    await connection.send(
      'GET /settings/tokens HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    assert.equal((await connection.readAnswer()).status, 403);
    assert.equal((await connection.readToEnd()).length, 0);
  });

  test('inside a tunnel is given to every request of it', async (t) => {
    const connection = await inside(t, office, { authority: 'github.dev:443' });
    for (const path of ['/a', '/b', '/c']) {
      await connection.send(`GET ${path} HTTP/1.1\r\nHost: github.dev\r\n\r\n`);
      assert.equal((await connection.readAnswer()).status, 403);
    }
  });
});

describe("the gate's own pages", () => {
  const page = async (t: TestScope, path: string, listener = 'open', method = 'GET'): Promise<RawAnswer> => {
    const connection = await openRaw(t, gate.port(listener));
    await connection.send(
      `${method} ${path} HTTP/1.1\r\nHost: proxy.example.com:3128\r\nConnection: close\r\n\r\n`,
    );
    return connection.readAnswer(method);
  };

  for (const listener of ['open', 'staff']) {
    test(`/ca.pem of "${listener}" is the CA, before credentials`, async (t) => {
      const answer = await page(t, '/ca.pem', listener);
      assert.equal(answer.status, 200);
      assert.equal(
        new X509Certificate(answer.body).fingerprint256,
        new X509Certificate(gate.caPem).fingerprint256,
      );
    });
  }

  test('/ca.crl is a list in DER', async (t) => {
    const answer = await page(t, '/ca.crl');
    assert.deepEqual(
      [answer.status, headerOf(answer.headers, 'content-type')],
      [200, 'application/pkix-crl'],
    );
    assert.equal(answer.body[0], 0x30);
  });

  test('/proxy.pac sends what the policy names to the gate, and the rest directly', async (t) => {
    const answer = await page(t, '/proxy.pac');
    assert.equal(headerOf(answer.headers, 'content-type'), 'application/x-ns-proxy-autoconfig');
    const dnsDomainIs = (host: string, domain: string): boolean => host.endsWith(domain);
    const ask = (host: string): unknown =>
      runInNewContext(`${answer.body.toString()};FindProxyForURL('https://${host}/', '${host}')`, {
        dnsDomainIs,
      });
    for (const host of [
      'github.com',
      'api.github.com',
      'docs.example.org',
      'github.dev',
      'files.example.net',
      'GitHub.com',
    ])
      assert.equal(ask(host), 'PROXY proxy.example.com:3128', host);
    for (const host of ['example.com', 'evilgithub.com', 'github.com.evil.example'])
      assert.equal(ask(host), 'DIRECT', host);
  });

  test('/proxy.pac cannot be made to say what the client says', async (t) => {
    const connection = await openRaw(t, gate.port());
    await connection.send('GET /proxy.pac HTTP/1.1\r\nHost: a"+alert(1)+"\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 400);
  });

  test('HEAD is answered without a body, and other paths say how a proxy is asked', async (t) => {
    const head = await page(t, '/ca.pem', 'open', 'HEAD');
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal((await page(t, '/')).status, 400);
    assert.equal((await page(t, '/ca.pem', 'open', 'POST')).status, 400);
  });
});
