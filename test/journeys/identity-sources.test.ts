// Clients whose credentials take several steps, and sources that cannot say who anybody is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerValues } from '../../src/core/base/header-lines.ts';
import { IdentityStack } from '../../src/identity/stack.ts';
import { headerOf } from '../support/gate-answers.ts';
import {
  basicSource,
  FIRST_TOKEN,
  negotiateSource,
  SERVER_TOKEN,
  tokenOf,
} from '../support/identity-sources.ts';
import { STAMP, startOffice } from '../support/office.ts';
import { openRaw, type RawAnswer, type RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const tokens = negotiateSource(['erin']);
const passwords = basicSource(['dave']);
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const limits = { memoryMs: 60_000, failuresFree: 100 };
const office = await startOffice(fileScope(), {
  identity: new IdentityStack({ sources: [tokens, passwords], clock, ...limits }),
});

/** A request for github.com at the listener that asks who is there. */
async function ask(connection: RawConnection, credentials: string | null, path: string): Promise<RawAnswer> {
  const line = credentials === null ? '' : `Proxy-Authorization: ${credentials}\r\n`;
  await connection.send(`GET http://github.com/${path} HTTP/1.1\r\nHost: github.com\r\n${line}\r\n`);
  return connection.readAnswer();
}

const atStaff = (t: TestScope): Promise<RawConnection> => openRaw(t, office.gate.port('staff'));
const offered = ({ headers }: RawAnswer): readonly string[] => headerValues(headers, 'proxy-authenticate');
const basic = (user: string): string => `Basic ${btoa(`${user}:${user}-secret`)}`;

describe('a source whose credentials take two steps', () => {
  test('is offered beside the others, a line each', async (t) => {
    const answer = await ask(await atStaff(t), null, 'x');
    assert.equal(answer.status, 407);
    assert.deepEqual(offered(answer), ['Negotiate', 'Basic realm="played"']);
  });

  test('knows the client by the last step on the same connection, with the groups that it says', async (t) => {
    const connection = await atStaff(t);
    const first = await ask(connection, `Negotiate ${FIRST_TOKEN}`, 'two-steps');
    assert.equal(first.status, 407);
    assert.deepEqual(offered(first), [`Negotiate ${SERVER_TOKEN}`]);
    const second = await ask(connection, `Negotiate ${tokenOf('erin')}`, 'two-steps');
    assert.equal(second.status, 200);
    const nonce = headerOf(second.headers, 'x-twin-nonce');
    const request = office.plain.requests().find((each) => each.nonce === nonce);
    assert.ok(request);
    // She is of the group that the policy exempts.
    assert.deepEqual(headerValues(request.headers, STAMP.toLowerCase()), []);
    const { decision } = await office.gate.pair((event) => event.client.user === 'erin');
    assert.equal(decision.reason.exemption, 'people');
  });

  test('asks in no record, like any first challenge; a last step that is wrong is recorded', async (t) => {
    const connection = await atStaff(t);
    await ask(connection, `Negotiate ${FIRST_TOKEN}`, 'wrong-step');
    const before = office.gate.events().length;
    const answer = await ask(connection, `Negotiate ${tokenOf('mallory')}`, 'wrong-step');
    assert.equal(answer.status, 407);
    assert.deepEqual(offered(answer), ['Negotiate', 'Basic realm="played"']);
    const added = office.gate.events().slice(before);
    assert.deepEqual(
      added.map((event) => event.kind === 'outcome' && event.failure?.code),
      ['credentials-wrong'],
    );
  });

  test('has no last step on another connection, and is told when the client leaves', async (t) => {
    const before = tokens.abandoned;
    const begun = await atStaff(t);
    await ask(begun, `Negotiate ${FIRST_TOKEN}`, 'x');
    assert.equal((await ask(await atStaff(t), `Negotiate ${tokenOf('erin')}`, 'x')).status, 407);
    begun.socket.destroy();
    await untilTrue(() => tokens.abandoned === before + 1, 'the exchange was not given up');
  });

  test('is left for another scheme, and for what cannot be read', async (t) => {
    const before = tokens.abandoned;
    const connection = await atStaff(t);
    await ask(connection, `Negotiate ${FIRST_TOKEN}`, 'x');
    assert.equal((await ask(connection, basic('dave'), 'x')).status, 200);
    assert.equal(tokens.abandoned, before + 1);
    await ask(connection, `Negotiate ${FIRST_TOKEN}`, 'x');
    assert.equal((await ask(connection, 'Negotiate two words', 'x')).status, 407);
    assert.equal(tokens.abandoned, before + 2);
  });
});

describe('sources that cannot say', () => {
  test('leave a client out with 503, recorded, and let it in once they can', async (t) => {
    const down = { kind: 'down', detail: 'no directory answers' } as const;
    for (const source of [tokens, passwords]) source.says(down);
    t.after(() => {
      for (const source of [tokens, passwords]) source.says(null);
    });
    const before = office.plain.requests().length;
    const connection = await atStaff(t);
    for (const credentials of [null, `Negotiate ${FIRST_TOKEN}`, 'Basic bmV3OmNvbWVy']) {
      const seen = office.gate.events().length;
      const answer = await ask(connection, credentials, 'down');
      assert.equal(answer.status, 503);
      assert.deepEqual(offered(answer), []);
      assert.equal(headerOf(answer.headers, 'retry-after'), '1');
      const [event] = office.gate.events().slice(seen);
      assert.ok(event?.kind === 'outcome');
      assert.deepEqual(
        [event.failure?.code, event.failure?.side, event.failure?.phase],
        ['identity-unavailable', 'gateway', 'identify'],
      );
      assert.match(event.failure?.detail ?? '', /no directory answers/);
    }
    assert.equal(office.plain.requests().length, before);
    tokens.says(null);
    assert.equal((await ask(connection, `Negotiate ${FIRST_TOKEN}`, 'down')).status, 407);
    assert.equal((await ask(connection, `Negotiate ${tokenOf('erin')}`, 'down')).status, 200);
  });

  test('let in whom another source knows', async (t) => {
    tokens.says({ kind: 'down', detail: 'no directory answers' });
    t.after(() => tokens.says(null));
    assert.equal((await ask(await atStaff(t), basic('dave'), 'x')).status, 200);
  });
});
