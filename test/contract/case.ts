// One worked case of the contract: a request in words, and what GitHub says to it. Must not know how the judge works.
import type { HeaderLines } from '../../src/core/base/header-lines.ts';
import { DEFAULT_WORLD } from '../../src/core/contract/default-world.ts';
import type { BodyFacts, ContractRequest } from '../../src/core/contract/request.ts';
import { type Holder, type Standing, standingOf } from '../../src/core/contract/standing.ts';
import type { ContractId, Verdict } from '../../src/core/contract/verdict.ts';
import type { World } from '../../src/core/contract/world.ts';

/** What a case says of its request; what is left out is the default. */
export interface Asked {
  /** `https://HOST/PATH?QUERY`. */
  readonly url: string;
  readonly method?: string;
  /** One header line each; none without. */
  readonly restriction?: readonly string[];
  readonly token?: string;
  /** The login of a session that exists already. */
  readonly session?: string;
  /** Sent as Basic credentials of this user name. */
  readonly basicUser?: string;
  readonly websocket?: boolean;
  readonly body?: BodyFacts;
  readonly app?: string;
}

export interface ContractCase {
  readonly id: ContractId;
  /** `positive`: the row decides this request. `negative`: it leaves a similar one to another row. */
  readonly sign: 'positive' | 'negative';
  readonly name: string;
  readonly asked: Asked;
  readonly world?: Partial<World>;
  readonly says: {
    readonly kind: Verdict['kind'];
    readonly by: ContractId;
    readonly status?: number;
    readonly message?: string;
  };
}

export const MONA = 'ghp_MonaOctoClassic000000000000000000000';
export const HUGO = 'ghp_HugoHexaClassic000000000000000000000';
export const LISA = 'ghp_MonalisaClassic000000000000000000000';
export const OCTO_BOT = 'ghs_OctoBotInstall0000000000000000000000';
export const OPEN_BOT = 'ghs_OpenBotInstall0000000000000000000000';
export const COPILOT_MONA = 'tid=00aa;exp=4102444800;sku=copilot_for_business_seat_quota:sig';
export const COPILOT_LISA = 'tid=00bb;exp=4102444800;sku=plus_monthly_subscriber_quota:sig';
/** Today's form of an installation token, with dots. */
export const NEW_FORM: string = `ghs_100001_${'A'.repeat(80)}.${'b'.repeat(300)}.${'C'.repeat(86)}`;

/** When every case happens, and from where. */
export const AT_MS = 1_790_000_000_000;
export const FROM = '203.0.113.7';

export function standingFor(world: Partial<World> = {}): Standing {
  const standing = standingOf({ ...DEFAULT_WORLD, ...world });
  const more: [string, Holder][] = [
    [COPILOT_MONA, { kind: 'copilot', login: 'mona_octo', plan: 'business' }],
    [COPILOT_LISA, { kind: 'copilot', login: 'monalisa', plan: 'individual' }],
    [NEW_FORM, { kind: 'installation', app: 'octo-bot', organization: 'octo-org' }],
  ];
  const sessions = DEFAULT_WORLD.users.map(({ login }) => [login, { login, accounts: [login] }] as const);
  return { ...standing, tokens: new Map([...standing.tokens, ...more]), sessions: new Map(sessions) };
}

export function requestFor(asked: Asked): ContractRequest {
  const [, host = '', path = '/', query = ''] = /^https:\/\/([^/]+)([^?]*)\??(.*)$/.exec(asked.url) ?? [];
  return {
    host,
    path: path === '' ? '/' : path,
    query,
    method: asked.method ?? 'GET',
    headers: headersFor(asked),
    websocket: asked.websocket ?? false,
    body: asked.body ?? { kind: 'none' },
    app: asked.app ?? null,
    from: FROM,
    atMs: AT_MS,
  };
}

function headersFor({ restriction, token, session, basicUser }: Asked): HeaderLines {
  const basic = `Basic ${Buffer.from(`${basicUser}:${token}`).toString('base64')}`;
  return [
    ...(restriction ?? []).flatMap((value) => ['sec-GitHub-allowed-enterprise', value]),
    ...(token === undefined ? [] : ['Authorization', basicUser === undefined ? `Bearer ${token}` : basic]),
    ...(session === undefined ? [] : ['Cookie', `logged_in=yes; user_session=${session}`]),
  ];
}
