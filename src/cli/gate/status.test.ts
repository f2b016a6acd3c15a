// `gatewright status`: what a person sees of the gate's answer, and that nothing in it moves a terminal.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { adminThatAnswers } from '../../../test/support/admin-answer.ts';
import { type Said, sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const FINE = {
  version: '1.2.3',
  startedAt: '2026-11-21T12:00:00.000Z',
  connections: 7,
  ready: true,
  checks: [{ name: 'record', ok: true, detail: 'written' }],
  policy: { file: 'policy.yaml', revision: '0123456789ab', faults: [] },
  listeners: [{ name: 'office', door: 'proxy', address: '127.0.0.1:3128', credentials: 'required' }],
};

/** Runs `gatewright status` against a gate that says this of itself. */
async function status(t: TestContext, facts: object, options: readonly string[] = []): Promise<Said> {
  const { admin } = await adminThatAnswers(t, { status: 200, body: JSON.stringify(facts) });
  return ask(t, [...options, '--admin', admin]);
}

async function ask(t: TestContext, options: readonly string[]): Promise<Said> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'token'), 's3cret\n');
  return sayTo(['status', '--token-file', 'token', ...options], { cwd });
}

test('C8 status shows each worker by its own number', async (t) => {
  const workers = [
    { worker: 2, pid: 102, connections: 3 },
    { worker: 4, pid: 104, connections: 4 },
  ];
  const said = await status(t, { ...FINE, workers });
  assert.equal(said.status, 0, said.stderr);
  assert.match(said.stdout, /^ {2}worker 2 +pid 102, 3 connections\n {2}worker 4 +pid 104, 4 connections$/m);
});

test('C8 status ends with 1 where the gate is not ready, and shows the faults of a refused policy', async (t) => {
  const fault = { file: 'p.yaml', line: 3, column: 5, value: '*', problem: 'no host', mend: 'write one' };
  const said = await status(t, { ...FINE, ready: false, policy: { ...FINE.policy, faults: [fault] } });
  assert.equal(said.status, 1);
  assert.match(said.stdout, /^not ready /);
  assert.match(said.stdout, /\(p\.yaml:3:5\)$/m);
});

const ESCAPE = '\u001b[2J\u009b2J\u202e\r\n';
const ESCAPED = '\\u001b[2J\\u009b2J\\u202e\\u000d\\u000a';

test('C8 status lets nothing that a gate says move the terminal', async (t) => {
  const fault = { file: ESCAPE, line: 1, column: 1, value: ESCAPE, problem: ESCAPE, mend: ESCAPE };
  const said = await status(t, {
    ...FINE,
    version: ESCAPE,
    startedAt: ESCAPE,
    checks: [{ name: ESCAPE, ok: false, detail: ESCAPE }],
    policy: { file: ESCAPE, revision: ESCAPE, faults: [fault] },
    listeners: [{ name: ESCAPE, address: ESCAPE, credentials: 'none' }],
  });
  assert.equal(said.stdout.split(ESCAPED).length - 1, 11, said.stdout);
  assert.match(said.stdout, /^[ -~\n]*$/);
});

test('C8 status lets no refusal move the terminal', async (t) => {
  const body = JSON.stringify({ error: { code: 'odd', message: ESCAPE } });
  const { admin } = await adminThatAnswers(t, { status: 403, body });
  const said = await ask(t, ['--admin', admin]);
  assert.equal(said.status, 1);
  assert.ok(said.stderr.includes(ESCAPED), said.stderr);
  assert.match(said.stderr, /^[ -~]*\n$/);
});

test('C8 status --json is as the gate answered', async (t) => {
  const said = await status(t, FINE, ['--json']);
  assert.deepEqual(JSON.parse(said.stdout), FINE);
});
