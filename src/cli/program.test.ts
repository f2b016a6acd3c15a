// The command line as a whole: names, help, usage faults.
import assert from 'node:assert/strict';
import test from 'node:test';
import { sayTo } from '../../test/support/command-line.ts';
import { commandNames } from './program.ts';
import { processTerminal } from './terminal.ts';

const NAMES = commandNames({
  terminal: processTerminal(),
  loadActs: () => Promise.reject(new Error('names need no acts')),
  end: () => {},
});

test('commandNames() lists the commands and their subcommands', () => {
  for (const name of ['demo', 'explain', 'ca init', 'user add', 'version'])
    assert.ok(NAMES.includes(name), name);
});

for (const name of NAMES) {
  test(`gatewright ${name} --help is made of examples`, async () => {
    const said = await sayTo([...name.split(' '), '--help']);
    assert.equal(said.status, 0);
    assert.match(said.stdout, new RegExp(`\\n {2}\\$ .*(?:gatewright ${name}|kill)`));
    assert.equal(said.stderr, '');
  });
}

const FAULTS: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
  ['an unknown command', ['explane'], /unknown command 'explane'[\s\S]*explain/],
  ['an unknown option', ['version', '--jsn'], /unknown option '--jsn'[\s\S]*--json/],
  ['a missing argument', ['schema'], /missing required argument 'name'/],
  [
    'an unknown choice',
    ['schema', 'polcy'],
    /Allowed choices are policy, include, tests, settings, record, world/,
  ],
];

for (const [name, args, says] of FAULTS) {
  test(`runCommandLine() ends with 1 on ${name}`, async () => {
    const said = await sayTo(args);
    assert.equal(said.status, 1);
    assert.equal(said.stdout, '');
    assert.match(said.stderr, says);
  });
}

test('runCommandLine() runs the demo when nothing is asked', async () => {
  const failed = { ok: false, error: { kind: 'failed', message: 'the demo was asked' } } as const;
  const said = await sayTo([], { acts: { startDemo: async () => failed } });
  assert.deepEqual(said, { status: 1, stdout: '', stderr: 'the demo was asked\n' });
});

test('gatewright version --json is for programs', async () => {
  const said = await sayTo(['version', '--json']);
  assert.deepEqual(Object.keys(JSON.parse(said.stdout)), ['gatewright', 'node', 'openssl']);
});
