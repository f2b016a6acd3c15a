// What GitHub would say to a request, and by which row of the contract. Must not know what a page or a body looks like.
import type { Caller } from './caller.ts';
import type { Surface } from './surface.ts';

/** The rows of the contract, in the order in which they are asked; C-LOG follows every 403. */
export const CONTRACT_IDS = [
  'C-04',
  'C-02',
  'C-03',
  'C-01',
  'C-400-HEADERS',
  'C-400-MANY',
  'C-400-UNKNOWN',
  'C-TOKEN-BAD',
  'C-GIT-ANON',
  'C-COPILOT-OUT',
  'C-COPILOT-PLAN',
  'C-05',
  'C-WEB-OUT',
  'C-WEB-SWITCH',
  'C-WEB-STALE',
  'C-WEB-IN',
  'C-REFRESH-OUT',
  'C-GIT-OUT',
  'C-GIT-IN',
  'C-INST-MINT',
  'C-INST-WRITE',
  'C-INST-READ',
  'C-API-OUT',
  'C-API-IN',
  'C-WEB-ANON',
  'C-LOG',
] as const;

export type ContractId = (typeof CONTRACT_IDS)[number];

interface VerdictCommon {
  /** The row that decided. */
  readonly id: ContractId;
  readonly surface: Surface;
  readonly caller: Caller;
  /** What the enterprises' audit logs gain: one entry per named enterprise for every 403, else none. */
  readonly log: readonly AuditEntry[];
}

/** `proceed`: GitHub goes on as if there were no header; permissions and missing pages are its own affair. */
export type Verdict = VerdictCommon &
  (
    | { readonly kind: 'proceed' }
    | { readonly kind: 'refuse'; readonly status: 400 | 401 | 403 | 421; readonly message: string }
  );

/** An enterprise audit event as GitHub's API writes it. There is no `actor`, for privacy (GitHub Docs). */
export interface AuditEntry {
  readonly action: 'business.proxy_security_header_unsatisfied';
  /** Milliseconds since 1970 UTC, like `created_at`. */
  readonly '@timestamp': number;
  readonly created_at: number;
  /** The enterprise's slug. */
  readonly business: string;
  /** Only where the enterprise displays IP addresses. */
  readonly actor_ip?: string;
}
