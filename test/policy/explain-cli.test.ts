// Every worked decision through `gatewright explain --json`, and a few through a real process.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { sayTo } from '../support/command-line.ts';
import { gatewright } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { loadCases, type PolicyCase } from './load-cases.ts';

const CASES = loadCases();

describe('gatewright explain --json on a worked case', () => {
  for (const row of CASES) {
    test(row.title, async (t) => {
      const said = await sayTo(await argsOf(t, row));
      assert.equal(said.stderr, '');
      compare(row, said.status, said.stdout);
    });
  }
});

describe('gatewright explain --json in a process of its own, on a worked case', () => {
  // One of each verdict and code is enough: the words are the same.
  const seen = new Set<string>();
  for (const row of CASES) {
    const kind = `${row.expected.verdict} ${row.expected.code}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    test(row.title, async (t) => {
      const ended = await gatewright(t, await argsOf(t, row));
      assert.equal(ended.stderr, '');
      compare(row, ended.status, ended.stdout);
    });
  }
});

async function argsOf(t: TestContext, row: PolicyCase): Promise<string[]> {
  const policy = join(await tempDir(t), 'policy.yaml');
  writeFileSync(policy, row.policyText);
  const option = (name: string, value: string | null): string[] => (value === null ? [] : [name, value]);
  return [
    'explain',
    row.to,
    ...['--json', '--policy', policy, '--method', row.method],
    ...option('--user', row.user),
    ...row.groups.flatMap((group) => ['--group', group]),
    ...option('--from', row.from),
    ...option('--device', row.device),
    ...option('--listener', row.listener),
    ...(row.websocket ? ['--websocket'] : []),
  ];
}

function compare({ expected }: PolicyCase, status: number | null, stdout: string): void {
  const answer = JSON.parse(stdout);
  const has = (wanted: unknown, found: unknown): void => {
    if (wanted !== null) assert.equal(found, wanted, answer.text);
  };
  assert.equal(status, expected.verdict === 'block' ? 2 : 0);
  assert.equal(answer.verdict, expected.verdict, answer.text);
  has(expected.restricted, answer.restricted);
  has(expected.code, answer.reason.code);
  has(expected.rule, answer.reason.rule);
  has(expected.value, answer.edits[0]?.value);
  assert.equal(answer.reason.exemption, expected.exemption);
  assert.equal(answer.wouldBlock?.code ?? null, expected.wouldBlock);
}
