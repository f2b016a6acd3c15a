// Who plays: the accounts, tokens and addresses that scenes need, by name; from the demo or from the administrator.
// Must not know the scenes.
import { DEFAULT_WORLD } from '../../core/contract/default-world.ts';
import { findUser } from '../../core/contract/standing.ts';

/** Every prop, and the environment variable that brings it to a real network; null where only the demo has it. */
export const PROP_VARIABLES: Readonly<Record<PropName, string | null>> = {
  memberClassic: 'GATEWRIGHT_TOKEN_MEMBER',
  memberFine: 'GATEWRIGHT_TOKEN_MEMBER_FINE',
  memberOauth: 'GATEWRIGHT_TOKEN_MEMBER_OAUTH',
  memberApp: 'GATEWRIGHT_TOKEN_MEMBER_APP',
  memberSession: 'GATEWRIGHT_SESSION_MEMBER',
  outsiderClassic: 'GATEWRIGHT_TOKEN_OUTSIDER',
  outsiderFine: 'GATEWRIGHT_TOKEN_OUTSIDER_FINE',
  outsiderOauth: 'GATEWRIGHT_TOKEN_OUTSIDER_OAUTH',
  outsiderApp: 'GATEWRIGHT_TOKEN_OUTSIDER_APP',
  outsiderRefresh: 'GATEWRIGHT_TOKEN_OUTSIDER_REFRESH',
  outsiderSession: 'GATEWRIGHT_SESSION_OUTSIDER',
  appClientId: 'GATEWRIGHT_CLIENT_ID',
  appClientSecret: 'GATEWRIGHT_CLIENT_SECRET',
  installation: 'GATEWRIGHT_TOKEN_INSTALLATION',
  installationOutside: 'GATEWRIGHT_TOKEN_INSTALLATION_OUTSIDE',
  repositoryInside: 'GATEWRIGHT_REPOSITORY_INSIDE',
  repositoryOutside: 'GATEWRIGHT_REPOSITORY_OUTSIDE',
  exemptProxy: 'GATEWRIGHT_PROXY_EXEMPT',
  staffProxy: null,
  memberLogin: null,
  memberPassword: null,
  outsiderLogin: null,
  outsiderPassword: null,
  outsideAppKey: null,
  otherPlanHost: null,
  /** Made by scenes on the way. */
  sharedSession: null,
  copilotHost: null,
  outsiderCopilot: null,
  mintedOutside: null,
  /** The program of this name, where it is installed. */
  git: null,
};

export type PropName =
  | 'memberClassic'
  | 'memberFine'
  | 'memberOauth'
  | 'memberApp'
  | 'memberSession'
  | 'outsiderClassic'
  | 'outsiderFine'
  | 'outsiderOauth'
  | 'outsiderApp'
  | 'outsiderRefresh'
  | 'outsiderSession'
  | 'appClientId'
  | 'appClientSecret'
  | 'installation'
  | 'installationOutside'
  | 'repositoryInside'
  | 'repositoryOutside'
  | 'exemptProxy'
  | 'staffProxy'
  | 'memberLogin'
  | 'memberPassword'
  | 'outsiderLogin'
  | 'outsiderPassword'
  | 'outsideAppKey'
  | 'otherPlanHost'
  | 'sharedSession'
  | 'copilotHost'
  | 'outsiderCopilot'
  | 'mintedOutside'
  | 'git';

/** What is there; scenes add what they make. */
export type Props = Map<PropName, string>;

/** The demo's people and tokens, which are those of the default world. */
export function demoCast(): Props {
  const { installations } = DEFAULT_WORLD;
  const member = findUser(DEFAULT_WORLD, 'mona_octo');
  const outsider = findUser(DEFAULT_WORLD, 'monalisa');
  const entries: readonly (readonly [PropName, string | undefined])[] = [
    ['memberLogin', member?.login],
    ['memberPassword', member?.password],
    ['memberClassic', tokenOf('mona_octo', 'ghp_')],
    ['memberFine', tokenOf('mona_octo', 'github_pat_')],
    ['memberOauth', tokenOf('mona_octo', 'gho_')],
    ['memberApp', tokenOf('mona_octo', 'ghu_')],
    ['outsiderLogin', outsider?.login],
    ['outsiderPassword', outsider?.password],
    ['outsiderClassic', tokenOf('monalisa', 'ghp_')],
    ['outsiderFine', tokenOf('monalisa', 'github_pat_')],
    ['appClientId', 'Iv1.walkthrough'],
    ['appClientSecret', 'walkthrough'],
    ['installation', installations.find((one) => one.organization === 'octo-org')?.token],
    ['installationOutside', installations.find((one) => one.organization === 'open-org')?.token],
    ['repositoryInside', 'octo-org/app'],
    ['repositoryOutside', 'open-org/hello'],
    ['otherPlanHost', 'api.individual.githubcopilot.com'],
  ];
  return new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** What the administrator brings; variables that are empty count as missing. */
export function castFrom(variables: Readonly<Record<string, string | undefined>>): Props {
  const props: Props = new Map<PropName, string>([['repositoryOutside', PUBLIC_REPOSITORY]]);
  for (const name of propNames()) {
    const variable = PROP_VARIABLES[name];
    const value = variable === null ? '' : (variables[variable] ?? '').trim();
    if (value !== '') props.set(name, value);
  }
  return props;
}

// GitHub's own, made for trying things (GitHub Docs, "Hello World").
const PUBLIC_REPOSITORY = 'octocat/Hello-World';

/** Why a prop is missing, for whoever could bring it. */
export function whyMissing(name: PropName): string {
  if (name === 'git') return 'git is not installed';
  const variable = PROP_VARIABLES[name];
  return variable === null ? 'only the demo can play this' : `${variable} is not set`;
}

export function propNames(): readonly PropName[] {
  // The keys of a constant are its type's.
  return Object.keys(PROP_VARIABLES) as PropName[];
}

function tokenOf(login: string, prefix: string): string | undefined {
  return DEFAULT_WORLD.tokens.find(({ token, user }) => user === login && token.startsWith(prefix))?.token;
}
