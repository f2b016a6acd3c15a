// What an enterprise's owners reach through the REST API: access restrictions and the audit log.
// Must not know when an audit event arises.
import { findEnterprise } from '../core/contract/standing.ts';
import type { Enterprise } from '../core/contract/world.ts';
import { apiError, json } from './answers.ts';
import type { Call, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { ownsEnterprise } from './permissions.ts';
import { route } from './routes.ts';

/** The header's name as GitHub writes it. */
export const HEADER_AS_WRITTEN = 'sec-GitHub-allowed-enterprise';

export const ENTERPRISE_ROUTES: readonly HandlerRoute[] = [
  route('POST /enterprises/:slug/access-restrictions/enable', (call) => switchTo(call, 'enabled')),
  route('POST /enterprises/:slug/access-restrictions/disable', (call) => switchTo(call, 'disabled')),
  route('GET /enterprises/:slug/audit-log', (call) =>
    asOwner(call, (enterprise) => {
      const query = new URLSearchParams(call.exchange.head.query);
      const action = /(?:^|\s)action:(\S+)/.exec(query.get('phrase') ?? '')?.[1];
      const most = Math.min(Number(query.get('per_page') ?? 30) || 30, 100);
      const entries = call.services.live.auditLog(enterprise.slug);
      return json(
        200,
        entries.filter((entry) => action === undefined || entry.action === action).slice(0, most),
      );
    }),
  ),
];

function switchTo(call: Call, restrictions: Enterprise['restrictions']): Answer {
  return asOwner(call, (enterprise) => {
    call.services.live.setRestrictions(enterprise, restrictions);
    const message = `Enterprise access restrictions successfully ${restrictions}.`;
    return json(200, { message, header_name: HEADER_AS_WRITTEN, header_value: enterprise.id });
  });
}

function asOwner({ services, verdict, values }: Call, answer: (enterprise: Enterprise) => Answer): Answer {
  const { world } = services.live;
  if (verdict.caller.kind === 'anonymous') return apiError(401, 'Requires authentication');
  const enterprise = findEnterprise(world, values['slug'] ?? '');
  if (enterprise === null || !ownsEnterprise(world, verdict.caller, enterprise.slug))
    return apiError(404, 'Not Found');
  return answer(enterprise);
}
