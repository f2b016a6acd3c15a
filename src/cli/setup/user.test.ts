// `gatewright user`: passwords are asked for twice, never shown, and reach only the acts.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';

interface Asked {
  readonly file: string;
  readonly user: string;
  readonly password: string;
}

function rememberingActs(asked: Asked[]): {
  readonly setUser: (wish: Asked) => Promise<{ readonly ok: true; readonly value: 'added' }>;
} {
  return {
    setUser: async (wish) => {
      asked.push(wish);
      return { ok: true, value: 'added' };
    },
  };
}

const ROWS: readonly (readonly [
  name: string,
  args: readonly string[],
  given: { readonly answers?: readonly string[]; readonly input?: string },
])[] = [
  ['two answers that are equal', [], { answers: ['s3cret', 's3cret'] }],
  ['standard input', ['--password-stdin'], { input: 's3cret\r\nmore\n' }],
];

for (const [name, args, given] of ROWS) {
  test(`user add takes the password from ${name}`, async () => {
    const asked: Asked[] = [];
    const said = await sayTo(['user', 'add', 'dave', ...args], { ...given, acts: rememberingActs(asked) });
    assert.equal(said.status, 0, said.stderr);
    assert.deepEqual(asked, [{ file: join(tmpdir(), 'users.htpasswd'), user: 'dave', password: 's3cret' }]);
    assert.doesNotMatch(said.stdout + said.stderr, /s3cret/);
  });
}

const FAULTS: typeof ROWS = [
  ['answers that differ', [], { answers: ['one', 'two'] }],
  ['an empty answer', [], { answers: ['', ''] }],
  ['nobody to ask', [], {}],
  ['empty standard input', ['--password-stdin'], { input: '' }],
];

for (const [name, args, given] of FAULTS) {
  test(`user add refuses ${name}`, async () => {
    const asked: Asked[] = [];
    const said = await sayTo(['user', 'add', 'dave', ...args], { ...given, acts: rememberingActs(asked) });
    assert.equal(said.status, 1);
    assert.deepEqual(asked, []);
  });
}
