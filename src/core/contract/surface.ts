// Which part of GitHub a request speaks to; the part decides how the header counts and what an answer looks like.
// Must not know who is asking.
import { isUnder } from '../base/hostname.ts';
import type { ContractRequest } from './request.ts';
import type { CopilotPlan } from './world.ts';

export type Surface =
  /** Hosts on which the header is ignored. */
  | { readonly kind: 'residency' | 'data' | 'websocket' | 'uncovered' | 'elsewhere' }
  | { readonly kind: 'web' | 'oauth' | 'rest' | 'graphql' | 'copilot-account' }
  | { readonly kind: 'git'; readonly owner: string; readonly repository: string; readonly write: boolean }
  /** `plan` is null on a generic host. */
  | { readonly kind: 'copilot'; readonly plan: CopilotPlan | null };

/** Host and path to surface. */
export function surfaceOf(request: Pick<ContractRequest, 'host' | 'path' | 'query' | 'websocket'>): Surface {
  const { host, path } = request;
  if (host === 'ghe.com' || isUnder(host, 'ghe.com')) return { kind: 'residency' };
  if (isUnder(host, 'githubusercontent.com') || isUnder(host, 'githubassets.com')) return { kind: 'data' };
  if (isUnder(host, 'githubcopilot.com')) return { kind: 'copilot', plan: planOf(host) };
  if (request.websocket && (host === 'github.com' || isUnder(host, 'github.com')))
    return { kind: 'websocket' };
  if (UNCOVERED.some((name) => host === name || isUnder(host, name))) return { kind: 'uncovered' };
  if (host === 'api.github.com') return apiSurface(path);
  if (host !== 'github.com') return { kind: 'elsewhere' };
  return gitSurface(request) ?? { kind: OAUTH_PATHS.includes(path) ? 'oauth' : 'web' };
}

/** `O/R.git/info/refs?service=…`, `O/R/git-upload-pack`, `O/R/git-receive-pack`, `O/R/info/lfs/…`; null for anything else. */
function gitSurface(request: { readonly path: string; readonly query: string }): Surface | null {
  const match = GIT_PATH.exec(request.path);
  const [, owner, repository, tail] = match ?? [];
  if (owner === undefined || repository === undefined || tail === undefined) return null;
  const write =
    tail === 'git-receive-pack' ||
    (tail === 'info/refs' && /(?:^|&)service=git-receive-pack(?:&|$)/.test(request.query));
  return { kind: 'git', owner, repository: repository.replace(/\.git$/, ''), write };
}

/** The plan that a host under githubcopilot.com is tied to: `api.business.githubcopilot.com` is `business`. */
export function planOf(host: string): CopilotPlan | null {
  const plan = host.slice(0, -'.githubcopilot.com'.length).split('.').at(-1);
  return plan === 'individual' || plan === 'business' || plan === 'enterprise' ? plan : null;
}

// GitHub Docs, same page as messages.ts, "Unsupported features"; ssh.github.com: "Using SSH over the HTTPS port".
const UNCOVERED = ['github.dev', 'github.io', 'ssh.github.com'];
const OAUTH_PATHS = ['/login/oauth/access_token', '/login/device/code'];
const GIT_PATH =
  /^\/([A-Za-z0-9_-]+)\/([A-Za-z0-9._-]+)\/(info\/refs|git-upload-pack|git-receive-pack|info\/lfs\/.*)$/;

function apiSurface(path: string): Surface {
  if (path === '/graphql') return { kind: 'graphql' };
  return { kind: path.startsWith('/copilot_internal/') ? 'copilot-account' : 'rest' };
}
