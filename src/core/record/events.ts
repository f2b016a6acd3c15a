// The audit record: one `decision` before the first upstream byte, one `outcome` after, for every connection and
// every request on it. Must not know how or where records are written.
import type { Reason } from '../policy/decision.ts';
import type { Stamp } from '../policy/header-edit.ts';
import type { VendorSaid } from '../vendors/vendor.ts';

/** What every event carries; `id` joins a decision with its outcome, and is the reference a refused user sees. */
interface EventCommon {
  readonly v: 1;
  /** RFC 3339 time with milliseconds, UTC. */
  readonly at: string;
  /** The connection, as `k3f9q2-1a`; a request adds its number: `k3f9q2-1a.7`. */
  readonly id: string;
  readonly stage: 'connection' | 'request';
}

/** Whose connection it is. */
export interface EventClient {
  readonly address: string;
  readonly port: number;
  readonly user: string | null;
  /** What the client called itself towards the gate, in its CONNECT or absolute-form request. */
  readonly userAgent: string | null;
}

/** What was decided, by which policy, for whom. Written to the kernel before upstream sees a byte. */
export interface DecisionEvent extends EventCommon {
  readonly kind: 'decision';
  readonly listener: string;
  readonly client: EventClient;
  readonly destination: string;
  readonly scheme: 'https' | 'http';
  /** Null at the connection stage. */
  readonly request: {
    readonly method: string;
    /** Path and query, secrets redacted, cut at 2,048 characters. */
    readonly path: string;
    readonly httpVersion: '1.0' | '1.1' | '2';
    readonly websocket: boolean;
    readonly userAgent: string | null;
    /** `ghp`, `gho`, …, `copilot`, `jwt`, `basic`, `other`; null without Authorization. Never the token. */
    readonly tokenKind: string | null;
    /** Keyed fingerprint: equal tokens compare equal within one installation. */
    readonly tokenPrint: string | null;
  } | null;
  readonly verdict: 'block' | 'splice' | 'forward';
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  /** True or false on a request; null where no path is known. */
  readonly restricted: boolean | null;
  /** The header lines that were set, by vendor. */
  readonly stamps: readonly Stamp[];
  /** Those that only report mode of a restriction held back; they stand beside `wouldBlock`. */
  readonly wouldStamps: readonly Stamp[];
  /** Revision of the policy that decided. */
  readonly policy: string;
  /** Signs of an attack that did not change the verdict, such as a client-sent restriction header. */
  readonly signs: readonly string[];
}

/** How it ended. */
export interface OutcomeEvent extends EventCommon {
  readonly kind: 'outcome';
  readonly listener: string;
  readonly client: EventClient;
  /** Null where none was named yet. */
  readonly destination: string | null;
  /** HTTP status the client saw; null for a splice or when none was sent. */
  readonly status: number | null;
  /** Who wrote that answer. */
  readonly by: 'upstream' | 'gate' | null;
  /** Bytes of body (request) or of payload (connection) from the client, and to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly ms: number;
  /** Whose answer it was, by the vendor's name; null where upstream did not answer, or is no vendor's. */
  readonly vendor: string | null;
  /** What the vendor calls the request, for asking there. */
  readonly requestId: string | null;
  /** How upstream refused the request unprocessed, once for each try that was in vain; absent where none was. */
  readonly repeats?: readonly string[] | undefined;
  /** What the vendor said of the restriction: the account is refused, the header is wrong, the host is another plan's. */
  readonly said: VendorSaid | null;
  /** The failure that ended it, see docs/errors.md; null when it ended as it should. */
  readonly failure: {
    readonly code: string;
    readonly side: 'client' | 'upstream' | 'gateway';
    readonly phase: string;
    readonly detail: string;
  } | null;
}

/**
 * The gate's own acts: started, reloaded or refused a policy, switched the stamp, signed a leaf, lost a worker, saw drift,
 * stopped;
 * and what the record says of itself.
 */
export interface GateEvent {
  readonly v: 1;
  readonly at: string;
  readonly kind: 'gate';
  readonly what:
    | 'start'
    | 'stop'
    | 'policy-loaded'
    | 'policy-refused'
    | 'leaf-signed'
    | 'worker-started'
    | 'worker-ended'
    | 'record-opened'
    | 'record-resumed'
    | 'record-closed'
    | 'record-sealed'
    | 'record-found'
    | 'record-expired'
    | 'stamp-off'
    | 'stamp-on'
    | 'allowlist-drift';
  readonly detail: { readonly [key: string]: string | number | null };
}

/** What `allowlist-drift` says: how many of each, and the first ten of them. All zero when the drift is over. */
export interface AllowlistDriftDetail extends Readonly<Record<string, string | number | null>> {
  /** Where the list came from. */
  readonly source: string;
  /** Revision of the policy that it was compared with. */
  readonly policy: string;
  readonly missing: number;
  readonly unpublished: number;
  readonly unreadable: number;
  readonly first: string;
}

export type AuditEvent = DecisionEvent | OutcomeEvent | GateEvent;

/** What a written line has besides its event: see chain.ts. Lines that something else than a gate wrote have none. */
export interface EventMarks {
  readonly stream?: string | undefined;
  readonly seq?: number | undefined;
  readonly prev?: string | null | undefined;
}

/** An event as it is read back; a gate of another version may have written less of it. */
export type RecordedEvent = (Read<DecisionEvent> | Read<OutcomeEvent> | GateEvent) & EventMarks;

type Read<E extends DecisionEvent | OutcomeEvent> = Omit<E, keyof Whose> & {
  readonly listener?: string | undefined;
  readonly destination?: string | null | undefined;
  readonly client?:
    | (Omit<EventClient, 'userAgent'> & { readonly userAgent?: string | null | undefined })
    | undefined;
};
type Whose = Pick<OutcomeEvent, 'listener' | 'client' | 'destination'>;
