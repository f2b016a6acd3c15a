// A hunt finds what it is for: a test that finds no secret is worth what this one is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretHunt } from './secret-hunt.ts';

const WRITERS: readonly (readonly [name: string, write: (secret: string) => string])[] = [
  ['a log line', (secret) => `token ${secret} was refused`],
  ['JSON', (secret) => JSON.stringify({ token: secret })],
  ['a URL', (secret) => `/?code=${encodeURIComponent(secret)}`],
  ['a form', (secret) => new URLSearchParams({ code: secret }).toString()],
  ['Basic credentials', (secret) => Buffer.from(`dave:${secret}`).toString('base64')],
  ['Basic credentials of another name', (secret) => Buffer.from(`carol:${secret}`).toString('base64')],
  ['URL-safe base64', (secret) => Buffer.from(`{"a":"${secret}"}`).toString('base64url')],
  ['a dump of bytes', (secret) => Buffer.from(secret).toString('hex')],
  ['capitals', (secret) => secret.toUpperCase()],
];

for (const [name, write] of WRITERS) {
  test(`foundIn() finds a secret in ${name}`, () => {
    for (const kind of ['token', 'plain', 'awkward'] as const) {
      const hunt = new SecretHunt();
      const text = write(hunt[kind]('here'));
      assert.ok(hunt.foundIn(`before ${text} after`).length > 0, `${kind}: ${text}`);
    }
  });
}

test('foundIn() finds nothing where nothing is', () => {
  const hunt = new SecretHunt();
  hunt.token('here');
  assert.deepEqual(hunt.foundIn('ghp_[redacted]'), []);
});
