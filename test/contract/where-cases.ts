// Cases of "where the header counts".
import { type ContractCase, LISA, MONA } from './case.ts';
import { API_OCTO, UNKNOWN } from './seed-page.ts';

const OCTO = ['12345'];
const USER = 'https://api.github.com/user';
const refusedApi = { kind: 'refuse', by: 'C-API-OUT', status: 403, message: API_OCTO } as const;
const unknown = { kind: 'refuse', by: 'C-400-UNKNOWN', status: 400, message: UNKNOWN } as const;

export const WHERE_CASES: readonly ContractCase[] = [
  {
    id: 'C-01',
    sign: 'positive',
    name: 'a host that is not supported ignores the header',
    asked: { url: 'https://gist.github.com/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-01' },
  },
  {
    id: 'C-01',
    sign: 'positive',
    name: 'a wrong header there is no error',
    asked: { url: 'https://uploads.github.com/', restriction: ['nobody', '12345'] },
    says: { kind: 'proceed', by: 'C-01' },
  },
  {
    id: 'C-01',
    sign: 'positive',
    name: 'githubcopilot.com itself is not among its subdomains',
    asked: { url: 'https://githubcopilot.com/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-01' },
  },
  {
    id: 'C-01',
    sign: 'positive',
    name: 'a name that only ends alike is elsewhere',
    asked: { url: 'https://evilgithub.com/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-01' },
  },
  {
    id: 'C-01',
    sign: 'negative',
    name: 'api.github.com heeds it',
    asked: { url: USER, restriction: OCTO, token: LISA },
    says: refusedApi,
  },
  {
    id: 'C-01',
    sign: 'negative',
    name: 'GraphQL heeds it',
    asked: { url: 'https://api.github.com/graphql', method: 'POST', restriction: OCTO, token: LISA },
    says: refusedApi,
  },
  {
    id: 'C-01',
    sign: 'negative',
    name: 'every depth under githubcopilot.com heeds it',
    asked: { url: 'https://api.individual.githubcopilot.com/models', restriction: OCTO, token: LISA },
    says: { ...refusedApi, by: 'C-COPILOT-OUT' },
  },

  {
    id: 'C-02',
    sign: 'positive',
    name: 'githubusercontent ignores it',
    asked: { url: 'https://raw.githubusercontent.com/a/b', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-02' },
  },
  {
    id: 'C-02',
    sign: 'positive',
    name: 'githubassets ignores it',
    asked: { url: 'https://github.githubassets.com/x.js', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-02' },
  },
  {
    id: 'C-02',
    sign: 'positive',
    name: 'a WebSocket on alive.github.com ignores it',
    asked: {
      url: 'https://alive.github.com/_sockets/u/1/ws',
      websocket: true,
      restriction: OCTO,
      session: 'monalisa',
    },
    says: { kind: 'proceed', by: 'C-02' },
  },
  {
    id: 'C-02',
    sign: 'positive',
    name: 'a WebSocket on github.com ignores it',
    asked: { url: 'https://github.com/_sockets', websocket: true, restriction: OCTO, session: 'monalisa' },
    says: { kind: 'proceed', by: 'C-02' },
  },
  {
    id: 'C-02',
    sign: 'negative',
    name: 'a WebSocket on a Copilot host heeds it',
    asked: {
      url: 'https://api.githubcopilot.com/responses',
      websocket: true,
      restriction: OCTO,
      token: LISA,
    },
    says: { ...refusedApi, by: 'C-COPILOT-OUT' },
  },

  {
    id: 'C-03',
    sign: 'positive',
    name: 'github.dev is not covered',
    asked: { url: 'https://github.dev/octo-org/app', restriction: OCTO, session: 'monalisa' },
    says: { kind: 'proceed', by: 'C-03' },
  },
  {
    id: 'C-03',
    sign: 'positive',
    name: 'a codespace is not covered',
    asked: { url: 'https://x-1.github.dev/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-03' },
  },
  {
    id: 'C-03',
    sign: 'positive',
    name: 'Pages are not covered',
    asked: { url: 'https://octo-org.github.io/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-03' },
  },
  {
    id: 'C-03',
    sign: 'positive',
    name: 'ssh.github.com is not covered',
    asked: { url: 'https://ssh.github.com/', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-03' },
  },
  {
    id: 'C-03',
    sign: 'negative',
    name: 'the same repository on github.com is',
    asked: { url: 'https://github.com/octo-org/app', restriction: OCTO, session: 'monalisa' },
    says: { kind: 'refuse', by: 'C-WEB-STALE', status: 403 },
  },

  {
    id: 'C-04',
    sign: 'positive',
    name: 'data residency needs no header',
    asked: { url: 'https://octo.ghe.com/', restriction: ['nobody'], token: LISA },
    says: { kind: 'proceed', by: 'C-04' },
  },
  {
    id: 'C-04',
    sign: 'positive',
    name: 'nor does its API',
    asked: { url: 'https://api.octo.ghe.com/user', restriction: OCTO, token: LISA },
    says: { kind: 'proceed', by: 'C-04' },
  },
  {
    id: 'C-04',
    sign: 'negative',
    name: 'GitHub.com does',
    asked: { url: USER, restriction: OCTO, token: LISA },
    says: refusedApi,
  },

  {
    id: 'C-05',
    sign: 'positive',
    name: "without the header a stranger's token works",
    asked: { url: USER, token: LISA },
    says: { kind: 'proceed', by: 'C-05' },
  },
  {
    id: 'C-05',
    sign: 'positive',
    name: "without the header a stranger's session works",
    asked: { url: 'https://github.com/', session: 'monalisa' },
    says: { kind: 'proceed', by: 'C-05' },
  },
  {
    id: 'C-05',
    sign: 'positive',
    name: 'without the header a stranger signs in',
    asked: {
      url: 'https://github.com/session',
      method: 'POST',
      body: { kind: 'sign-in', login: 'monalisa', password: 'personal-secret' },
    },
    says: { kind: 'proceed', by: 'C-05' },
  },
  {
    id: 'C-05',
    sign: 'positive',
    name: 'without the header an installation writes outside',
    asked: {
      url: 'https://api.github.com/repos/open-org/hello/issues',
      method: 'POST',
      token: 'ghs_OpenBotInstall0000000000000000000000',
    },
    says: { kind: 'proceed', by: 'C-05' },
  },
  {
    id: 'C-05',
    sign: 'negative',
    name: 'with it the token does not',
    asked: { url: USER, restriction: OCTO, token: LISA },
    says: refusedApi,
  },
  {
    id: 'C-05',
    sign: 'negative',
    name: 'an empty header is a header',
    asked: { url: USER, restriction: [''], token: MONA },
    says: unknown,
  },
];
