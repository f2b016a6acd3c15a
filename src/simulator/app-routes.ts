// What an app does for itself: look at its installations, make installation tokens. Must not know what the tokens may do.

import { singleHeader } from '../core/base/header-lines.ts';
import { presentedToken } from '../core/contract/caller.ts';
import type { Installation } from '../core/contract/world.ts';
import { apiError, json, noContent } from './answers.ts';
import type { HandlerRoute } from './call.ts';
import { installationToken, oldInstallationToken } from './minting.ts';
import { ownerOf } from './permissions.ts';
import { repositoryJson } from './rest-json.ts';
import { route } from './routes.ts';

const HOUR_MS = 3_600_000;

export const APP_ROUTES: readonly HandlerRoute[] = [
  route('GET /app', ({ verdict, services }) => {
    const app = verdict.caller.kind === 'app' ? services.apps.byName(verdict.caller.app) : null;
    return app === null
      ? jwtWanted()
      : json(200, { id: app.id, slug: app.slug, name: app.slug, owner: { login: 'github' } });
  }),
  route('GET /app/installations', ({ verdict, services }) => {
    const { caller } = verdict;
    if (caller.kind !== 'app') return jwtWanted();
    const own = services.live.world.installations.filter((one) => one.app === caller.app);
    return json(200, own.map(installationJson));
  }),
  route('POST /app/installations/:id/access_tokens', ({ verdict, services, values, exchange }) => {
    const { caller } = verdict;
    const app = caller.kind === 'app' ? services.apps.byName(caller.app) : null;
    if (app === null) return jwtWanted();
    const found = services.live.world.installations.find(
      (one) => String(one.id) === values['id'] && one.app === app.slug,
    );
    if (found === undefined) return apiError(404, 'Not Found');
    const { atMs, headers } = exchange.head;
    // For clients that cannot take long tokens yet; the default is today's form.
    const old = singleHeader(headers, 'x-simulator-token-format') === 'old';
    const token = old ? oldInstallationToken() : installationToken(app.id, atMs);
    services.live.tokens.set(token, {
      kind: 'installation',
      app: app.slug,
      organization: found.organization,
    });
    services.live.expiries.set(token, atMs + HOUR_MS);
    return json(201, {
      token,
      expires_at: new Date(atMs + HOUR_MS).toISOString().replace(/\.\d+Z$/, 'Z'),
      permissions: { contents: 'write', issues: 'write', metadata: 'read' },
      repository_selection: 'all',
    });
  }),
  route('GET /installation/repositories', ({ verdict, services }) => {
    const { caller } = verdict;
    if (caller.kind !== 'installation')
      return apiError(403, 'Resource not accessible without an installation token');
    const own = services.live.world.repositories.filter((one) => ownerOf(one) === caller.organization);
    const repositories = own.map((one) => repositoryJson(services.live, one, 'write'));
    return json(200, { total_count: repositories.length, repositories });
  }),
  route('DELETE /installation/token', ({ verdict, services, exchange }) => {
    const token = presentedToken(exchange.head);
    if (verdict.caller.kind !== 'installation' || token === null)
      return apiError(401, 'Requires authentication');
    services.live.tokens.delete(token);
    return noContent();
  }),
];

function jwtWanted(): ReturnType<typeof apiError> {
  return apiError(401, 'A JSON web token could not be decoded');
}

function installationJson(installation: Installation): Readonly<Record<string, unknown>> {
  const { id, app, organization } = installation;
  return {
    id,
    app_slug: app,
    account: { login: organization },
    target_type: 'Organization',
    repository_selection: 'all',
  };
}
