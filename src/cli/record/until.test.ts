// Exemptions with a last day: what `check`, `explain` and `test` say of them, at a moment and in a time zone.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';

const POLICY = `version: 1
restrict: { enterprises: ["12345"] }
exempt:
  - { name: later, users: [dan], until: 2026-12-22 }
  - { name: people, users: [carol], until: 2026-11-21 }
  - { name: ended, users: [bob], until: 2026-01-31 }
  - { name: always, users: [erin] }
allow: [ { preset: github } ]
block: [ { preset: codespaces } ]
otherwise: block
`;
/** Midnight in Kolkata, half past six in the evening in Greenwich. */
const MIDNIGHT = Date.parse('2026-11-22T00:00:00+05:30');

async function folder(t: TestContext): Promise<string> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'policy.yaml'), POLICY);
  return cwd;
}

const ENDED = { name: 'ended', until: '2026-01-31', ended: true, line: 6 };
const PEOPLE = { name: 'people', until: '2026-11-21', line: 5 };
const LATER = { name: 'later', until: '2026-12-22', ended: false, line: 4 };

const LISTED: readonly {
  readonly args: readonly string[];
  readonly nowMs: number;
  readonly found: readonly Readonly<Record<string, unknown>>[];
}[] = [
  {
    args: [],
    nowMs: MIDNIGHT,
    found: [
      { ...ENDED, daysLeft: -294 },
      { ...PEOPLE, daysLeft: 0, ended: false },
    ],
  },
  {
    args: ['--time-zone', 'Asia/Kolkata'],
    nowMs: MIDNIGHT - 1,
    found: [
      { ...ENDED, daysLeft: -294 },
      { ...PEOPLE, daysLeft: 0, ended: false },
    ],
  },
  {
    args: ['--time-zone', 'Asia/Kolkata'],
    nowMs: MIDNIGHT,
    found: [
      { ...ENDED, daysLeft: -295 },
      { ...PEOPLE, daysLeft: -1, ended: true },
      { ...LATER, daysLeft: 30 },
    ],
  },
];

for (const { args, nowMs, found } of LISTED) {
  test(`check ${args.join(' ')} lists what ended or ends soon at ${new Date(nowMs).toISOString()}`, async (t) => {
    const cwd = await folder(t);
    const json = await sayTo(['check', 'policy.yaml', '--json', ...args], { cwd, nowMs });
    const places = { file: 'policy.yaml', column: 5 };
    assert.deepEqual(
      JSON.parse(json.stdout).exemptions,
      found.map((one) => ({ ...one, ...places })),
    );
    const said = await sayTo(['check', 'policy.yaml', ...args], { cwd, nowMs });
    const lines = said.stderr.split('\n').filter((line) => line.includes('exemption-e'));
    assert.equal(lines.length, found.length);
    for (const [at, { name, until, line, ended }] of found.entries()) {
      const warning = lines[at] ?? '';
      const code = ended === true ? 'exemption-expired' : 'exemption-ends-soon';
      assert.ok(warning.startsWith(`policy.yaml:${line}:5: warning ${code}: "${name}"`), warning);
      assert.ok(warning.includes(String(until)), warning);
    }
  });
}

test('check counts days in the time zone of the settings, and takes no other beside them', async (t) => {
  const cwd = await folder(t);
  const settings =
    'policy: policy.yaml\ntimeZone: Asia/Kolkata\nlisteners:\n  - { name: office, proxy: "127.0.0.1:3128" }\n';
  writeFileSync(join(cwd, 'gatewright.yaml'), settings);
  const check = (args: readonly string[]) =>
    sayTo(['check', '--json', ...args], {
      cwd,
      nowMs: MIDNIGHT,
      acts: {
        readSettings: (file) =>
          parseSettings({ text: readFileSync(file, 'utf8'), file }, (path) => join(cwd, path)),
        checkOpening: async () => ({ ok: true, value: null }),
        ca: { missingPermits: async () => ({ ok: true, value: [] }) },
      },
    });
  const { exemptions } = JSON.parse((await check([])).stdout);
  assert.deepEqual([exemptions[1].name, exemptions[1].ended], ['people', true]);
  const both = await check(['--time-zone', 'UTC']);
  assert.deepEqual([both.status, both.stdout], [1, '']);
  assert.match(both.stderr, /--time-zone/);
});

test('check knows no time zone that there is not', async (t) => {
  const said = await sayTo(['check', 'policy.yaml', '--time-zone', 'Kolkata'], { cwd: await folder(t) });
  assert.equal(said.status, 1);
  assert.match(said.stderr, /"Kolkata"/);
});

test('explain speaks of no exemption that never covered who asks', async (t) => {
  const question = ['explain', 'https://github.com/x', '--user', 'dave', '--json'];
  const said = await sayTo(question, { cwd: await folder(t), nowMs: MIDNIGHT });
  assert.doesNotMatch(JSON.parse(said.stdout).text, /ended/);
});

const ASKED: readonly (readonly [zone: string, nowMs: number, exemption: string | null])[] = [
  ['UTC', MIDNIGHT, 'people'],
  ['Asia/Kolkata', MIDNIGHT - 1, 'people'],
  ['Asia/Kolkata', MIDNIGHT, null],
  ['America/New_York', Date.parse('2026-11-21T23:59:59.999-05:00'), 'people'],
  ['America/New_York', Date.parse('2026-11-22T00:00:00-05:00'), null],
];

for (const [zone, nowMs, exemption] of ASKED) {
  test(`explain and test end an exemption at midnight in ${zone}: ${new Date(nowMs).toISOString()}`, async (t) => {
    const cwd = await folder(t);
    const then = `{ exemption: ${exemption}, restricted: ${exemption === null} }`;
    writeFileSync(
      join(cwd, 'policy.test.yaml'),
      `- { name: carol, given: { user: carol }, when: "https://github.com/x", then: ${then} }\n`,
    );
    const question = ['explain', 'https://github.com/x', '--user', 'carol', '--time-zone', zone, '--json'];
    const answer = JSON.parse((await sayTo(question, { cwd, nowMs })).stdout);
    assert.equal(answer.reason.exemption, exemption);
    assert.equal(answer.text.includes('people ended with 2026-11-21'), exemption === null, answer.text);
    const tests = ['test', 'policy.yaml', 'policy.test.yaml', '--time-zone', zone];
    assert.equal((await sayTo(tests, { cwd, nowMs })).status, 0);
  });
}
