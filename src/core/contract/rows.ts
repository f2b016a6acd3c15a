// The contract as a table: one row per fact, asked from the top; the first row that speaks decides.
// Must not know how requests are read (surface.ts, caller.ts, restriction.ts) nor how answers are written.
import type { Caller } from './caller.ts';
import * as say from './messages.ts';
import type { ContractRequest } from './request.ts';
import type { Restriction } from './restriction.ts';
import { findUser, type Standing, same } from './standing.ts';
import type { Surface } from './surface.ts';
import type { ContractId } from './verdict.ts';
import type { Enterprise, World } from './world.ts';

/** A request and everything that is read from it once. */
export interface Scene {
  readonly request: ContractRequest;
  readonly standing: Standing;
  readonly surface: Surface;
  readonly caller: Caller;
  readonly restriction: Restriction;
  /** The enterprises that the header names; empty without a good header. */
  readonly named: readonly Enterprise[];
  /** True when the account belongs to a named enterprise; unknown accounts do not. */
  inside(login: string): boolean;
}

export type Finding =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'refuse'; readonly status: 400 | 401 | 403 | 421; readonly message: string };

export interface Row {
  readonly id: Exclude<ContractId, 'C-LOG'>;
  readonly fact: string;
  /** Null when the row does not concern the request. */
  says(scene: Scene): Finding | null;
}

const PROCEED: Finding = { kind: 'proceed' };

export const ROWS: readonly Row[] = [
  {
    id: 'C-04',
    fact: 'SUBDOMAIN.ghe.com (data residency) needs no header',
    says: ({ surface }) => proceedIf(surface.kind === 'residency'),
  },
  {
    id: 'C-02',
    fact: '*.githubusercontent.com, *.githubassets.com and WebSocket traffic on GitHub.com ignore the header',
    says: ({ surface }) => proceedIf(surface.kind === 'data' || surface.kind === 'websocket'),
  },
  {
    id: 'C-03',
    fact: 'github.dev, github.io and ssh.github.com are not covered by the header',
    says: ({ surface }) => proceedIf(surface.kind === 'uncovered'),
  },
  {
    id: 'C-01',
    fact: 'every host but github.com, api.github.com and *.githubcopilot.com ignores the header',
    says: ({ surface }) => proceedIf(surface.kind === 'elsewhere'),
  },
  {
    id: 'C-400-HEADERS',
    fact: 'more than one header line is an error',
    says: ({ restriction }) => wrongIf(restriction.kind === 'many-headers', say.MANY_HEADERS),
  },
  {
    id: 'C-400-MANY',
    fact: 'more enterprises than one header may list is an error',
    says: ({ restriction }) => wrongIf(restriction.kind === 'many-enterprises', say.MANY_ENTERPRISES),
  },
  {
    id: 'C-400-UNKNOWN',
    fact: 'an enterprise that does not exist or has not enabled the feature is an error',
    says: ({ restriction }) => wrongIf(restriction.kind === 'unknown-enterprise', say.UNKNOWN_ENTERPRISE),
  },
  {
    id: 'C-TOKEN-BAD',
    fact: 'a credential that GitHub does not know is refused, header or not',
    says: ({ caller }) =>
      caller.kind === 'unknown' ? { kind: 'refuse', status: 401, message: say.BAD_CREDENTIALS } : null,
  },
  {
    id: 'C-GIT-ANON',
    fact: 'anonymous git reads public repositories and is asked for credentials otherwise',
    says: (scene) => {
      const { surface, caller, standing } = scene;
      if (surface.kind !== 'git' || caller.kind !== 'anonymous') return null;
      if (!surface.write && isPublic(standing.world, `${surface.owner}/${surface.repository}`))
        return PROCEED;
      return { kind: 'refuse', status: 401, message: say.GIT_CREDENTIALS_WANTED };
    },
  },
  {
    id: 'C-COPILOT-OUT',
    fact: 'Copilot refuses a token of a user outside',
    says: (scene) => (isCopilot(scene.surface) ? refuseUserOutside(scene) : null),
  },
  {
    id: 'C-COPILOT-PLAN',
    fact: "a host of one plan does not serve another plan's user, header or not",
    says: (scene) => {
      const { surface, caller } = scene;
      if (surface.kind !== 'copilot' || surface.plan === null || caller.kind !== 'user') return null;
      if (caller.plan === null || caller.plan === surface.plan) return null;
      return { kind: 'refuse', status: 421, message: say.MISDIRECTED };
    },
  },
  {
    id: 'C-05',
    fact: 'without the header nobody is restricted',
    says: ({ restriction }) => proceedIf(restriction.kind === 'absent'),
  },
  {
    id: 'C-WEB-OUT',
    fact: 'an account outside cannot sign in',
    says: (scene) => {
      const { body } = scene.request;
      if (scene.surface.kind !== 'web' || body.kind !== 'sign-in') return null;
      return knowsPassword(scene, body) && !scene.inside(body.login) ? refuseWeb(scene) : null;
    },
  },
  {
    id: 'C-WEB-SWITCH',
    fact: 'the account switcher does not switch to an account outside',
    says: (scene) => {
      const { body } = scene.request;
      if (scene.surface.kind !== 'web' || body.kind !== 'switch') return null;
      return scene.inside(body.login) ? null : refuseWeb(scene);
    },
  },
  {
    id: 'C-WEB-STALE',
    fact: 'a session of an account outside sees no page but those for signing in and out',
    says: (scene) => {
      const { caller, request } = scene;
      if (caller.kind !== 'session' || scene.inside(caller.login)) return null;
      return signsInOrOut(request) ? PROCEED : refuseWeb(scene);
    },
  },
  {
    id: 'C-WEB-IN',
    fact: 'a managed user of a named enterprise signs in and browses',
    says: ({ caller, request }) =>
      proceedIf(
        caller.kind === 'session' || request.body.kind === 'sign-in' || request.body.kind === 'switch',
      ),
  },
  {
    id: 'C-REFRESH-OUT',
    fact: 'an application gets no new token for a user outside',
    says: (scene) => {
      if (scene.surface.kind !== 'oauth') return null;
      const login = grantedUser(scene);
      return login === null || scene.inside(login) ? null : refuseApi(scene);
    },
  },
  {
    id: 'C-GIT-OUT',
    fact: 'git with credentials of a user outside is refused',
    says: (scene) => (scene.surface.kind === 'git' ? refuseUserOutside(scene) : null),
  },
  {
    id: 'C-GIT-IN',
    fact: 'git with credentials of a user of a named enterprise works',
    says: ({ surface, caller }) => proceedIf(surface.kind === 'git' && caller.kind === 'user'),
  },
  {
    id: 'C-INST-MINT',
    fact: 'an app may create an installation token for any organization; it is the token that is restricted',
    says: ({ caller }) => proceedIf(caller.kind === 'app'),
  },
  {
    id: 'C-INST-WRITE',
    fact: 'an installation token does not write to an account outside, whoever owns the installation',
    says: (scene) => {
      const { caller, named } = scene;
      if (caller.kind !== 'installation') return null;
      const outside = writtenOwners(scene, caller.organization).some((owner) => !scene.inside(owner));
      return outside ? { kind: 'refuse', status: 403, message: say.installationMessage(named) } : null;
    },
  },
  {
    id: 'C-INST-READ',
    fact: 'an installation token reads anywhere, and writes inside',
    says: ({ caller }) => proceedIf(caller.kind === 'installation'),
  },
  { id: 'C-API-OUT', fact: 'the API refuses a token of a user outside', says: refuseUserOutside },
  {
    id: 'C-API-IN',
    fact: 'the API takes a token of a user of a named enterprise',
    says: ({ caller, surface }) => proceedIf(caller.kind === 'user' || surface.kind === 'oauth'),
  },
  { id: 'C-WEB-ANON', fact: 'whoever is nobody is not restricted', says: () => PROCEED },
];

function proceedIf(holds: unknown): Finding | null {
  return holds === true ? PROCEED : null;
}

function wrongIf(holds: unknown, message: string): Finding | null {
  return holds === true ? { kind: 'refuse', status: 400, message } : null;
}

function refuseApi(scene: Scene): Finding {
  return { kind: 'refuse', status: 403, message: say.apiMessage(scene.named) };
}

function refuseWeb(scene: Scene): Finding {
  return { kind: 'refuse', status: 403, message: say.webMessage(scene.named) };
}

function refuseUserOutside(scene: Scene): Finding | null {
  const { caller, restriction } = scene;
  if (restriction.kind !== 'named' || caller.kind !== 'user') return null;
  return scene.inside(caller.login) ? null : refuseApi(scene);
}

function isCopilot(surface: Surface): boolean {
  return surface.kind === 'copilot' || surface.kind === 'copilot-account';
}

function isPublic(world: World, name: string): boolean {
  return world.repositories.some((one) => same(one.name, name) && one.visibility === 'public');
}

function knowsPassword(scene: Scene, form: { readonly login: string; readonly password: string }): boolean {
  return findUser(scene.standing.world, form.login)?.password === form.password;
}

function signsInOrOut({ path }: ContractRequest): boolean {
  return SIGNING_PATHS.includes(path) || path.startsWith('/sessions/');
}

const SIGNING_PATHS = ['/login', '/session', '/logout', '/switch_account'];

function grantedUser({ request, standing }: Scene): string | null {
  const { body } = request;
  if (body.kind === 'grant') return body.login;
  if (body.kind !== 'refresh') return null;
  const holder = standing.tokens.get(body.token);
  return holder?.kind === 'refresh' ? holder.login : null;
}

/** Whose things the request would change; none when it only reads. */
function writtenOwners({ surface, request }: Scene, own: string): readonly string[] {
  if (surface.kind === 'git') return surface.write ? [surface.owner] : [];
  if (surface.kind === 'graphql') {
    const { body } = request;
    if (body.kind !== 'graphql' || !body.mutation) return [];
    return body.owners.length > 0 ? body.owners : [own];
  }
  if (surface.kind !== 'rest' || READING_METHODS.includes(request.method)) return [];
  return [OWNER_IN_PATH.exec(request.path)?.[1] ?? own];
}

const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const OWNER_IN_PATH = /^\/(?:repos|orgs|users)\/([^/]+)/;
