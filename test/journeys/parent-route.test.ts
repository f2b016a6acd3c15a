// What the gate does to traffic, it does on whichever route: the same proof, the same judgement of addresses, the same
// pools, the same record. Here a proxy stands between it and the world.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerValues } from '../../src/core/base/header-lines.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { startTestGate } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, STAMP, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { startParentProxy } from '../support/parent-proxy.ts';
import { connectThrough, type RawAnswer } from '../support/raw-client.ts';
import { fileScope } from '../support/test-scope.ts';

const scope = fileScope();
const parent = await startParentProxy(scope);
const office = await startOffice(scope, {
  route: parent.route,
});
const { gate, twin, plain } = office;

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';

/** What upstream received for an answer, by its nonce. */
function received({ headers }: Pick<RawAnswer, 'headers'>) {
  const nonce = headerOf(headers, 'x-twin-nonce');
  const request = [...twin.requests(), ...plain.requests()].find((each) => each.nonce === nonce);
  assert.ok(request, 'no answer of upstream');
  return request;
}

describe('by way of a parent proxy', () => {
  test('R-01 an intercepted request is stamped, over both versions of HTTP', async (t) => {
    const before = parent.led;
    const connection = await inside(t, office);
    await connection.send(GET);
    assert.deepEqual(headerValues(received(await connection.readAnswer()).headers, STAMP.toLowerCase()), [
      '12345',
    ]);
    const session = await insideHttp2(t, office);
    const head = [':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', '/x'];
    const answer = await askHttp2(session, head);
    assert.equal(answer.status, 200);
    assert.ok(parent.led > before);
    assert.ok(
      parent.asked.every((each) => [twin.port, plain.port].some((port) => each === `127.0.0.1:${port}`)),
    );
    await assertOfficeHolds(office);
  });

  test('plain HTTP is stamped', async (t) => {
    const before = parent.led;
    const connection = await atProxy(t, office);
    await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.deepEqual(headerValues(received(await connection.readAnswer()).headers, STAMP.toLowerCase()), [
      '12345',
    ]);
    assert.equal(parent.led, before + 1);
  });

  test('a splice passes unseen: the client meets the certificate of upstream itself', async (t) => {
    const before = parent.led;
    const connection = await inside(t, office, { authority: 'docs.example.org:443' });
    assert.equal(connection.socket.getPeerX509Certificate()?.issuer.includes('Upstream Root'), true);
    await connection.send('GET /x HTTP/1.1\r\nHost: docs.example.org\r\n\r\n');
    assert.deepEqual(headerValues(received(await connection.readAnswer()).headers, STAMP.toLowerCase()), []);
    assert.equal(parent.led, before + 1);
  });

  test('R-10 no connection through it is shared between principals', async (t) => {
    const before = parent.led;
    const connections = [];
    for (const user of ['dave', 'carol', 'dave']) {
      const connection = await inside(t, office, { user });
      await connection.send(GET);
      connections.push(received(await connection.readAnswer()).connection);
    }
    const [first, second, third] = connections;
    assert.notEqual(first, second);
    assert.equal(first, third);
    assert.ok(parent.led >= before + 2);
  });

  test('R-42 an address that the gate must not reach is refused before the parent hears of it', async (t) => {
    const before = parent.asked.length;
    const unmapped = await startTestGate(t, {
      policy: 'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: ["127.0.0.9"]\notherwise: block\n',
      ...{ resolve: {}, roots: office.authority.rootPem, route: parent.route },
    });
    const { answer } = await connectThrough(t, '127.0.0.9:443', { proxyPort: unmapped.port() });
    assert.equal(gateSays(answer.headers).code, 'address-refused');
    assert.equal(parent.asked.length, before);
  });

  test('R-20 an upstream that is not proved is refused', async (t) => {
    const stranger = await createTestAuthority({ name: 'Stranger' });
    twin.present(await stranger.issue({ names: ['github.com'] }));
    t.after(async () => twin.present(await office.authority.issue({ names: ['github.com'] })));
    const received = twin.requests().length;
    const connection = await inside(t, office, { from: '10.9.9.1' });
    await connection.send(GET);
    const answer = await connection.readAnswer();
    assert.equal(gateSays(answer.headers).code, 'upstream-certificate');
    assert.equal(twin.requests().length, received);
  });

  test('a parent that refuses is a failure with its words', async (t) => {
    parent.refuses(403);
    t.after(() => parent.refuses(null));
    const { answer } = await connectThrough(t, 'docs.example.org:443', { proxyPort: gate.port() });
    assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'connect-failed']);
    const connection = await inside(t, office, { from: '10.9.9.2' });
    await connection.send(GET);
    assert.equal(gateSays((await connection.readAnswer()).headers).code, 'connect-failed');
    connection.socket.destroy();
    const outcome = await gate.event(
      (event) => event.kind === 'outcome' && event.client?.address === '10.9.9.2',
    );
    assert.ok(outcome.kind === 'outcome');
    assert.match(outcome.failure?.detail ?? '', /the parent proxy said HTTP\/1.1 403/);
  });
});
