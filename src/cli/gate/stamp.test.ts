// `gatewright stamp`: what is asked of the admin API, what a person sees of its answer, and every way to get none.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type AdminAnswer, adminThatAnswers } from '../../../test/support/admin-answer.ts';
import { type Said, sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

interface Asked {
  readonly said: Said;
  /** METHOD PATH BODY of each request, with its token. */
  readonly questions: readonly string[];
}

/** Runs `gatewright stamp ARGS…` against an admin API that gives one answer. */
async function stamp(t: TestContext, args: readonly string[], answer: AdminAnswer): Promise<Asked> {
  const { admin, questions } = await adminThatAnswers(t, answer);
  const cwd = await folderWithToken(t, 's3cret\n');
  const said = await sayTo(['stamp', ...args, '--admin', admin, ...TOKEN], { cwd });
  return { said, questions };
}

const TOKEN = ['--token-file', 'admin-token'];

async function folderWithToken(t: TestContext, token: string): Promise<string> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'admin-token'), token);
  return cwd;
}

const ORDERS: readonly (readonly [wish: string, state: string, question: string])[] = [
  ['off', 'off', 'POST /api/v1/stamp {"stamp":"off"} Bearer s3cret'],
  ['on', 'on', 'POST /api/v1/stamp {"stamp":"on"} Bearer s3cret'],
  ['status', 'off', 'GET /api/v1/stamp  Bearer s3cret'],
];

for (const [wish, state, question] of ORDERS) {
  test(`stamp ${wish} asks the admin API once and says how the stamp stands`, async (t) => {
    const answer = { status: 200, body: JSON.stringify({ stamp: state }) };
    const { said, questions } = await stamp(t, [wish], answer);
    assert.deepEqual([said.status, said.stderr, questions], [0, '', [question]]);
    assert.match(said.stdout, new RegExp(`^The stamp is ${state}:.*\n$`));
  });

  test(`stamp ${wish} --json is for programs`, async (t) => {
    const answer = { status: 200, body: JSON.stringify({ stamp: state }) };
    const { said } = await stamp(t, [wish, '--json'], answer);
    assert.deepEqual(JSON.parse(said.stdout), { stamp: state });
  });
}

const refusal = (status: number, code: string): AdminAnswer => ({
  status,
  body: JSON.stringify({ error: { code, message: `the gate says ${code}.` } }),
});

const REFUSALS: readonly (readonly [name: string, answer: AdminAnswer, says: RegExp])[] = [
  [
    'an unknown token',
    refusal(401, 'token-unknown'),
    /does not know the token in "admin-token".*--token-file/,
  ],
  ['an auditor’s token', refusal(403, 'admin-wanted'), /"admin-token" may read.*--token-file/],
  ['a gate without the switch', refusal(409, 'no-stamp-switch'), /the gate says no-stamp-switch\./],
  ['a server that is no gate', { status: 404, body: '<h1>Not found</h1>' }, /answered 404/],
  ['an answer of another shape', { status: 200, body: '{"stamp":"maybe"}' }, /--admin/],
];

for (const [name, answer, says] of REFUSALS) {
  test(`stamp ends with 1 and one line on ${name}`, async (t) => {
    const { said } = await stamp(t, ['off'], answer);
    assert.deepEqual([said.status, said.stdout], [1, '']);
    assert.match(said.stderr, /^[^\n]+\n$/);
    assert.match(said.stderr, says);
  });
}

const UNASKED: readonly (readonly [name: string, token: string, args: readonly string[], says: RegExp])[] = [
  ['no gate there', 'x', ['--admin', 'http://127.0.0.1:1', ...TOKEN], /nothing listens.*gatewright demo/],
  ['no URL', 'x', ['--admin', '127.0.0.1:3129', ...TOKEN], /"127\.0\.0\.1:3129": .*http:\/\/HOST:PORT/],
  ['no token file', 'x', ['--token-file', 'tokn'], /"tokn": there is no such file/],
  ['no token in the file', 'two words\n', TOKEN, /one word/],
];

for (const [name, token, args, says] of UNASKED) {
  test(`stamp ends with 1 when there is ${name}`, async (t) => {
    const said = await sayTo(['stamp', 'off', ...args], { cwd: await folderWithToken(t, token) });
    assert.deepEqual([said.status, said.stdout], [1, '']);
    assert.match(said.stderr, says);
  });
}
