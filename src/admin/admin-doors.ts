// What the admin API asks of the rest of the gate. Types, and the schema of a question.
// Must not know HTTP.
import { z } from 'zod';
import type { Fault } from '../core/base/document.ts';
import type { Result } from '../core/base/result.ts';
import type { PolicyText } from '../core/policy/language/policy-files.ts';
import type { RecordedEvent } from '../core/record/events.ts';

/** One thing that must hold before the gate takes traffic: `policy`, `record`, `listeners`, `ca`, … */
export interface ReadyCheck {
  readonly name: string;
  readonly ok: boolean;
  /** For the administrator; shown only with a token. */
  readonly detail: string;
}

/** The policy in force, and the faults of a newer text that was refused. */
export interface PolicyStatus {
  readonly file: string;
  readonly revision: string;
  readonly text: string;
  /** The texts of the files that it includes, in the order of reading. */
  readonly includes: readonly PolicyText[];
  readonly faults: readonly Fault[];
}

export interface AdminDoors {
  /** Any number of checks; cheap, since probes ask every second. */
  readiness(): readonly ReadyCheck[];
  /** Facts for `GET /api/v1/status`, besides readiness and policy: version, listeners, uptime, … */
  status(): Readonly<Record<string, unknown>>;
  readonly policy: {
    status(): PolicyStatus;
    /** The new revision, once it is in force everywhere, or why the old one stays. */
    reload(): Promise<Result<string, readonly Fault[]>>;
  };
  /** Null where the settings do not allow it (`admin.stampSwitch`). */
  readonly stamp: {
    isOn(): boolean;
    /** Resolves once it is switched everywhere. */
    turn(to: 'on' | 'off'): Promise<void>;
  } | null;
  /** The last comparison with GitHub's list; null where the settings ask for none (`allowlist.meta`). */
  readonly allowlist: (() => unknown) | null;
  /** The same answer as `gatewright explain --json`; the error says what is wrong with the question. */
  explain(question: ExplainQuestion): Result<unknown, string>;
  /** The events of a reference, oldest first; null when it cannot be one. */
  findEvents(reference: string): Promise<readonly RecordedEvent[] | null>;
  /** Prometheus text and its media type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  caPem(): string;
}

/** What `gatewright explain` asks, with the names of its options. */
export interface ExplainQuestion {
  /** A URL, or HOST:PORT for the connection alone. */
  readonly url: string;
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly from: string | null;
  readonly device: string | null;
  readonly listener: string | null;
  readonly method: string;
  readonly websocket: boolean;
}

/** Reads the body of `POST /api/v1/stamp`. */
export function stampOrderSchema(): z.ZodType<{ readonly stamp: 'on' | 'off' }> {
  return z.strictObject({ stamp: z.enum(['on', 'off']) });
}

/** Reads the body of `POST /api/v1/explain`. */
export function explainQuestionSchema(): z.ZodType<ExplainQuestion> {
  const fact = () => z.string().min(1).max(1_024).nullable().default(null);
  return z.strictObject({
    url: z.string().min(1).max(65_536),
    user: fact(),
    groups: z.array(z.string().max(1_024)).max(1_000).default([]),
    from: fact(),
    device: fact(),
    listener: fact(),
    method: z.string().min(1).max(64).default('GET'),
    websocket: z.boolean().default(false),
  });
}
