// A copy of the project in which a mutant can be planted and tests be run. Must not know which mutants there are.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import type { Mutant, RedTest } from './mutant.ts';

/** What came of one test: `none` where no test of the file has that name, `broken` where the file could not be run. */
export type Outcome = 'passed' | 'failed' | 'none' | 'broken' | 'hung';

export interface Greenhouse {
  /** Runs the named tests of one file. Results come in the order of the names. */
  readonly outcomes: (file: string, tests: readonly string[]) => Promise<readonly Outcome[]>;
  /** Does something while the mutant stands in the copy. */
  readonly withPlanted: <T>(mutant: Mutant, work: () => Promise<T>) => Promise<T>;
  readonly remove: () => void;
}

const FILE_LIMIT_MS = 60_000;

/** Copies what git tracks, or would track, of the project at `root`. Installed packages are shared. */
export function openGreenhouse(root: string): Greenhouse {
  const copy = mkdtempSync(join(tmpdir(), 'gatewright-mutants-'));
  // A test may run the copy as another user.
  chmodSync(copy, 0o755);
  for (const file of listed(root)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return {
    outcomes: (file, tests) => outcomesOf(copy, { file, tests }),
    withPlanted: async (mutant, work) => {
      const path = join(copy, mutant.file);
      const text = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        text.replace(mutant.line, () => mutant.becomes),
      );
      try {
        return await work();
      } finally {
        writeFileSync(path, text);
      }
    },
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

/** The tests that must go red, each file once. */
export function byFile(tests: readonly RedTest[]): ReadonlyMap<string, readonly string[]> {
  const files = Map.groupBy(tests, ({ file }) => file);
  return new Map([...files].map(([file, rows]) => [file, [...new Set(rows.map((row) => row.test))]]));
}

function listed(root: string): string[] {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 } as const;
  const names = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    options,
  );
  const gone = new Set(execFileSync('git', ['ls-files', '-z', '--deleted'], options).split('\0'));
  return names.split('\0').filter((name) => name !== '' && !gone.has(name));
}

async function outcomesOf(
  copy: string,
  { file, tests }: { readonly file: string; readonly tests: readonly string[] },
): Promise<readonly Outcome[]> {
  const passed = new Set<string>();
  const failed = new Set<string>();
  let isHung = false;
  const events = run({
    cwd: copy,
    files: [join(copy, file)],
    timeout: FILE_LIMIT_MS,
    testNamePatterns: tests.map((text) => new RegExp(RegExp.escape(text))),
    execArgv: ['--import', join(copy, 'tools/watchdog.ts')],
  });
  events.on('test:pass', ({ name, skip }) => {
    if (skip === undefined) passed.add(name);
  });
  events.on('test:fail', ({ name, details }) => {
    failed.add(name);
    isHung ||= isTimeout(details.error);
  });
  for await (const _ of events);
  return tests.map((text) => {
    const has = (names: ReadonlySet<string>): boolean => [...names].some((name) => name.includes(text));
    if (has(failed)) return 'failed';
    if (isHung) return 'hung';
    if (has(passed)) return 'passed';
    // A file that does not load fails under its own name, and none of its tests is heard of.
    return failed.size > 0 ? 'broken' : 'none';
  });
}

function isTimeout(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'testTimeoutFailure';
}
