// A span of time as a person writes it: `250ms`, `10s`, `15m`, `12h`, `30d`.
// Must not know what it limits.
import { z } from 'zod';
import { err, ok, type Result } from '../base/result.ts';

/** Reads a whole number with a unit; the value is in milliseconds. The error says what is wrong, without quoting the text. */
export function parseDuration(text: string): Result<number, string> {
  const found = /^(0|[1-9][0-9]{0,11})(ms|s|m|h|d)$/.exec(text);
  const unit = UNIT_MS[found?.[2] ?? ''];
  return found === null || unit === undefined
    ? err('a time is a whole number with a unit: ms, s, m, h or d')
    : ok(Number(found[1]) * unit);
}

/** The milliseconds in the largest unit that divides them: `90s`, `15m`. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(UNIT_MS).findLast(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** A duration within bounds, as milliseconds. A bare number is refused with the unit it lacks. */
export function durationSchema(bounds: {
  readonly minMs: number;
  readonly maxMs: number;
}): z.ZodType<number, string | number> {
  return z
    .union([z.string(), z.number()])
    .transform((written, context) => {
      const read = parseDuration(String(written));
      if (!read.ok)
        return refuse(
          context,
          read.error,
          `write a time like "${typeof written === 'number' ? written : 10}s"`,
        );
      if (read.value < bounds.minMs || read.value > bounds.maxMs)
        return refuse(
          context,
          'this time is out of bounds',
          `write ${durationText(bounds.minMs)} to ${durationText(bounds.maxMs)}`,
        );
      return read.value;
    })
    .meta({ [DURATION_MARK]: true });
}

/** Marks duration schemas, so that the exported JSON Schema shows one pattern in place of text or number. */
export const DURATION_MARK = 'gatewrightDuration';

/** The pattern of a duration, for the exported JSON Schema. */
export const DURATION_PATTERN = '^(0|[1-9][0-9]*)(ms|s|m|h|d)$';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function refuse(context: z.RefinementCtx, message: string, mend: string): never {
  context.addIssue({ code: 'custom', message, params: { mend } });
  return z.NEVER;
}
