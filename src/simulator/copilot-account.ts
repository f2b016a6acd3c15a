// What a Copilot client asks of api.github.com: its token, its user, its company's settings. Must not know the Copilot hosts' answers.
import { findUser } from '../core/contract/standing.ts';
import type { CopilotPlan, User } from '../core/contract/world.ts';
import { apiError, json } from './answers.ts';
import type { Call, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { COPILOT_SKUS, copilotToken } from './minting.ts';
import { route } from './routes.ts';

const TOKEN_SECONDS = 1800;

export const COPILOT_ACCOUNT_ROUTES: readonly HandlerRoute[] = [
  route('GET /copilot_internal/v2/token', (call) =>
    withPlan(call, (user, plan) => {
      const { atMs } = call.exchange.head;
      const { live } = call.services;
      const expiresMs = atMs + TOKEN_SECONDS * 1000;
      const token = copilotToken(plan, expiresMs);
      live.tokens.set(token, { kind: 'copilot', login: user.login, plan });
      live.expiries.set(token, expiresMs);
      return json(200, {
        token,
        expires_at: Math.floor(expiresMs / 1000),
        refresh_in: TOKEN_SECONDS - 300,
        sku: COPILOT_SKUS[plan],
        individual: plan === 'individual',
        chat_enabled: true,
        annotations_enabled: true,
        code_quote_enabled: true,
        copilotignore_enabled: false,
        public_suggestions: 'enabled',
        telemetry: 'enabled',
        organization_list: [],
        endpoints: endpoints(plan),
      });
    }),
  ),
  route('GET /copilot_internal/user', (call) =>
    withPlan(call, (user, plan) =>
      json(200, {
        login: user.login,
        access_type_sku: COPILOT_SKUS[plan],
        copilot_plan: plan,
        chat_enabled: true,
        can_signup_for_limited: false,
        is_mcp_enabled: true,
        assigned_date: '2026-01-01T00:00:00Z',
        organization_login_list: [],
        organization_list: [],
        endpoints: endpoints(plan),
        quota_reset_date: '2100-01-01',
        quota_snapshots: {
          chat: unlimited('chat'),
          completions: unlimited('completions'),
          premium_interactions: unlimited('premium_interactions'),
        },
      }),
    ),
  ),
  route('GET /copilot_internal/managed_settings', (call) =>
    withPlan(call, () => json(200, { settings: {} })),
  ),
  route('GET /embeddings/models', () => json(200, { models: [] })),
];

function endpoints(plan: CopilotPlan): Readonly<Record<string, string>> {
  const at = (name: string): string => `https://${name}.${plan}.githubcopilot.com`;
  return {
    api: at('api'),
    proxy: at('proxy'),
    telemetry: at('telemetry'),
    'origin-tracker': at('origin-tracker'),
  };
}

function unlimited(quota: string): Readonly<Record<string, unknown>> {
  return {
    quota_id: quota,
    entitlement: 0,
    remaining: 0,
    quota_remaining: 0,
    percent_remaining: 100,
    unlimited: true,
    overage_count: 0,
    overage_permitted: false,
  };
}

function withPlan({ verdict, services }: Call, answer: (user: User, plan: CopilotPlan) => Answer): Answer {
  const { caller } = verdict;
  if (caller.kind === 'anonymous') return apiError(401, 'Requires authentication');
  const user = caller.kind === 'user' ? findUser(services.live.world, caller.login) : null;
  if (user === null) return apiError(403, 'Resource not accessible by integration');
  return user.copilot === null
    ? apiError(403, `${user.login} has no access to Copilot`)
    : answer(user, user.copilot);
}
