// One line of a record, read for counting and replaying: what readers need, whoever wrote it and whenever.
// Must not know files, nor what the answers are used for.

/** Why something was decided; a record may be younger than its reader, so that a code is any text. */
export interface RecordedReason {
  readonly code: string;
  readonly rule: string | null;
  readonly exemption: string | null;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly websocket: boolean;
  readonly tokenKind: string | null;
  readonly tokenPrint: string | null;
}

export interface RecordedDecision {
  readonly kind: 'decision';
  readonly atMs: number;
  readonly id: string;
  readonly stage: 'connection' | 'request';
  readonly listener: string;
  readonly address: string;
  readonly user: string | null;
  readonly destination: string;
  readonly scheme: 'https' | 'http';
  readonly request: RecordedRequest | null;
  readonly verdict: 'block' | 'splice' | 'forward';
  readonly reason: RecordedReason;
  readonly wouldBlock: RecordedReason | null;
  /** Whether report mode of a restriction held a stamp back. */
  readonly isStampHeld: boolean;
  readonly restricted: boolean | null;
  readonly policy: string;
  readonly signs: readonly string[];
}

export interface RecordedOutcome {
  readonly kind: 'outcome';
  readonly atMs: number;
  readonly id: string;
  readonly stage: 'connection' | 'request';
  /** Null on a line that does not say it, and for each part that was not known. */
  readonly address: string | null;
  readonly user: string | null;
  readonly destination: string | null;
  readonly status: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly vendor: string | null;
  /** What the vendor said of the restriction. */
  readonly said: string | null;
  /** The code of the failure that ended it. */
  readonly failure: string | null;
}

export interface RecordedAct {
  readonly kind: 'gate';
  readonly atMs: number;
  readonly what: string;
}

export type RecordLine = RecordedDecision | RecordedOutcome | RecordedAct;

/**
 * Reads a line. Keys that are not known are passed over, as docs/record.md asks of every reader.
 * Null for a torn line, and for one that is no event of version 1.
 */
export function readRecordLine(line: string): RecordLine | null {
  const event = mappingOf(parsed(line));
  if (event === null || event['v'] !== 1) return null;
  const atMs = timeOf(event['at']);
  if (atMs === null) return null;
  if (event['kind'] === 'decision') return readDecision(event, atMs);
  if (event['kind'] === 'outcome') return readOutcome(event, atMs);
  const { what } = event;
  return event['kind'] === 'gate' && typeof what === 'string' ? { kind: 'gate', atMs, what } : null;
}

/**
 * The same for a reader of decisions alone: `other` for a whole line of another kind, which is told by its text, since
 * parsing it would cost as much as all the rest.
 */
export function readDecisionLine(line: string): RecordedDecision | 'other' | null {
  if (line.includes('"kind":"outcome"') && line.trimEnd().endsWith('}')) return 'other';
  const event = readRecordLine(line);
  return event === null || event.kind === 'decision' ? event : 'other';
}

type Mapping = Readonly<Record<string, unknown>>;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null;
}

function mappingOf(value: unknown): Mapping | null {
  return isMapping(value) ? value : null;
}

function timeOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function readDecision(event: Mapping, atMs: number): RecordedDecision | null {
  const { id, stage, listener, destination, scheme, verdict, restricted, policy } = event;
  const client = mappingOf(event['client']);
  const reason = readReason(event['reason']);
  if (typeof id !== 'string' || typeof listener !== 'string' || typeof destination !== 'string') return null;
  if (stage !== 'connection' && stage !== 'request') return null;
  if (scheme !== 'https' && scheme !== 'http') return null;
  if (verdict !== 'block' && verdict !== 'splice' && verdict !== 'forward') return null;
  const address = client?.['address'];
  if (client === null || typeof address !== 'string' || reason === null) return null;
  const request = readRequest(event['request']);
  if (stage === 'request' && request === null) return null;
  return {
    ...{ kind: 'decision', atMs, id, stage, listener, address, user: textOf(client['user']) },
    ...{ destination, scheme, request, verdict, reason },
    wouldBlock: readReason(event['wouldBlock']),
    isStampHeld: Array.isArray(event['wouldStamps']) && event['wouldStamps'].length > 0,
    restricted: typeof restricted === 'boolean' ? restricted : null,
    policy: textOf(policy) ?? '',
    signs: readTexts(event['signs']),
  };
}

function readReason(value: unknown): RecordedReason | null {
  const reason = mappingOf(value);
  const code = reason?.['code'];
  if (reason === null || typeof code !== 'string') return null;
  return { code, rule: textOf(reason['rule']), exemption: textOf(reason['exemption']) };
}

function readRequest(value: unknown): RecordedRequest | null {
  const request = mappingOf(value);
  const method = request?.['method'];
  const path = request?.['path'];
  if (request === null || typeof method !== 'string' || typeof path !== 'string') return null;
  const [tokenKind, tokenPrint] = [textOf(request['tokenKind']), textOf(request['tokenPrint'])];
  return { method, path, websocket: request['websocket'] === true, tokenKind, tokenPrint };
}

function readTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_TEXTS;
  return value.filter((item): item is string => typeof item === 'string');
}

const NO_TEXTS: readonly string[] = [];

function readOutcome(event: Mapping, atMs: number): RecordedOutcome | null {
  const { id, stage, status, bytesIn, bytesOut, vendor, said, destination } = event;
  if (typeof id !== 'string' || typeof bytesIn !== 'number' || typeof bytesOut !== 'number') return null;
  if (stage !== 'connection' && stage !== 'request') return null;
  const failure = textOf(mappingOf(event['failure'])?.['code']);
  const client = mappingOf(event['client']);
  return {
    ...{
      kind: 'outcome',
      atMs,
      id,
      stage,
      bytesIn,
      bytesOut,
      vendor: textOf(vendor),
      said: textOf(said),
      failure,
    },
    ...{ address: textOf(client?.['address']), user: textOf(client?.['user']) },
    ...{ destination: textOf(destination), status: typeof status === 'number' ? status : null },
  };
}
