// `gatewright diff` as people and builds call it: exit status, words, JSON, and records to replay.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sayTo } from '../../../test/support/command-line.ts';
import { sampleLines } from '../../../test/support/sample-record.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { compilePolicy } from '../../core/policy/compile/compile.ts';
import { parsePolicy } from '../../core/policy/language/parse.ts';

const OLD = `version: 1
restrict: { enterprises: ["12345"] }
exempt: [{ name: people, users: [u1], until: 2026-11-20 }]
allow: [{ preset: github }]
otherwise: block
`;
const NEW = OLD.replace(
  'otherwise: block',
  'block: [{ name: no-tokens, to: "github.com/settings/tokens*", say: "Ask \\u001b IT." }]\notherwise: block',
);
const STARTS = Date.parse('2026-11-20T23:59:00Z');

async function folder(t: TestContext): Promise<string> {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'old.yaml'), OLD);
  writeFileSync(join(dir, 'new.yaml'), NEW.replace('\\u001b ', ''));
  writeFileSync(join(dir, 'bad.yaml'), 'version: 1\nallow: ["*"]\notherwise: block\n');
  mkdirSync(join(dir, 'audit'));
  const lines = recordLines();
  writeFileSync(join(dir, 'audit', 'audit-2026-11-20.jsonl'), textOf(lines.slice(0, 1_000)));
  writeFileSync(join(dir, 'audit', 'audit-2026-11-21.jsonl.gz'), gzipSync(textOf(lines.slice(1_000))));
  return dir;
}

function recordLines(): readonly string[] {
  const parsed = parsePolicy({ text: OLD, file: 'old.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  const policy = compilePolicy(parsed.value, { revision: '0123456789ab' });
  return sampleLines(policy, { lines: 2_000, seed: 5, startMs: STARTS, users: 20 });
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

describe('gatewright diff', () => {
  test('ends with 0 when no decision changes, whatever the files look like', async (t) => {
    const cwd = await folder(t);
    writeFileSync(join(cwd, 'same.yaml'), `# another comment\n${OLD}`);
    const said = await sayTo(['diff', 'old.yaml', 'same.yaml', '--replay', 'audit'], { cwd });
    assert.deepEqual([said.status, said.stderr], [0, '']);
    assert.match(said.stdout, /No decision changes\./);
    assert.match(said.stdout, /No decision of the record changes\./);
  });

  test('ends with 4 when one changes, and says what, where and for whom', async (t) => {
    const said = await sayTo(['diff', 'old.yaml', 'new.yaml'], { cwd: await folder(t) });
    assert.deepEqual([said.status, said.stderr], [4, '']);
    assert.match(
      said.stdout,
      /forward, stamped github 12345 \(restricted, restrict\)\n {2}→ block 403 in the tunnel \(rule, no-tokens\) "Ask IT\."/,
    );
    assert.match(said.stdout, /https:\/\/github\.com\/settings\/tokens, /);
    assert.match(said.stdout, /nobody known, anyone else/);
  });

  test('ends with 4 when only the record shows a change', async (t) => {
    const cwd = await folder(t);
    writeFileSync(
      join(cwd, 'odd.yaml'),
      OLD.replace('otherwise', 'block: [{ to: "api.github.com/repos/octo-org/app/x/y" }]\notherwise'),
    );
    const said = await sayTo(['diff', 'old.yaml', 'odd.yaml', '--json', '--replay', 'audit'], { cwd });
    assert.equal(said.status, 4);
    assert.equal(JSON.parse(said.stdout).same, false);
  });

  test('replays folders, archives and standard input alike, and one period of them', async (t) => {
    const cwd = await folder(t);
    const json = async (...args: readonly string[]) => {
      const said = await sayTo(['diff', 'old.yaml', 'new.yaml', '--json', ...args], {
        cwd,
        input: textOf(recordLines()),
      });
      assert.equal(said.status, 4, said.stderr);
      return JSON.parse(said.stdout).replay;
    };
    const all = await json('--replay', 'audit');
    assert.deepEqual(await json('--replay', '-'), all);
    assert.deepEqual(
      await json('--replay', 'audit/audit-2026-11-20.jsonl', 'audit/audit-2026-11-21.jsonl.gz'),
      all,
    );
    assert.equal(all.lines, 2_000);
    assert.equal(all.report.decidedOtherwise, 0);
    assert.ok(all.report.changed.requests > 0);
    const [before, after] = [
      await json('--replay', 'audit', '--until', '2026-11-21'),
      await json('--replay', 'audit', '--since', '2026-11-21'),
    ];
    assert.equal(before.report.decisions + after.report.decisions, all.report.decisions);
    assert.equal(before.outside, after.report.decisions);
  });

  test('takes the day on which an exemption ends in the time zone it is told', async (t) => {
    const cwd = await folder(t);
    writeFileSync(join(cwd, 'day.yaml'), OLD.replace('2026-11-20', '2026-11-19'));
    const changed = async (zone: string) => {
      const args = ['diff', 'old.yaml', 'day.yaml', '--json', '--replay', 'audit', '--time-zone', zone];
      return JSON.parse((await sayTo(args, { cwd })).stdout).replay.report.changed.requests;
    };
    // In Berlin the 20th was over 59 minutes before the record begins.
    assert.ok((await changed('UTC')) > 0);
    assert.equal(await changed('Europe/Berlin'), 0);
  });

  test('counts torn and foreign lines, and what cannot be replayed', async (t) => {
    const cwd = await folder(t);
    const [line = ''] = recordLines();
    const input = `${line}\n${line.slice(0, 99)}\nhello\n${line.replace(/"code":"[a-z-]+"/, '"code":"bad-destination"')}\n`;
    const said = await sayTo(['diff', 'old.yaml', 'new.yaml', '--replay', '-'], { cwd, input });
    assert.match(said.stdout, /2 lines are torn or foreign/);
    assert.match(said.stdout, /1 could not be: they had a destination that could not be read/);
  });

  const FAULTS: readonly (readonly [name: string, args: readonly string[], status: number, says: RegExp])[] =
    [
      ['a policy with a fault', ['old.yaml', 'bad.yaml'], 3, /^bad\.yaml:2:9: /],
      ['an old policy with a fault', ['bad.yaml', 'old.yaml'], 3, /^bad\.yaml:2:9: /],
      ['a policy that is not there', ['old.yaml', 'none.yaml'], 1, /"none\.yaml": there is no such file/],
      [
        'a record that is not there',
        ['old.yaml', 'new.yaml', '--replay', 'none'],
        1,
        /Cannot read the record "none"/,
      ],
      ['a time zone that is none', ['old.yaml', 'new.yaml', '--time-zone', 'Mars'], 1, /"Mars"/],
    ];
  for (const [name, args, status, says] of FAULTS) {
    test(`ends with ${status} on ${name}`, async (t) => {
      const said = await sayTo(['diff', ...args], { cwd: await folder(t) });
      assert.deepEqual([said.status, said.stdout], [status, '']);
      assert.match(said.stderr, says);
    });
  }
});
