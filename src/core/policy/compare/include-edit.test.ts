// Edits of policy texts: what is new stands where it should, and what was there stands as it was.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { withAcceptance, withInclude, withoutAccepted } from './include-edit.ts';

const INCLUDES: readonly (readonly [name: string, text: string, wanted: string])[] = [
  [
    'none',
    '# Ours.\nversion: 1   # the format\n\nallow:   [ a.example ]\notherwise: block',
    '# Ours.\nversion: 1   # the format\ninclude: [new.yaml]\n\nallow:   [ a.example ]\notherwise: block',
  ],
  ['none, version last', 'otherwise: block\nversion: 1', 'otherwise: block\nversion: 1\ninclude: [new.yaml]'],
  [
    'one text',
    'version: 1\ninclude: old.yaml # first\notherwise: block\n',
    'version: 1\ninclude: [old.yaml, "new.yaml"] # first\notherwise: block\n',
  ],
  [
    'a list in brackets',
    'version: 1\ninclude: [ a.yaml, "b.yaml"  ] # both\notherwise: block\n',
    'version: 1\ninclude: [ a.yaml, "b.yaml", new.yaml  ] # both\notherwise: block\n',
  ],
  [
    'a list of lines',
    'version: 1\ninclude:\n  # why a\n  - a.yaml\n  -   b.yaml # why b\n\notherwise: block\n',
    'version: 1\ninclude:\n  # why a\n  - a.yaml\n  -   b.yaml # why b\n  -   new.yaml\n\notherwise: block\n',
  ],
  [
    'a list of lines at the margin, Windows line ends',
    'version: 1\r\ninclude:\r\n- a.yaml\r\notherwise: block\r\n',
    'version: 1\r\ninclude:\r\n- a.yaml\r\n- new.yaml\r\notherwise: block\r\n',
  ],
];

describe('withInclude() adds to', () => {
  for (const [name, text, wanted] of INCLUDES)
    test(name, () => {
      assert.equal(withInclude(text, 'new.yaml'), wanted);
      assert.ok([parse(wanted).include].flat().includes('new.yaml'));
    });
});

for (const text of [
  '{ version: 1, otherwise: block }',
  'include: []\nversion: 1\n',
  '- a\n',
  'a: [\n',
  'version: 1\ninclude: &x { a: b }\n',
])
  test(`withInclude() leaves alone what it cannot edit: ${JSON.stringify(text)}`, () => {
    assert.equal(withInclude(text, 'new.yaml'), null);
  });

test('withInclude() writes any path so that it is read as the same', () => {
  for (const path of ['a b.yaml', 'no', '1.yaml', 'x: y.yaml', '#.yaml', 'ä.yaml', '../x/a.yml', '"a', '- a'])
    assert.deepEqual(parse(withInclude('version: 1\n', path) ?? '').include, [path]);
});

const ACCEPTANCE = {
  name: 'github-meta-x',
  why: 'a: b # c',
  entries: [
    { pattern: '*.a.example', note: 'actions, copilot' },
    { pattern: 'b.example', note: 'copilot' },
  ],
};
const RULE = { name: 'github-meta-x', why: 'a: b # c', to: ['*.a.example', 'b.example'] };

test('withAcceptance() makes a file, and keeps the comments and rules of one that is there', () => {
  const made = withAcceptance(null, ACCEPTANCE) ?? '';
  assert.deepEqual(parse(made), { version: 1, allow: [RULE] });
  assert.match(made, /^# .*\n# .*\nversion: 1\n/);
  assert.match(made, /- b\.example # copilot\n/);
  const old = '# head\nversion: 1\nallow:\n  # mine\n  - c.example # beside\nblock: d.example # end\n';
  const more = withAcceptance(old, ACCEPTANCE) ?? '';
  assert.deepEqual(parse(more), { version: 1, allow: ['c.example', RULE], block: 'd.example' });
  for (const comment of ['# head', '# mine', '# beside', '# end']) assert.ok(more.includes(comment), comment);
});

for (const [text, allow] of [
  ['version: 1\nallow: c.example\n', ['c.example', RULE]],
  ['version: 1\nallow: [c.example]\n', ['c.example', RULE]],
  ['version: 1\n', [RULE]],
] as const)
  test(`withAcceptance() adds to ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parse(withAcceptance(text, ACCEPTANCE) ?? ''), { version: 1, allow });
  });

test('withAcceptance() adds to what was accepted on one day for one reason, and to nothing else', () => {
  const rule = (name: string, why: string, to: string, more = ''): string =>
    `  - { name: ${name}, why: "${why}", to: ${to}${more} }\n`;
  const others = [
    rule('github-meta-y', 'a: b # c', '[c.example]'),
    rule('github-meta-x', 'another', '[c.example]'),
    rule('github-meta-x', 'a: b # c', 'c.example'),
    // Whoever narrowed it meant these names alone.
    rule('github-meta-x', 'a: b # c', '[c.example]', ', users: [erin]'),
  ].join('');
  const text = `version: 1\nallow:\n${others}`;
  const once = withAcceptance(text, ACCEPTANCE) ?? '';
  assert.deepEqual(parse(once).allow, [...parse(text).allow, RULE]);
  const more = { ...ACCEPTANCE, entries: [{ pattern: 'd.example', note: 'packages' }] };
  const twice = withAcceptance(once, more) ?? '';
  assert.deepEqual(parse(twice).allow, [...parse(text).allow, { ...RULE, to: [...RULE.to, 'd.example'] }]);
  assert.match(twice, /- b\.example # copilot\n +- d\.example # packages\n/);
});

for (const text of ['- a\n', 'a: [\n', 'version: 1\nallow: { to: a.example }\n', 'version: 1\nallow: 7\n'])
  test(`withAcceptance() leaves alone what it cannot edit: ${JSON.stringify(text)}`, () => {
    assert.equal(withAcceptance(text, ACCEPTANCE), null);
  });

test('withoutAccepted() takes names out of accepted rules alone, and rules that name nothing more', () => {
  const text = `# head
version: 1
allow:
  - { name: github-meta-1, to: [Gone.example, kept.example] } # one
  - name: github-meta-2
    to: [gone.example.]
  - { name: mine, to: gone.example }
  - gone.example
  - { name: github-meta-3, to: gone.example }
`;
  const without =
    withoutAccepted(text, { rulePrefix: 'github-meta', patterns: new Set(['gone.example']) }) ?? '';
  assert.deepEqual(parse(without).allow, [
    { name: 'github-meta-1', to: ['kept.example'] },
    { name: 'mine', to: 'gone.example' },
    'gone.example',
  ]);
  assert.match(without, /^# head\n/);
  assert.match(without, /# one/);
});
