// What is read of a user name and a password that come as bytes. Must not know who they belong to.
import assert from 'node:assert/strict';
import test from 'node:test';
import { basicOf } from './identify.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const ROWS: readonly {
  readonly name: string;
  readonly user: Uint8Array;
  readonly password: Uint8Array;
  /** Null where they can be nobody's. */
  readonly read: readonly [user: string, password: string] | null;
}[] = [
  { name: 'plain letters', user: utf8('dave'), password: utf8('pw'), read: ['dave', 'pw'] },
  { name: 'colons in the password', user: utf8('dave'), password: utf8('a:b:'), read: ['dave', 'a:b:'] },
  { name: 'an empty password', user: utf8('dave'), password: utf8(''), read: ['dave', ''] },
  { name: 'UTF-8', user: utf8('jürgen'), password: utf8('naïve'), read: ['jürgen', 'naïve'] },
  { name: 'Latin-1', user: latin1('jürgen'), password: latin1('naïve'), read: ['jürgen', 'naïve'] },
  // Basic joins both with a colon (RFC 7617 section 2): dave:x with y would be dave with x:y.
  { name: 'a colon in the name', user: utf8('dave:x'), password: utf8('y'), read: null },
  { name: 'an empty name', user: utf8(''), password: utf8('pw'), read: null },
  { name: 'a control character in the name', user: utf8('da\nve'), password: utf8('pw'), read: null },
  { name: 'a NUL in the password', user: utf8('dave'), password: utf8('p\0w'), read: null },
];
for (const { name, user, password, read } of ROWS) {
  test(`R-09 basicOf() reads ${name}`, () => {
    const expected = read === null ? null : { kind: 'basic', user: read[0], password: read[1] };
    assert.deepEqual(basicOf(user, password), expected);
  });
}
