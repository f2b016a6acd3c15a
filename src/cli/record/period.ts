// The time that a person asks about: a day, a moment, a word, or how long ago. Must not know of what time.
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Cli } from '../cli.ts';
import { MOMENT_FORMS, parseMoment } from './_moment.ts';

/** Milliseconds since 1970 UTC; null: no bound. `sinceMs` is inside, `untilMs` is not. */
export interface Period {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

export const PERIOD_OPTIONS = {
  since: [
    '--since <time>',
    'only from then on: a day, a time, a word as yesterday or "last monday" (all UTC), or how long ago as 7d',
  ],
  until: ['--until <time>', 'only before then'],
} as const;

export function readPeriod(
  cli: Cli,
  asked: { readonly since?: string; readonly until?: string },
): Result<Period, Trouble> {
  const since = readTime(cli, asked.since);
  if (!since.ok) return since;
  const until = readTime(cli, asked.until);
  return until.ok ? ok({ sinceMs: since.value, untilMs: until.value }) : until;
}

export function isInside({ sinceMs, untilMs }: Period, atMs: number): boolean {
  return (sinceMs === null || atMs >= sinceMs) && (untilMs === null || atMs < untilMs);
}

function readTime(cli: Cli, text: string | undefined): Result<number | null, Trouble> {
  if (text === undefined) return ok(null);
  const ms = parseMoment(text, cli.terminal.nowMs());
  if (ms !== null) return ok(ms);
  return err({ kind: 'failed', message: `Cannot read the time ${JSON.stringify(text)}: ${MOMENT_FORMS}.` });
}
