// `npm run fire`: kill -9 of a gate's processes at random under load, for many rounds. It fails on a request that
// upstream saw and the record does not have, and on a record that is not whole. Must not know how rounds are played.
import { Command } from 'commander';
import { countOption } from '../../bench/count-option.ts';
import { withScope } from '../support/own-scope.ts';
import { assertAllRecorded, underFire } from '../support/under-fire.ts';

interface Options {
  readonly rounds: number;
  readonly clients: number;
  readonly seed: number;
}

const options = new Command('fire')
  .description(
    'kill -9 of workers and main processes under load: every request that upstream saw is recorded',
  )
  .option('--rounds <n>', 'how many kills', countOption, 100)
  .option('--clients <n>', 'how many at a time', countOption, 16)
  .option('--seed <n>', 'of the moments and the victims', countOption, Date.now() % 1_000_000)
  .parse()
  .opts<Options>();

const startedMs = performance.now();
await withScope(async (scope) => {
  const result = await underFire(scope, {
    ...options,
    onRound: (round, killed) => {
      if (round % 10 === 0) console.log(`round ${round}: ${killed} killed`);
    },
  });
  const { seen, kills, torn } = result;
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  console.log(
    `seed ${options.seed}: ${kills.worker} workers and ${kills.main} main processes killed in ${seconds} s; ${seen} requests seen upstream, ${torn} torn lines set aside`,
  );
  assertAllRecorded(result, options.seed);
  console.log('Every request is recorded, and the record is whole.');
});
