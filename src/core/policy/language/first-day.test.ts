// What an administrator types on the first day, and what is said: the cause and the exact mend.
// Must not know how files are read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from './parse.ts';

const LOW = 'version: 1\notherwise: block\n';
const STAR = 'a * at the beginning is an alias in YAML, and no pattern';

const ROWS: readonly {
  readonly name: string;
  readonly text: string;
  readonly place: string;
  readonly problem: string;
  readonly mend: string;
}[] = [
  {
    name: '- *.github.com without quotes',
    text: `${LOW}allow:\n  - *.github.com\n`,
    place: '4:5',
    problem: STAR,
    mend: 'write it in quotes: "*.github.com"',
  },
  {
    name: 'the same in brackets',
    text: `${LOW}allow: [github.com, *.github.com]\n`,
    place: '3:21',
    problem: STAR,
    mend: 'write it in quotes: "*.github.com"',
  },
  {
    name: 'the same with a path',
    text: `${LOW}block:\n  - to: *.github.com/login/*\n`,
    place: '4:9',
    problem: STAR,
    mend: 'write it in quotes: "*.github.com/login/*"',
  },
  {
    name: 'a dot at the beginning of a host',
    text: `${LOW}allow: .github.com\n`,
    place: '3:8',
    problem: 'a host begins with no dot',
    mend: 'write *.github.com for all names under it, github.com for itself',
  },
  {
    name: 'version in quotes',
    text: 'version: "1"\notherwise: block\n',
    place: '1:10',
    problem: 'in quotes it is text, and no number',
    mend: 'write it without quotes: version: 1',
  },
  {
    name: 'a no-break space after a colon',
    text: 'version:\u00a01\notherwise: block\n',
    place: '1:9',
    problem: 'a character that is not seen (U+00A0) stands here, and is no blank in YAML',
    mend: 'write a plain space',
  },
  {
    name: 'a no-break space as indentation',
    text: `${LOW}copilot:\n\u00a0 plans: [business]\n`,
    place: '4:1',
    problem: 'a character that is not seen (U+00A0) stands here, and is no blank in YAML',
    mend: 'write a plain space',
  },
  {
    name: 'a no-break space in a host',
    text: `${LOW}allow: "github.com\u00a0"\n`,
    place: '3:8',
    problem: 'a character that is not seen (U+00A0) stands in it',
    mend: 'write the host as DNS has it',
  },
  {
    name: 'UTF-16, low byte first',
    text: [...LOW].map((char) => `${char}\0`).join(''),
    place: '1:2',
    problem: 'the file is UTF-16',
    mend: 'save it as UTF-8',
  },
  {
    name: 'UTF-16, high byte first',
    text: [...LOW].map((char) => `\0${char}`).join(''),
    place: '1:1',
    problem: 'the file is UTF-16',
    mend: 'save it as UTF-8',
  },
  {
    name: 'a backslash in double quotes',
    text: `${LOW}exempt: [{ users: "CORP\\dave" }]\n`,
    place: '3:24',
    problem: 'a backslash in double quotes begins an escape, and this is none',
    mend: "write the text in single quotes, as 'CORP\\bob'",
  },
];

describe('C10 parsePolicy() names the cause and the mend of', () => {
  for (const { name, text, place, problem, mend } of ROWS)
    test(name, () => {
      const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
      assert.ok(!parsed.ok);
      const [first] = parsed.error;
      assert.deepEqual(
        { place: `${first?.line}:${first?.column}`, problem: first?.problem, mend: first?.mend },
        { place, problem, mend },
      );
      assert.equal(parsed.error.length, 1);
    });
});

test('C10 parsePolicy() tells another fault of a line in which quoted text has such a character', () => {
  const text = `${LOW}allow: [{ to: a.example.org, why: "non\u00a0breaking", sya: x }]\n`;
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.deepEqual(!parsed.ok && parsed.error.map(({ value }) => value), ['sya']);
});

test('C10 parsePolicy() leaves what is not seen alone where it harms nobody', () => {
  const text = `\ufeff${LOW}# a\u00a0comment\nallow: [{ to: a.example.org, why: "non\u00a0breaking" }]\n`;
  assert.ok(parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' }).ok);
});
