// What an enterprise's owners reach through the REST API: access restrictions and the audit log.
// Must not know when an audit event arises.
import { findEnterprise } from '../core/contract/standing.ts';
import type { Enterprise } from '../core/contract/world.ts';
import { apiError, json } from './answers.ts';
import type { Answer } from './exchange.ts';
import { ownsEnterprise } from './permissions.ts';
import { route } from './routes.ts';
import type { HandlerRoute, Visit } from './visit.ts';

/** The header's name as GitHub writes it. */
export const HEADER_AS_WRITTEN = 'sec-GitHub-allowed-enterprise';

export const ENTERPRISE_ROUTES: readonly HandlerRoute[] = [
  route('POST /enterprises/:slug/access-restrictions/enable', (visit) => switchTo(visit, 'enabled')),
  route('POST /enterprises/:slug/access-restrictions/disable', (visit) => switchTo(visit, 'disabled')),
  route('GET /enterprises/:slug/audit-log', (visit) =>
    asOwner(visit, (enterprise) => {
      const query = new URLSearchParams(visit.exchange.arrival.query);
      const action = /(?:^|\s)action:(\S+)/.exec(query.get('phrase') ?? '')?.[1];
      const most = Math.min(Number(query.get('per_page') ?? 30) || 30, 100);
      const entries = visit.services.live.auditLog(enterprise.slug);
      return json(
        200,
        entries.filter((entry) => action === undefined || entry.action === action).slice(0, most),
      );
    }),
  ),
];

function switchTo(visit: Visit, restrictions: Enterprise['restrictions']): Answer {
  return asOwner(visit, (enterprise) => {
    visit.services.live.setRestrictions(enterprise, restrictions);
    const message = `Enterprise access restrictions successfully ${restrictions}.`;
    return json(200, { message, header_name: HEADER_AS_WRITTEN, header_value: enterprise.id });
  });
}

function asOwner({ services, verdict, values }: Visit, answer: (enterprise: Enterprise) => Answer): Answer {
  const { world } = services.live;
  if (verdict.caller.kind === 'anonymous') return apiError(401, 'Requires authentication');
  const enterprise = findEnterprise(world, values['slug'] ?? '');
  if (enterprise === null || !ownsEnterprise(world, verdict.caller, enterprise.slug))
    return apiError(404, 'Not Found');
  return answer(enterprise);
}
