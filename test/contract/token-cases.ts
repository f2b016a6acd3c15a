// Cases of the API and of applications, by kind of token.
import { DEFAULT_WORLD } from '../../src/core/contract/default-world.ts';
import { COPILOT_MONA, type ContractCase, LISA, MONA } from './case.ts';
import { API_OCTO } from './seed-page.ts';

const OCTO = ['12345'];
const USER = 'https://api.github.com/user';
const OUTSIDE = 'https://api.github.com/repos/open-org/hello';
const GRAPHQL = { url: 'https://api.github.com/graphql', method: 'POST' } as const;
const TOKENS = { url: 'https://github.com/login/oauth/access_token', method: 'POST' } as const;
const apiOut = { kind: 'refuse', by: 'C-API-OUT', status: 403, message: API_OCTO } as const;
const grantOut = { ...apiOut, by: 'C-REFRESH-OUT' } as const;
const bad = { kind: 'refuse', by: 'C-TOKEN-BAD', status: 401, message: 'Bad credentials' } as const;

/** Every token of the default world that an API takes, by the login behind it. */
const byKind = (login: string) =>
  DEFAULT_WORLD.tokens
    .filter(({ user, token }) => user === login && !token.startsWith('ghr_'))
    .map(({ token }) => token);
const kindOf = (token: string): string => token.replace(/_[^_]*.*$/, '');
const refreshOf = (login: string): string =>
  DEFAULT_WORLD.tokens.find(({ user, token }) => user === login && token.startsWith('ghr_'))?.token ?? '';

const EVERY_KIND: readonly ContractCase[] = [
  ...byKind('mona_octo').map(
    (token): ContractCase => ({
      id: 'C-API-IN',
      sign: 'positive',
      name: `${kindOf(token)} of a member works`,
      asked: { url: USER, token, restriction: OCTO },
      says: { kind: 'proceed', by: 'C-API-IN' },
    }),
  ),
  ...byKind('monalisa').map(
    (token): ContractCase => ({
      id: 'C-API-OUT',
      sign: 'positive',
      name: `${kindOf(token)} of an outsider is refused`,
      asked: { url: USER, token, restriction: OCTO },
      says: apiOut,
    }),
  ),
  ...byKind('monalisa').map(
    (token): ContractCase => ({
      id: 'C-API-OUT',
      sign: 'negative',
      name: `${kindOf(token)} of an outsider works without the header`,
      asked: { url: USER, token },
      says: { kind: 'proceed', by: 'C-05' },
    }),
  ),
];

export const TOKEN_CASES: readonly ContractCase[] = [
  ...EVERY_KIND,
  {
    id: 'C-API-IN',
    sign: 'negative',
    name: "an outsider's does not",
    asked: { url: USER, token: LISA, restriction: OCTO },
    says: apiOut,
  },
  {
    id: 'C-API-OUT',
    sign: 'positive',
    name: 'by GraphQL',
    asked: {
      ...GRAPHQL,
      token: LISA,
      restriction: OCTO,
      body: { kind: 'graphql', mutation: false, owners: [] },
    },
    says: apiOut,
  },
  {
    id: 'C-API-OUT',
    sign: 'positive',
    name: 'by Basic credentials',
    asked: { url: USER, token: LISA, basicUser: 'monalisa', restriction: OCTO },
    says: apiOut,
  },
  {
    id: 'C-API-OUT',
    sign: 'positive',
    name: 'even for what is public',
    asked: { url: OUTSIDE, token: LISA, restriction: OCTO },
    says: apiOut,
  },
  {
    id: 'C-API-OUT',
    sign: 'positive',
    name: 'shown to a page',
    asked: { url: 'https://github.com/octo-org/app', token: LISA, restriction: OCTO },
    says: apiOut,
  },

  {
    id: 'C-REFRESH-OUT',
    sign: 'positive',
    name: 'an outsider is not refreshed',
    asked: { ...TOKENS, restriction: OCTO, body: { kind: 'refresh', token: refreshOf('monalisa') } },
    says: grantOut,
  },
  {
    id: 'C-REFRESH-OUT',
    sign: 'positive',
    name: 'nor given a first token',
    asked: { ...TOKENS, restriction: OCTO, body: { kind: 'grant', login: 'monalisa' } },
    says: grantOut,
  },
  {
    id: 'C-REFRESH-OUT',
    sign: 'negative',
    name: 'a member is refreshed',
    asked: { ...TOKENS, restriction: OCTO, body: { kind: 'refresh', token: refreshOf('mona_octo') } },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },
  {
    id: 'C-REFRESH-OUT',
    sign: 'negative',
    name: 'an outsider is, without the header',
    asked: { ...TOKENS, body: { kind: 'refresh', token: refreshOf('monalisa') } },
    says: { kind: 'proceed', by: 'C-05' },
  },

  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'an unknown token with the header',
    asked: { url: USER, token: 'ghp_nobody', restriction: OCTO },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'an unknown token without it',
    asked: { url: USER, token: 'ghp_nobody' },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'a refresh token where a token belongs',
    asked: { url: USER, token: refreshOf('mona_octo'), restriction: OCTO },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'a Copilot token at the REST API',
    asked: { url: USER, token: COPILOT_MONA, restriction: OCTO },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'by git',
    asked: {
      url: 'https://github.com/open-org/hello/info/refs?service=git-upload-pack',
      token: 'ghp_nobody',
      basicUser: 'x',
      restriction: OCTO,
    },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'positive',
    name: 'an unknown Copilot token',
    asked: { url: 'https://api.githubcopilot.com/models', token: 'tid=1;exp=2;sku=3:4', restriction: OCTO },
    says: bad,
  },
  {
    id: 'C-TOKEN-BAD',
    sign: 'negative',
    name: 'a known one',
    asked: { url: USER, token: MONA, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-API-IN' },
  },

  {
    id: 'C-LOG',
    sign: 'positive',
    name: 'an API refusal is logged',
    asked: { url: USER, token: LISA, restriction: OCTO },
    says: apiOut,
  },
  {
    id: 'C-LOG',
    sign: 'negative',
    name: 'bad credentials are not',
    asked: { url: USER, token: 'ghp_nobody', restriction: OCTO },
    says: bad,
  },
];
