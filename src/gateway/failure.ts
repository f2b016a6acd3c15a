// The one class of I/O failure: what went wrong, on whose side, in which phase of a connection.
// Must not know how a failure is shown; what is the same for each of a code stands in failure-table.ts.
import { http1FaultStatus } from '../core/wire/http1-faults.ts';
import type { WireFault } from '../core/wire/step.ts';
import { FAILURES, type FailureCode, type FailureRow, type FailureSide } from './failure-table.ts';

/** The phases of a connection, as the record names them. */
export type Phase =
  | 'accept'
  | 'identify'
  | 'decide'
  | 'sniff'
  | 'splice'
  | 'prove'
  | 'intercept'
  | 'request'
  | 'response';

/** What one failure says beyond its code. Whoever needs a number of it takes it from here: nobody reads the sentence. */
export interface FailureData {
  /** What was attempted and seen, never a secret. */
  readonly detail: string;
  /** What is wrong with the bytes or the certificate that was read. */
  readonly fault?: WireFault;
  /** The status of the answer, where it tells more than the code's own. */
  readonly status?: number;
  /** When to come again, where that is known. */
  readonly retryAfterSeconds?: number;
  readonly cause?: Error;
}

/** A failure of the network, of a peer, or of the gate. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
  readonly code: FailureCode;
  readonly phase: Phase;
  readonly detail: string;
  readonly fault: WireFault | null;
  readonly #data: FailureData;

  /** `seen`: in words, as data, as a parser's fault, whose code leads the detail, or as the error that was the cause. */
  constructor(code: FailureCode, phase: Phase, seen: string | FailureData | WireFault | Error) {
    const data = failureData(seen);
    super(`${code} in ${phase}: ${data.detail}`, data.cause === undefined ? {} : { cause: data.cause });
    this.code = code;
    this.phase = phase;
    this.detail = data.detail;
    this.fault = data.fault ?? null;
    this.#data = data;
  }

  get side(): FailureSide {
    return this.row.is.side;
  }

  /** The HTTP status of the gate's answer, where one can still be sent. */
  get status(): number {
    if (this.#data.status !== undefined) return this.#data.status;
    if (this.code === 'bad-request' && this.fault !== null) return http1FaultStatus(this.fault.code);
    return this.row.is.status;
  }

  /** Seconds after which it is worth trying again; null when nobody knows. */
  get retryAfterSeconds(): number | null {
    return this.#data.retryAfterSeconds ?? (this.row.is.brief ? 1 : null);
  }

  /** What every failure of this code says. */
  get row(): FailureRow {
    return FAILURES[this.code];
  }
}

function failureData(seen: string | FailureData | WireFault | Error): FailureData {
  if (typeof seen === 'string') return { detail: seen };
  if (seen instanceof Error) return { detail: errorText(seen), cause: seen };
  return 'code' in seen ? { detail: `${seen.code}: ${seen.detail}`, fault: seen } : seen;
}

/** What an error of Node says, as text for a record: its code where it has one. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return 'an error without a description';
  const code = errorCode(error);
  return code === null ? error.message : `${code}: ${error.message}`;
}

/** The code that an error of Node carries, such as `ECONNRESET`. */
export function errorCode(error: unknown): string | null {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
  return typeof code === 'string' ? code : null;
}
