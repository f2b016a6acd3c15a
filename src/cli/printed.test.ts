// What a terminal is shown of names that others chose: letters of any language, and nothing that moves it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, printable, quotedAscii } from './printed.ts';

for (const [name, shown] of [
  ['für-alle 漢 🙂', 'für-alle 漢 🙂'],
  ['a\u0007\u001b[2J\u007f\u009b31m', 'a\\u0007\\u001b[2J\\u007f\\u009b31m'],
  ['one\ntwo\u2028three', 'one\\u000atwo\\u2028three'],
  ['\u202egnp.exe\u2066 \u200b', '\\u202egnp.exe\\u2066 \\u200b'],
  ['half \ud800 of a pair', 'half \\ud800 of a pair'],
  // A character of a private plane is two units.
  ['\u{f0000}', '\\udb80\\udc00'],
] as const)
  test(`printable() shows ${JSON.stringify(shown)}`, () => {
    assert.equal(printable(name), shown);
  });

test('quotedAscii() shows no letter that looks like another', () => {
  assert.equal(quotedAscii('g\u0456thub.com "x"'), '"g\\u0456thub.com \\"x\\""');
});

test('counted() knows one from many', () => {
  assert.deepEqual(
    [0, 1, 1_234].map((value) => counted(value, 'answer')),
    ['0 answers', '1 answer', '1,234 answers'],
  );
});
