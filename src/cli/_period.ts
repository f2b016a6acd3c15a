// The time that a person asks about: a day, a moment, or how long ago. Must not know of what time.
import { err, ok, type Result } from '../core/base/result.ts';
import { parseDuration } from '../core/settings/duration.ts';
import type { Cli } from './cli.ts';
import type { Trouble } from './shell.ts';

/** Milliseconds since 1970 UTC; null: no bound. `sinceMs` is inside, `untilMs` is not. */
export interface Period {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

export const PERIOD_OPTIONS = {
  since: ['--since <time>', 'only from then on: a day, a time (both UTC), or how long ago as 7d or 12h'],
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
  const ago = parseDuration(text);
  if (ago.ok) return ok(cli.terminal.nowMs() - ago.value);
  const ms = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ok(ms);
  const mend = 'write a day as 2026-11-21, a time as 2026-11-21T08:00:00Z, or how long ago as 7d.';
  return err({ kind: 'failed', message: `Cannot read the time ${JSON.stringify(text)}: ${mend}` });
}

const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;
