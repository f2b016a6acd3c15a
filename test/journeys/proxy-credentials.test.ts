// Proxy credentials as clients write them: in UTF-8 or Latin-1, with letters composed or not, and longer than bcrypt reads.
// Must not know how they are verified.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerValues } from '../../src/core/base/header-lines.ts';
import { credentialsOf } from '../support/gate.ts';
import { headerOf } from '../support/gate-answers.ts';
import { officePolicy, STAMP, startOffice } from '../support/office.ts';
import { openRaw, type RawAnswer } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const COMPOSED = 'J\u00fcrgen';
const APART = 'Ju\u0308rgen';
/** Its password has the 72 bytes that bcrypt reads. */
const LONG_NAME = 'l'.repeat(65);

const office = await startOffice(fileScope(), {
  users: [COMPOSED, LONG_NAME],
  // Whoever wrote the policy has an editor that takes letters apart.
  policy: { ...officePolicy(), groups: { oss: [APART] } },
});

async function ask(t: TestScope, credentials: Buffer): Promise<RawAnswer> {
  const connection = await openRaw(t, office.gate.port('staff'));
  await connection.send(
    `GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\nProxy-Authorization: Basic ${credentials.toString('base64')}\r\n\r\n`,
  );
  return connection.readAnswer();
}

describe('B9 a user whose name has a letter beyond ASCII is known, and exempt by that name', () => {
  const rows: readonly { name: string; credentials: Buffer }[] = [
    { name: 'in UTF-8', credentials: Buffer.from(`${COMPOSED}:${COMPOSED}-secret`, 'utf8') },
    { name: 'in UTF-8, taken apart', credentials: Buffer.from(`${APART}:${APART}-secret`, 'utf8') },
    { name: 'in Latin-1', credentials: Buffer.from(`${COMPOSED}:${COMPOSED}-secret`, 'latin1') },
  ];
  for (const { name, credentials } of rows) {
    test(name, async (t) => {
      const answer = await ask(t, credentials);
      assert.equal(answer.status, 200);
      const nonce = headerOf(answer.headers, 'x-twin-nonce');
      const request = office.plain.requests().find((each) => each.nonce === nonce);
      assert.ok(request);
      assert.deepEqual(headerValues(request.headers, STAMP.toLowerCase()), []);
      const { decision } = await office.gate.pair((event) => event.client.user === COMPOSED);
      assert.equal(decision.client.user, COMPOSED);
    });
  }
});

test('A12 a password that is right up to its 72nd byte, and longer, is 407', async (t) => {
  const credentials = credentialsOf(LONG_NAME);
  assert.equal(Buffer.byteLength(credentials.split(':')[1] ?? ''), 72);
  assert.equal((await ask(t, Buffer.from(credentials))).status, 200);
  assert.equal((await ask(t, Buffer.from(`${credentials}x`))).status, 407);
});
