// `npm test`: house rules, types, lint, unit tests and journeys in one run, which ends with the counts.
// Must not know any single test. With arguments it runs only the test files whose path contains one of them.
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { BY_BOTH_DOORS, NOT_BY_SOCKS5, TEST_DOOR } from './by-both-doors.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The README's test packs, installs and starts the gate: a minute and more on two cores that others use too. */
const FILE_LIMIT_MS = 240_000;
const wanted = process.argv.slice(2);
// The house comes first: a broken rule or type explains whatever fails after it.
const files = ['tools/**/*.test.ts', 'src/**/*.test.ts', 'bin/**/*.test.ts', 'test/**/*.test.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
if (files.length === 0) {
  console.error(`No test file's path contains ${wanted.map((part) => JSON.stringify(part)).join(' or ')}.`);
  process.exit(1);
}

const OPTIONS = {
  cwd: root,
  concurrency: availableParallelism(),
  timeout: FILE_LIMIT_MS,
  execArgv: ['--import', new URL('./watchdog.ts', import.meta.url).href],
};
Readable.from(byEachDoor()).compose(nameWhatDidNotRun).compose(new spec()).pipe(process.stdout);

/** All of it, and once more by SOCKS5 what asks the same by either door; rows that SOCKS5 cannot express are listed. */
async function* byEachDoor(): AsyncGenerator<TestEvent> {
  yield* judged(run({ ...OPTIONS, files }));
  const again = files.filter((file) => BY_BOTH_DOORS.some((part) => file.startsWith(part)));
  if (again.length === 0) return;
  process.env[TEST_DOOR] = 'socks';
  console.log(`Once more by SOCKS5, without ${NOT_BY_SOCKS5.length} rows of tools/by-both-doors.ts:`);
  yield* judged(run({ ...OPTIONS, files: again, testSkipPatterns: NOT_BY_SOCKS5.map(({ test }) => test) }));
}

async function* judged(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    if (event.type === 'test:fail') process.exitCode = 1;
    yield event;
  }
}

/** Puts one line for each test that a missing tool kept from running in front of the closing counts. */
async function* nameWhatDidNotRun(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const notRun: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' && typeof event.data.skip === 'string') {
      notRun.push(`NOT RUN: ${event.data.name}: ${event.data.skip}`);
    }
    if (
      event.type === 'test:diagnostic' &&
      event.data.nesting === 0 &&
      event.data.message.startsWith('tests ')
    ) {
      for (const message of notRun) yield { ...event, data: { ...event.data, message } };
    }
    yield event;
  }
}
