// Lines for the operator, as JSON or for a terminal; secrets are taken out whatever the caller put in.
// Must not know which process writes, nor to which stream.
import { type Logger, pino } from 'pino';
import { isSecretName, REDACTED, scrubSecrets } from '../core/base/redact.ts';
import type { Log } from '../ports.ts';

export interface OperatorLogOptions {
  /** Where lines go, such as standard error. */
  readonly stream: { write(line: string): unknown };
  /** `json`: one object per line. `lines`: for people. */
  readonly format: 'json' | 'lines';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** The number of the worker that writes, on every line. */
  readonly worker?: number;
}

export class OperatorLog implements Log {
  readonly #pino: Logger;

  constructor(options: OperatorLogOptions) {
    const { stream, format, level, worker } = options;
    const write = format === 'json' ? stream : { write: (line: string) => stream.write(forPeople(line)) };
    const formatters = { level: (label: string) => ({ level: label }) };
    const timestamp = () => `,"time":"${new Date().toISOString()}"`;
    this.#pino = pino(
      { level, base: worker === undefined ? null : { worker }, formatters, timestamp },
      { write: (line) => void write.write(line) },
    );
  }

  info(message: string, fields: Fields = {}): void {
    this.#pino.info(clean(fields), scrubSecrets(message));
  }

  warn(message: string, fields: Fields = {}): void {
    this.#pino.warn(clean(fields), scrubSecrets(message));
  }

  error(message: string, fields: Fields = {}): void {
    this.#pino.error(clean(fields), scrubSecrets(message));
  }
}

type Fields = Readonly<Record<string, unknown>>;

const DEPTH_LIMIT = 5;

function clean(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, cleanField(key, value, 0)]));
}

function cleanField(key: string, value: unknown, depth: number): unknown {
  if (isSecretName(key) && typeof value === 'string' && key !== 'code') return REDACTED;
  if (typeof value === 'string') return scrubSecrets(value);
  if (value instanceof Error) return cleanError(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_LIMIT) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => cleanField('', item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, cleanField(name, item, depth + 1)]),
  );
}

// Only what is known to be safe: errors of libraries carry requests, and requests carry tokens.
function cleanError(error: Error): Record<string, unknown> {
  return {
    name: error.name,
    message: scrubSecrets(error.message),
    ...('code' in error ? { code: String(error.code) } : {}),
    stack: scrubSecrets(error.stack ?? ''),
  };
}

function forPeople(line: string): string {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  const extra = Object.entries(fields).map(([key, value]) => ` ${key}=${visible(fieldText(value))}`);
  const clock = String(time).slice(11, 19);
  return `${clock} ${String(level).padEnd(5)} ${visible(String(msg))}${extra.join('')}\n`;
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

// A terminal must not obey what a client or a file put into a message.
function visible(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
