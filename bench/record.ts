// How long a record of a million lines takes to sum up, and to decide again under two policies.
// Must not know proxies; it runs the command as a user does.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePolicy } from '../src/core/policy/compile/compile.ts';
import { parsePolicy } from '../src/core/policy/language/parse.ts';
import type { InnerFigure, InnerRow } from './decision.ts';
import { sampleRecord } from './sample-record.ts';

const REPORT = 'gatewright report';
const REPLAY = 'gatewright diff --replay';

export const recordRow: InnerRow = {
  id: 'record',
  title: 'one line of a record of 1,000,000 lines: as many µs as all of them take seconds',
  figures: () => {
    const dir = mkdtempSync(join(tmpdir(), 'gatewright-bench-'));
    try {
      writePolicies(dir);
      writeRecord(dir);
      return [
        measured(REPORT, dir, ['report', 'audit']),
        measured(REPLAY, dir, ['diff', 'old.yaml', 'new.yaml', '--replay', 'audit']),
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  targets: [
    { name: REPORT, most: 60, times: null },
    { name: REPLAY, most: 60, times: null },
  ],
};

const LINES = 1_000_000;
const LINES_PER_WRITE = 5_000;
const GATEWRIGHT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'gatewright.js');

const OLD = `version: 1
mode: report
restrict: { enterprises: ["12345"] }
exempt: [{ name: oss, users: [u1, u2, u3] }, { name: net, from: [10.4.0.0/16], until: 2026-11-16 }]
copilot: { plans: [business] }
allow: [{ preset: github }, { preset: copilot }]
block: [{ preset: codespaces }, { preset: ssh }, { name: no-tokens, to: "github.com/settings/tokens*" }]
otherwise: block
`;

function writePolicies(dir: string): void {
  writeFileSync(join(dir, 'old.yaml'), OLD);
  writeFileSync(join(dir, 'new.yaml'), OLD.replace('mode: report\n', '').replace('u3]', 'u3, u4]'));
}

function writeRecord(dir: string): void {
  const parsed = parsePolicy({ text: OLD, file: 'old.yaml' }, { timeZone: 'UTC' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const policy = compilePolicy(parsed.value, { revision: '0123456789ab' });
  const wish = { lines: LINES, seed: 7, startMs: Date.parse('2026-11-16T12:00:00Z'), users: 2_000 };
  const fd = openSync(join(dir, 'audit'), 'w');
  try {
    let lines: string[] = [];
    for (const line of sampleRecord(policy, wish)) {
      lines.push(line);
      if (lines.length < LINES_PER_WRITE) continue;
      writeSync(fd, `${lines.join('\n')}\n`);
      lines = [];
    }
    writeSync(fd, lines.map((line) => `${line}\n`).join(''));
  } finally {
    closeSync(fd);
  }
}

/** The whole command, its start included. */
function measured(name: string, cwd: string, args: readonly string[]): InnerFigure {
  const startedMs = performance.now();
  const ended = spawnSync(process.execPath, [GATEWRIGHT, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const ms = performance.now() - startedMs;
  // 4: the policies differ, as they should.
  if (ended.status !== 0 && ended.status !== 4) throw new Error(ended.stderr);
  return { name, figure: { value: (ms * 1_000) / LINES, perSecond: (LINES * 1_000) / ms } };
}
