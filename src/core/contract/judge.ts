// GitHub's side of the question: what would GitHub answer to this request, in the world as it stands?
// Must not know our policy, HTTP, or how an answer is written.
import { type Caller, callerOf } from './caller.ts';
import type { ContractRequest } from './request.ts';
import { readRestriction } from './restriction.ts';
import { type Finding, ROWS, type Scene } from './rows.ts';
import { enterpriseOf, type Standing } from './standing.ts';
import { surfaceOf } from './surface.ts';
import type { AuditEntry, ContractId, Verdict } from './verdict.ts';

/**
 * Asks the rows in their order; the first that has something to say decides. Total and pure: `standing` is only read,
 * and what must change in it (the audit log) comes back in the verdict.
 */
export function judge(request: ContractRequest, standing: Standing): Verdict {
  const scene = sceneOf(request, standing);
  const { id, finding } = firstFinding(scene);
  const { surface, caller } = scene;
  const log = finding.kind === 'refuse' && finding.status === 403 ? auditEntries(scene) : [];
  return { id, surface, caller, log, ...finding };
}

function firstFinding(scene: Scene): { readonly id: ContractId; readonly finding: Finding } {
  for (const row of ROWS) {
    const finding = row.says(scene);
    if (finding !== null) return { id: row.id, finding };
  }
  // The last row speaks for everyone whom no other row restricts.
  return { id: 'C-WEB-ANON', finding: { kind: 'proceed' } };
}

function sceneOf(request: ContractRequest, standing: Standing): Scene {
  const surface = surfaceOf(request);
  const caller: Caller = callerOf(request, standing, surface);
  const restriction = readRestriction(request.headers, standing.world);
  const named = restriction.kind === 'named' ? restriction.enterprises : [];
  const inside = (login: string): boolean => {
    const slug = enterpriseOf(standing.world, login);
    return named.some((one) => one.slug === slug);
  };
  return { request, standing, surface, caller, restriction, named, inside };
}

/** C-LOG. */
function auditEntries(scene: Scene): AuditEntry[] {
  const { atMs, from } = scene.request;
  return scene.named.map((enterprise) => ({
    action: 'business.proxy_security_header_unsatisfied',
    '@timestamp': atMs,
    created_at: atMs,
    business: enterprise.slug,
    ...(enterprise.showActorIp ? { actor_ip: from } : {}),
  }));
}
