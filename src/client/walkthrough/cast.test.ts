// The props: what the demo brings, what variables bring, and that the page names them all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { castFrom, demoCast, PROP_VARIABLES, propNames, whyMissing } from './cast.ts';

test('docs/walkthrough.md has a row for each variable, and no other', () => {
  const text = readFileSync(new URL('../../../docs/walkthrough.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(GATEWRIGHT_\w+)` \|/gm)].map((match) => match[1]);
  const known = Object.values(PROP_VARIABLES).filter((variable) => variable !== null);
  assert.deepEqual(rows.toSorted(), known.toSorted());
});

test('castFrom() takes what is set, and nothing that is empty', () => {
  const props = castFrom({ GATEWRIGHT_TOKEN_MEMBER: ' ghp_x\n', GATEWRIGHT_TOKEN_OUTSIDER: '', HOME: '/' });
  assert.deepEqual(
    [...props],
    [
      ['repositoryOutside', 'octocat/Hello-World'],
      ['memberClassic', 'ghp_x'],
    ],
  );
});

test('demoCast() has both people with their passwords and tokens', () => {
  const props = demoCast();
  for (const name of [
    'memberPassword',
    'memberClassic',
    'outsiderPassword',
    'outsiderFine',
    'installation',
  ] as const)
    assert.ok(props.has(name), name);
  assert.equal(props.has('outsiderRefresh'), false);
});

test('whyMissing() says of every prop who could bring it', () => {
  for (const name of propNames()) assert.ok(whyMissing(name).includes(PROP_VARIABLES[name] ?? ' '), name);
});
