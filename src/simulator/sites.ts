// Which handlers answer which host. Must not know how a request was judged or written.
import type { Surface } from '../core/contract/surface.ts';
import { apiError, html, page, text } from './answers.ts';
import type { Call, HandlerRoute } from './call.ts';
import { COPILOT_ROUTES } from './copilot.ts';
import { COPILOT_ACCOUNT_ROUTES } from './copilot-account.ts';
import { answerDataHost } from './data-hosts.ts';
import { ENTERPRISE_ROUTES } from './enterprise.ts';
import type { Answer } from './exchange.ts';
import { answerGit } from './git.ts';
import { answerGraphql } from './graphql.ts';
import { OAUTH_ROUTES } from './oauth.ts';
import { apiHeaders, REST_ROUTES } from './rest.ts';
import { findRoute } from './routes.ts';
import { TELEMETRY_ROUTES } from './telemetry.ts';
import { WEB_ROUTES } from './web.ts';

/** Whether handlers of this surface get the whole body; elsewhere it is streamed, whatever its size. */
export function holdsBody(surface: Surface): boolean {
  return ['web', 'oauth', 'rest', 'graphql', 'copilot', 'copilot-account'].includes(surface.kind);
}

export async function answerSite(call: Call): Promise<Answer> {
  const { surface } = call.verdict;
  switch (surface.kind) {
    case 'git':
      return answerGit(call, surface);
    case 'graphql':
      return apiAnswer(call, answerGraphql(call));
    case 'web':
    case 'oauth':
      return routed(call, [...OAUTH_ROUTES, ...WEB_ROUTES]) ?? notFoundPage();
    case 'rest':
    case 'copilot-account':
      return apiAnswer(call, (await routed(call, API_ROUTES)) ?? apiError(404, 'Not Found'));
    case 'copilot':
      return routed(call, COPILOT_HOST_ROUTES) ?? text(404, 'Not Found\n');
    default:
      return answerDataHost(call);
  }
}

const API_ROUTES: readonly HandlerRoute[] = [...COPILOT_ACCOUNT_ROUTES, ...ENTERPRISE_ROUTES, ...REST_ROUTES];
const COPILOT_HOST_ROUTES: readonly HandlerRoute[] = [...TELEMETRY_ROUTES, ...COPILOT_ROUTES];

function apiAnswer({ verdict }: Call, answer: Answer): Answer {
  return { ...answer, headers: [...answer.headers, ...apiHeaders(verdict.caller)] };
}

function routed(call: Call, routes: readonly HandlerRoute[]): Answer | Promise<Answer> | null {
  const { method, path } = call.exchange.head;
  const found = findRoute(routes, method, path);
  return found === null ? null : found.handler({ ...call, values: found.values });
}

function notFoundPage(): Answer {
  return html(
    404,
    page('Page not found', '<h1>404</h1><p>This is not the web page you are looking for.</p>'),
  );
}
