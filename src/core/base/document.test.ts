// Documents that a person could write, and the faults each must show, with exact places.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type Fault, faultText, nearestSpelling, readDocument } from './document.ts';

const schema = z.strictObject({
  version: z.literal(1).meta({ examples: [1] }),
  mode: z.enum(['enforce', 'report']).optional(),
  restrict: z.strictObject({ enterprises: z.array(z.string()).min(1).max(2) }).optional(),
  rules: z
    .array(z.union([z.string(), z.strictObject({ to: z.string(), name: z.string().optional() })]))
    .optional(),
  plans: z.union([z.enum(['one', 'two']), z.array(z.enum(['one', 'two']))]).optional(),
  groups: z.record(z.string(), z.array(z.string())).optional(),
});

function faultsOf(text: string): readonly Fault[] {
  const read = readDocument({ text, file: 'a.yaml' }, schema);
  assert.equal(read.ok, false, 'the document was read');
  return read.ok ? [] : read.error;
}

const FAULTS: readonly { name: string; text: string; place: string; value: string; mend?: RegExp }[] = [
  {
    name: 'an unknown key',
    text: 'version: 1\nrestirct: {}\n',
    place: '2:1',
    value: 'restirct',
    mend: /"restrict"/,
  },
  {
    name: 'an unknown key in an option of a union',
    text: 'version: 1\nrules:\n  - x\n  - { to: a, nmae: b }\n',
    place: '4:14',
    value: 'nmae',
    mend: /"name"/,
  },
  { name: 'a missing key', text: 'mode: report\n', place: '1:1', value: 'version', mend: /version: 1/ },
  {
    name: 'an unknown word',
    text: 'version: 1\nmode: reprot\n',
    place: '2:7',
    value: 'reprot',
    mend: /"report"/,
  },
  {
    name: 'an unknown word in a list',
    text: 'version: 1\nplans: [oen]\n',
    place: '2:9',
    value: 'oen',
    mend: /"one"/,
  },
  {
    name: 'a number for text',
    text: 'version: 1\nrestrict: { enterprises: [12345] }\n',
    place: '2:27',
    value: '12345',
    mend: /"12345"/,
  },
  { name: 'too few', text: 'version: 1\nrestrict: { enterprises: [] }\n', place: '2:26', value: '[]' },
  {
    name: 'too many',
    text: 'version: 1\nrestrict: { enterprises: [a, b, c] }\n',
    place: '2:26',
    value: '[a, b, c]',
  },
  { name: 'a list for a mapping', text: 'version: 1\ngroups: [a]\n', place: '2:9', value: '[a]' },
  { name: 'text for a document', text: 'hello\n', place: '1:1', value: 'hello' },
  { name: 'nothing for a value', text: 'version: 1\nrestrict:\n', place: '2:10', value: '' },
  { name: 'a union with no fitting option', text: 'version: 1\nrules: [[x]]\n', place: '2:9', value: '[x]' },
  { name: 'a duplicate key', text: 'version: 1\nversion: 1\n', place: '2:1', value: 'version' },
  { name: 'a second document', text: 'version: 1\n---\nversion: 1\n', place: '2:1', value: '---' },
  { name: 'a tag', text: 'version: !!int 1\n', place: '1:16', value: 'tag:yaml.org,2002:int' },
  { name: 'a local tag', text: 'version: !one 1\n', place: '1:15', value: '!one' },
  { name: 'a merge key', text: 'version: 1\n<<: { mode: report }\n', place: '2:1', value: '<<' },
  { name: 'a YAML 1.1 directive', text: '%YAML 1.1\n---\nversion: 1\n', place: '1:1', value: '%YAML 1.1' },
  { name: 'an empty document', text: '# nothing\n', place: '1:1', value: '' },
  { name: 'an unclosed list', text: 'version: 1\nrules: [a\n', place: '3:1', value: '' },
  { name: 'a tab', text: 'version: 1\nrestrict:\n\tenterprises: [a]\n', place: '3:1', value: '' },
  { name: 'an alias without an anchor', text: 'version: 1\nrules: [*a]\n', place: '2:9', value: '*a' },
  { name: 'an alias inside its anchor', text: 'version: 1\nrules: &a [*a]\n', place: '2:12', value: '*a' },
  {
    name: 'a reserved key',
    text: 'version: 1\ngroups: { __proto__: [] }\n',
    place: '2:11',
    value: '__proto__',
  },
  { name: 'a list as a key', text: 'version: 1\n? [a]\n: 1\n', place: '2:3', value: '[a]' },
];

describe('readDocument() refuses', () => {
  for (const row of FAULTS) {
    test(row.name, () => {
      const [fault] = faultsOf(row.text);
      assert.equal(`${fault?.line}:${fault?.column}`, row.place);
      assert.equal(fault?.value, row.value);
      assert.notEqual(fault?.problem, '');
      assert.notEqual(fault?.mend, '');
      if (row.mend !== undefined) assert.match(fault?.mend ?? '', row.mend);
    });
  }

  test('aliases that expand without bound', () => {
    const layers = Array.from({ length: 12 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1}, `.repeat(10)}]`);
    layers[0] = 'a0: &a0 [x]';
    assert.equal(faultsOf(`${layers.join('\n')}\n`).length, 1);
  });

  test('nesting without bound', () => {
    assert.ok(faultsOf(`version: ${'['.repeat(100_000)}`).length > 0);
    assert.ok(faultsOf(`version: ${'['.repeat(5_000)}${']'.repeat(5_000)}`).length > 0);
  });

  test('every fault at once, in the order of the file', () => {
    const faults = faultsOf('mode: x\nrules: [1]\nnope: 1\n');
    assert.deepEqual(
      faults.map((fault) => `${fault.line}:${fault.value}`),
      ['1:version', '1:x', '2:1', '3:nope'],
    );
  });
});

test('readDocument() locates values, through aliases too, and falls back to the nearest parent', () => {
  const text = 'version: 1\ngroups:\n  oss: &people [bob, "carol"]\n  all: *people\n';
  const read = readDocument({ text, file: 'a.yaml' }, schema);
  assert.ok(read.ok);
  assert.deepEqual(read.value.value.groups, { oss: ['bob', 'carol'], all: ['bob', 'carol'] });
  assert.deepEqual(read.value.at(['groups', 'oss', 1]), { line: 3, column: 22 });
  assert.deepEqual(read.value.at(['groups', 'all', 0]), { line: 3, column: 17 });
  assert.deepEqual(read.value.at(['groups', 'none', 4]), { line: 3, column: 3 });
});

test('readDocument() reads YAML 1.2, where no is a word', () => {
  const read = readDocument({ text: 'version: 1\nrules: [no, on, 0o7x]\n', file: 'a.yaml' }, schema);
  assert.ok(read.ok);
  assert.deepEqual(read.value.value.rules, ['no', 'on', '0o7x']);
});

test('faultText() says what was read, what is wrong, what would be right, and where', () => {
  const fault: Fault = {
    file: 'policy.yaml',
    line: 12,
    column: 9,
    value: '*',
    problem: 'a host pattern needs at least two labels',
    mend: 'write "*.example.org"',
  };
  assert.equal(
    faultText(fault),
    'Cannot read "*": a host pattern needs at least two labels; write "*.example.org" (policy.yaml:12:9)',
  );
});

const SPELLINGS: readonly { word: string; known: readonly string[]; near: string | null }[] = [
  { word: 'restirct', known: ['report', 'restrict'], near: 'restrict' },
  { word: 'Allow', known: ['allow', 'block'], near: 'allow' },
  { word: 'to', known: ['say', 'do'], near: 'do' },
  { word: 'zebra', known: ['allow', 'block'], near: null },
  { word: '', known: ['a'], near: null },
  { word: 'codespace', known: ['codespaces', 'copilot'], near: 'codespaces' },
];

describe('nearestSpelling() finds', () => {
  for (const { word, known, near } of SPELLINGS)
    test(`${near ?? 'nothing'} for "${word}"`, () => assert.equal(nearestSpelling(word, known), near));
});
