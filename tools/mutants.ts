// `npm run mutants`: plants each mutant of the list in a copy of the project; the tests that it names must go red.
// Must not know any single mutant.
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ALL_MUTANTS } from './mutants/all-mutants.ts';
import { byFile, type Greenhouse, type Outcome, openGreenhouse } from './mutants/greenhouse.ts';
import type { Mutant } from './mutants/mutant.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WORDS: Readonly<Record<Exclude<Outcome, 'failed'>, string>> = {
  passed: 'stays green',
  none: 'is not there',
  broken: 'cannot run: the mutant must parse',
  hung: 'hangs: name a test that fails',
};
const command = new Command('mutants')
  .description('plants each mutant of the list in a copy of the project; the tests that it names must go red')
  .option('--only <text...>', 'mutants that hold up this id, or whose file contains the text')
  .option('--list', 'names them and runs nothing')
  .parse();

await mutants(command.opts<{ readonly only?: readonly string[]; readonly list?: true }>());

async function mutants({ only = [], list }: { readonly only?: readonly string[]; readonly list?: true }) {
  const wanted = ALL_MUTANTS.filter(
    ({ holds, file }) =>
      only.length === 0 || only.some((text) => holds.includes(text) || file.includes(text)),
  );
  if (list === true) for (const mutant of wanted) console.log(nameOf(mutant));
  if (list === true) return;
  const greenhouses = Array.from({ length: availableParallelism() }, () => openGreenhouse(root));
  try {
    const sound = await inTurns(greenhouses, [...byFile(wanted.flatMap(({ red }) => red))], tryUnchanged);
    const killed = await inTurns(greenhouses, wanted, tryMutant);
    const lived = [...sound, ...killed].filter((word) => word !== null);
    console.log(`${wanted.length} mutants, ${killed.filter((word) => word === null).length} killed`);
    for (const word of lived) console.error(word);
    if (lived.length > 0 || wanted.length === 0) process.exitCode = 1;
  } finally {
    for (const { remove } of greenhouses) remove();
  }
}

/** A test that is red, or missing, without a mutant proves nothing. */
async function tryUnchanged(
  greenhouse: Greenhouse,
  [file, tests]: readonly [string, readonly string[]],
): Promise<string | null> {
  const outcomes = await greenhouse.outcomes(file, tests);
  const wrong = tests.filter((_, at) => outcomes[at] !== 'passed');
  if (wrong.length === 0) return null;
  return `${file}: without a mutant, ${wrong.map((test) => JSON.stringify(test)).join(', ')} does not pass`;
}

/** Null where every named test went red, else what did not. */
async function tryMutant(greenhouse: Greenhouse, mutant: Mutant): Promise<string | null> {
  const startMs = performance.now();
  const wrong: string[] = [];
  await greenhouse.withPlanted(mutant, async () => {
    for (const [file, tests] of byFile(mutant.red)) {
      const outcomes = await greenhouse.outcomes(file, tests);
      tests.forEach((test, at) => {
        const outcome = outcomes[at] ?? 'none';
        if (outcome !== 'failed') wrong.push(`${file} ${JSON.stringify(test)} ${WORDS[outcome]}`);
      });
    }
  });
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`${wrong.length === 0 ? 'killed' : 'LIVED '} ${nameOf(mutant)}  ${seconds} s`);
  return wrong.length === 0 ? null : `LIVED ${nameOf(mutant)}: ${wrong.join('; ')}`;
}

function nameOf({ holds, file, line }: Mutant): string {
  return `${holds.join(' ')}  ${file}  ${(line.trim().split('\n')[0] ?? '').slice(0, 70)}`;
}

/** Does `work` for each item, one after the other in each greenhouse. */
async function inTurns<T>(
  greenhouses: readonly Greenhouse[],
  items: readonly T[],
  work: (greenhouse: Greenhouse, item: T) => Promise<string | null>,
): Promise<readonly (string | null)[]> {
  const results: (string | null)[] = items.map(() => null);
  const queue = [...items.entries()];
  await Promise.all(
    greenhouses.map(async (greenhouse) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        results[next[0]] = await work(greenhouse, next[1]);
      }
    }),
  );
  return results;
}
