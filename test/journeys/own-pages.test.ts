// The gate's own pages, asked as clients ask: on the port itself, and through it as a proxy, by every name that they have
// for it. Must not know where the pages come from.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { headerOf } from '../support/gate-answers.ts';
import { officePolicy, startOffice } from '../support/office.ts';
import { openRaw, type RawAnswer } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const PUBLISHED = 'gate.corp.example';
const office = await startOffice(fileScope(), {
  crlUrl: `http://${PUBLISHED}:8080/ca.crl`,
  policy: { ...officePolicy(), allow: ['http://*.corp.example', 'github.com'] },
});
const { gate } = office;

async function ask(t: TestScope, listener: string, target: string, method = 'GET'): Promise<RawAnswer> {
  const connection = await openRaw(t, gate.port(listener));
  const host = /^http:\/\/([^/]+)/.exec(target)?.[1] ?? 'x.example';
  await connection.send(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return connection.readAnswer(method);
}

const PAGES: readonly (readonly [path: string, type: string])[] = [
  ['/ca.pem', 'application/x-pem-file'],
  ['/ca.crl', 'application/pkix-crl'],
  ['/proxy.pac', 'application/x-ns-proxy-autoconfig'],
  ['/wpad.dat', 'application/x-ns-proxy-autoconfig'],
];

describe('B7 the page', () => {
  for (const listener of ['open', 'staff']) {
    const names = [
      '',
      `http://127.0.0.1:${gate.port(listener)}`,
      `http://${hostname()}:${gate.port(listener)}`,
      `http://${PUBLISHED}:${gate.port(listener)}`,
      `http://${PUBLISHED.toUpperCase()}:8080`,
    ];
    for (const [path, type] of PAGES) {
      for (const [at, name] of names.entries()) {
        test(`${path} is served to ${listener} clients by the name ${at}`, async (t) => {
          for (const query of ['', '?', '?x=/y']) {
            const answer = await ask(t, listener, `${name}${path}${query}`);
            assert.deepEqual([answer.status, headerOf(answer.headers, 'content-type')], [200, type]);
            assert.ok(answer.body.length > 0);
          }
          const head = await ask(t, listener, `${name}${path}`, 'HEAD');
          assert.deepEqual([head.status, head.body.length], [200, 0]);
        });
      }
    }
  }

  test('of a PAC names the proxy as the client does', async (t) => {
    const { body } = await ask(t, 'staff', `http://${PUBLISHED}:8080/wpad.dat`);
    assert.ok(body.includes(`PROXY ${PUBLISHED}:8080`));
  });

  const others: readonly (readonly [target: string, listener: string, status: number])[] = [
    ['http://other.corp.example/ca.crl', 'staff', 407],
    [`http://${PUBLISHED}:8081/ca.crl`, 'staff', 407],
    [`http://${PUBLISHED}:8080/ca.key`, 'staff', 407],
    [`http://127.0.0.1:${gate.port()}/metrics`, 'staff', 407],
    [`http://127.0.0.1:${gate.port()}/metrics`, 'open', 403],
    ['http://other.corp.example/ca.crl', 'open', 200],
    ['/ca.key', 'open', 400],
  ];
  for (const [at, [target, listener, status]] of others.entries()) {
    test(`of somebody else is not the gate's, ${at}: ${status} for ${listener} clients`, async (t) => {
      const plain = office.plain.requests().length;
      const answer = await ask(t, listener, target);
      assert.equal(answer.status, status);
      assert.equal(office.plain.requests().length - plain, status === 200 ? 1 : 0);
    });
  }

  test('is for who asks, not for who posts', async (t) => {
    assert.equal((await ask(t, 'open', '/ca.crl', 'POST')).status, 400);
  });
});
