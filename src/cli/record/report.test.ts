// `gatewright report` from files, folders, archives and standard input; what it says, and what it does not stumble over.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sayTo } from '../../../test/support/command-line.ts';
import { sampleLines } from '../../../test/support/sample-record.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { ok } from '../../core/base/result.ts';
import { compilePolicy } from '../../core/policy/compile/compile.ts';
import { parsePolicy } from '../../core/policy/language/parse.ts';

const POLICY = `version: 1
mode: report
restrict: { enterprises: ["12345"] }
allow: [{ preset: github }, { preset: copilot }]
block: [{ preset: codespaces }, { name: no-tokens, to: "github.com/settings/tokens*" }]
otherwise: block
`;
const START = Date.parse('2026-11-20T23:59:00Z');
const LINES = recordLines(2_000);

function recordLines(lines: number): readonly string[] {
  const parsed = parsePolicy({ text: POLICY, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  const policy = compilePolicy(parsed.value, { revision: '0123456789ab' });
  return sampleLines(policy, { lines, seed: 11, startMs: START, users: 20 });
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

async function folder(t: TestContext): Promise<string> {
  const dir = await tempDir(t);
  mkdirSync(join(dir, 'audit'));
  writeFileSync(join(dir, 'audit', 'audit-2026-11-20-k3f9q2.jsonl.1'), textOf(LINES.slice(0, 1_000)));
  writeFileSync(join(dir, 'audit', 'audit-2026-11-21-k3f9q2.jsonl.gz'), gzipSync(textOf(LINES.slice(1_000))));
  writeFileSync(join(dir, 'audit', 'audit-2026-11-20-k3f9q2.jsonl.torn'), 'half a li');
  writeFileSync(join(dir, 'audit', 'print.key'), 'secret');
  return dir;
}

async function jsonOf(args: readonly string[], more: Parameters<typeof sayTo>[1] = {}) {
  const said = await sayTo(['report', ...args, '--json'], more);
  assert.equal(said.status, 0, said.stderr);
  return JSON.parse(said.stdout);
}

describe('gatewright report', () => {
  test('finds the same in a folder, in its files, and on standard input', async (t) => {
    const dir = await folder(t);
    const { files, ...inFolder } = await jsonOf(['audit'], { cwd: dir });
    const { files: one, ...onInput } = await jsonOf(['-'], { input: textOf(LINES) });
    assert.deepEqual([files, one], [2, 1]);
    assert.deepEqual(inFolder, onInput);
    assert.equal(inFolder.lines, 2_000);
    assert.equal(inFolder.unreadable, 0);
    symlinkSync('audit', join(dir, 'link'));
    const { files: again, ...inBoth } = await jsonOf(
      ['audit', 'link', 'audit/audit-2026-11-20-k3f9q2.jsonl.1', 'audit'],
      { cwd: dir },
    );
    assert.equal(again, 2);
    assert.deepEqual(inBoth, inFolder);
    assert.ok(inFolder.wouldBlock.requests > 0 && inFolder.wouldStamp.requests > 0);
  });

  test('reads audit.dir of the settings when nothing is named', async (t) => {
    const dir = await folder(t);
    const seen: string[] = [];
    // Only the folder of the record is asked of the settings.
    const settings = { audit: { dir: join(dir, 'audit') } } as never;
    const readSettings = (file: string) => {
      seen.push(file);
      return ok(settings);
    };
    assert.equal((await jsonOf([], { cwd: dir, acts: { readSettings } })).lines, 2_000);
    assert.deepEqual(seen, [join(dir, 'gatewright.yaml')]);
  });

  test('counts torn and foreign lines, and reads on', async () => {
    const torn = LINES[1]?.slice(0, 90);
    const text = `${LINES[0]}\n${torn}\n{"hello":1}\nnot json\n\u00ff\u2028\n${'x'.repeat(100_000)}\n${LINES[2]}`;
    const { lines, unreadable, events } = await jsonOf(['-'], { input: text });
    assert.deepEqual([lines, unreadable, events.decisions + events.outcomes], [7, 5, 2]);
  });

  test('says which archive was cut, and reports what it held', async (t) => {
    const dir = await folder(t);
    const whole = gzipSync(textOf(LINES));
    writeFileSync(join(dir, 'audit-cut.jsonl.gz'), whole.subarray(0, whole.length / 2));
    const said = await sayTo(['report', 'audit-cut.jsonl.gz', '--json'], { cwd: dir });
    assert.equal(said.status, 0);
    assert.match(said.stderr, /Only a part of "audit-cut\.jsonl\.gz" was read/);
    assert.deepEqual(
      JSON.parse(said.stdout).broken.map(({ name }: { name: string }) => name),
      ['audit-cut.jsonl.gz'],
    );
  });

  test('takes days, times and how long ago', async () => {
    const input = textOf(LINES);
    const nowMs = START + 90_000;
    const all = await jsonOf(['-'], { input });
    const before = await jsonOf(['-', '--until', '2026-11-21'], { input });
    const after = await jsonOf(['-', '--since', '2026-11-21T00:00:00Z'], { input });
    const ago = await jsonOf(['-', '--since', '30s'], { input, nowMs });
    assert.ok(before.events.decisions > 0 && after.events.decisions > 0);
    assert.equal(before.events.decisions + after.events.decisions, all.events.decisions);
    assert.deepEqual(ago, after);
    assert.equal(before.period.from, all.period.from);
    assert.equal(after.period.to, all.period.to);
  });

  test('draws a progress bar only on a terminal, and on standard error', async (t) => {
    const dir = await folder(t);
    const quiet = await sayTo(['report', 'audit'], { cwd: dir });
    const drawn = await sayTo(['report', 'audit'], { cwd: dir, redraws: 'yes' });
    assert.equal(quiet.stderr, '');
    assert.equal(drawn.stdout, quiet.stdout);
    assert.ok(drawn.stderr.endsWith('\r\x1b[K'));
  });

  test('tells people what cannot be known, and no name moves the terminal', async () => {
    const forged = LINES.map((line) => line.replaceAll('"user":"u1"', '"user":"u1\\u001b[2J\\u009b"'));
    const said = await sayTo(['report', '-', '--top', '50'], { input: textOf(forged) });
    assert.equal(said.status, 0);
    assert.match(said.stdout, /GitHub alone knows whose account a token is/);
    assert.match(said.stdout, /u1\\u001b\[2J\\u009b/);
    assert.match(said.stdout, /^[\n\x20-\x7e…]+$/);
  });

  describe('C9 asked for a part', () => {
    const line = (more: Readonly<Record<string, unknown>>): string =>
      JSON.stringify({ v: 1, at: '2026-11-20T10:00:00.000Z', stage: 'request', ...more });
    const decision = (
      id: string,
      [user, destination, verdict]: readonly [string | null, string, string],
    ): string =>
      line({
        ...{ id, kind: 'decision', listener: 'staff', client: { address: '10.1.2.3', port: 1, user } },
        ...{ destination, scheme: 'https', verdict, restricted: true, policy: 'p', signs: [] },
        ...{
          wouldBlock: null,
          wouldStamps: [],
          reason: { code: 'rule', rule: 'no-tokens', exemption: null },
        },
        request: { method: 'GET', path: '/p', websocket: false },
      });
    const outcome = (id: string, more: Readonly<Record<string, unknown>> = {}): string =>
      line({
        id,
        kind: 'outcome',
        status: 200,
        bytesIn: 1,
        bytesOut: 2,
        vendor: null,
        said: null,
        failure: null,
        ...more,
      });
    const wrong = {
      client: { address: '10.9.9.9', port: 1, user: null },
      ...{ destination: 'github.com:443', status: 407, failure: { code: 'credentials-wrong' } },
    };
    const input = textOf([
      ...[decision('a-1.1', ['dave', 'github.com:443', 'block']), outcome('a-1.1', { status: 403 })],
      ...[decision('a-1.2', ['dave', 'api.github.com:443', 'forward']), outcome('a-1.2')],
      ...[decision('a-2.1', [null, 'www.example.org:8443', 'splice']), outcome('a-2.1')],
      ...[decision('a-3.1', ['erin', 'GitHub.com:443', 'forward']), outcome('a-4.1', wrong)],
    ]);
    const PARTS: readonly (readonly [args: readonly string[], ids: readonly string[]])[] = [
      [[], ['a-1.1', 'a-1.2', 'a-2.1', 'a-4.1', 'a-3.1']],
      [
        ['--host', 'github.com'],
        ['a-1.1', 'a-4.1', 'a-3.1'],
      ],
      [['--host', '*.github.com'], ['a-1.2']],
      [['--host', 'www.example.org:8443'], ['a-2.1']],
      [['--host', 'www.example.org:443'], []],
      [
        ['--user', 'dave'],
        ['a-1.1', 'a-1.2'],
      ],
      [['--user', '10.1.2.3'], ['a-2.1']],
      [['--user', '10.9.9.9'], ['a-4.1']],
      [['--verdict', 'block'], ['a-1.1']],
      [['--verdict', 'would-block'], []],
      [['--verdict', 'forward', '--user', 'erin'], ['a-3.1']],
      [
        ['--since', 'yesterday'],
        ['a-1.1', 'a-1.2', 'a-2.1', 'a-4.1', 'a-3.1'],
      ],
      [['--since', 'today'], []],
    ];
    const nowMs = Date.parse('2026-11-21T09:00:00Z');
    for (const [args, ids] of PARTS) {
      test(`C9 lists the rows of ${args.join(' ') || 'all'}`, async () => {
        const said = await sayTo(['report', '-', '--list', '--json', ...args], { input, nowMs });
        assert.equal(said.status, 0, said.stderr);
        const rows = said.stdout
          .split('\n')
          .slice(0, -1)
          .map((row) => JSON.parse(row));
        assert.deepEqual(
          rows.map(({ id }) => id),
          ids,
        );
      });
    }

    test('C9 sums up the same part', async () => {
      const { requests, failures } = await jsonOf(['-', '--user', 'dave'], { input });
      assert.deepEqual([requests.forwarded, requests.blocked, failures.length], [1, 1, 0]);
      const { talkers } = await jsonOf(['-', '--verdict', 'block'], { input });
      assert.deepEqual(
        talkers.byBytes.rows.map((row: { bytes: number }) => row.bytes),
        [3],
      );
    });

    test('C9 lists rows that a person reads, each with its reference', async () => {
      const { stdout } = await sayTo(['report', '-', '--list'], { input });
      const [head, ...rows] = stdout.trimEnd().split('\n');
      assert.match(head ?? '', /^time \(UTC\) +verdict +status +who +where +why$/);
      assert.match(
        rows[0] ?? '',
        /^2026-11-20 10:00:00 {2}block +403 +dave +GET github\.com:443\/p +rule \(no-tokens\) {2}a-1\.1$/,
      );
      assert.match(rows[3] ?? '', / 407 +10\.9\.9\.9 .*credentials-wrong {2}a-4\.1$/);
      assert.match(rows[4] ?? '', / open .* a-3\.1$/);
    });
  });

  const FAULTS: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
    ['a file that is not there', ['report', 'nowhere.jsonl'], /"nowhere\.jsonl": there is no such file/],
    ['a folder without a record', ['report', '.'], /holds no audit-\*\.jsonl/],
    ['standard input twice', ['report', '-', '-'], /standard input comes once/],
    ['a time that is none', ['report', '-', '--since', 'whenever'], /Cannot read the time "whenever"/],
    ['a local time', ['report', '-', '--until', '2026-11-21T08:00:00'], /Cannot read the time/],
    ['no rows', ['report', '-', '--top', '0'], /from 1 to 99999/],
  ];
  for (const [name, args, says] of FAULTS) {
    test(`ends with 1 on ${name}`, async (t) => {
      const said = await sayTo(args, { cwd: await tempDir(t) });
      assert.deepEqual([said.status, said.stdout], [1, '']);
      assert.match(said.stderr, says);
    });
  }
});
