// What a crash shows, and what it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashText } from './crash.ts';

const SECRET = 'pw-5ec4e7';

const ERRORS: readonly (readonly [name: string, error: () => unknown, shows: RegExp])[] = [
  ['an error', () => new TypeError(SECRET), /: TypeError\.[\s\S]*\n {4}at [\s\S]*crash\.test\.ts:\d+:\d+/],
  ['one with a code', () => Object.assign(new Error(SECRET), { code: 'ERR_X' }), /: Error ERR_X\./],
  ['one with a cause', () => new Error('x', { cause: new Error(SECRET) }), /: Error\./],
  ['one with properties', () => Object.assign(new Error('x'), { input: SECRET }), /: Error\./],
  ['one whose name is the secret', () => Object.assign(new Error('x'), { name: SECRET }), /: Error\./],
  ['one whose code is the secret', () => Object.assign(new Error('x'), { code: SECRET }), /: Error\./],
  [
    'a message of many lines',
    () => new Error(`a\n    at ${SECRET}\n    at f (${SECRET}:1:1)\nb`),
    /: Error\./,
  ],
  ['text', () => SECRET, /where is not known/],
  ['nothing', () => undefined, /where is not known/],
];

for (const [name, error, shows] of ERRORS) {
  test(`R-50 crashText() shows where, and nothing that was in hand, of ${name}`, () => {
    const text = crashText(error());
    assert.match(text, shows);
    assert.ok(!text.includes(SECRET), text);
  });
}
