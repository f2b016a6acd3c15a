// Cases of apps and their installation tokens.
// Must not know users' tokens.
import { type ContractCase, NEW_FORM, OCTO_BOT, OPEN_BOT } from './case.ts';
import { INSTALLATION_OCTO } from './seed-page.ts';

const OCTO = ['12345'];
const OUTSIDE = 'https://api.github.com/repos/open-org/hello';
const INSIDE = 'https://api.github.com/repos/octo-org/app';
const GRAPHQL = { url: 'https://api.github.com/graphql', method: 'POST' } as const;
const noWrite = { kind: 'refuse', by: 'C-INST-WRITE', status: 403, message: INSTALLATION_OCTO } as const;
const bad = { kind: 'refuse', by: 'C-TOKEN-BAD', status: 401, message: 'Bad credentials' } as const;

export const INSTALLATION_CASES: readonly ContractCase[] = [
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'an installation reads outside',
    asked: { url: OUTSIDE, token: OCTO_BOT, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'so does one from outside',
    asked: { url: OUTSIDE, token: OPEN_BOT, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'by HEAD',
    asked: { url: OUTSIDE, method: 'HEAD', token: OPEN_BOT, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'by a query',
    asked: {
      ...GRAPHQL,
      token: OPEN_BOT,
      restriction: OCTO,
      body: { kind: 'graphql', mutation: false, owners: ['open-org'] },
    },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'by a clone',
    asked: {
      url: 'https://github.com/open-org/hello/git-upload-pack',
      method: 'POST',
      token: OPEN_BOT,
      basicUser: 'x-access-token',
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'with a token of the new form',
    asked: { url: OUTSIDE, token: NEW_FORM, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-READ',
    sign: 'negative',
    name: 'writing is another matter',
    asked: { url: OUTSIDE, method: 'PATCH', token: OPEN_BOT, restriction: OCTO },
    says: noWrite,
  },

  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by REST',
    asked: { url: `${OUTSIDE}/issues`, method: 'POST', token: OPEN_BOT, restriction: OCTO },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by DELETE',
    asked: { url: `${OUTSIDE}/issues/1`, method: 'DELETE', token: OCTO_BOT, restriction: OCTO },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'to an organization',
    asked: {
      url: 'https://api.github.com/orgs/open-org/hooks',
      method: 'POST',
      token: OCTO_BOT,
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'to what a user has',
    asked: {
      url: 'https://api.github.com/users/monalisa/projects',
      method: 'POST',
      token: OCTO_BOT,
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'negative',
    name: 'to the organization inside',
    asked: {
      url: 'https://api.github.com/orgs/octo-org/hooks',
      method: 'POST',
      token: OCTO_BOT,
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by a method that nobody knows',
    asked: { url: OUTSIDE, method: 'PURGE', token: OPEN_BOT, restriction: OCTO },
    says: noWrite,
  },
  {
    id: 'C-INST-READ',
    sign: 'positive',
    name: 'by OPTIONS',
    asked: { url: OUTSIDE, method: 'OPTIONS', token: OPEN_BOT, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'with an installation inside',
    asked: { url: `${OUTSIDE}/issues`, method: 'POST', token: OCTO_BOT, restriction: OCTO },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'with a token of the new form',
    asked: { url: `${OUTSIDE}/issues`, method: 'POST', token: NEW_FORM, restriction: OCTO },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'to a user account',
    asked: {
      url: 'https://api.github.com/repos/monalisa/notes/issues',
      method: 'POST',
      token: OCTO_BOT,
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'to another enterprise',
    asked: {
      url: 'https://api.github.com/repos/hexa-org/app',
      method: 'PATCH',
      token: OCTO_BOT,
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by a mutation',
    asked: {
      ...GRAPHQL,
      token: OCTO_BOT,
      restriction: OCTO,
      body: { kind: 'graphql', mutation: true, owners: ['open-org'] },
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by a mutation of which one part is outside',
    asked: {
      ...GRAPHQL,
      token: OCTO_BOT,
      restriction: OCTO,
      body: { kind: 'graphql', mutation: true, owners: ['octo-org', 'open-org'] },
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'by a push',
    asked: {
      url: 'https://github.com/open-org/hello/git-receive-pack',
      method: 'POST',
      token: OCTO_BOT,
      basicUser: 'x-access-token',
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'positive',
    name: 'before a push begins',
    asked: {
      url: 'https://github.com/open-org/hello/info/refs?service=git-receive-pack',
      token: OPEN_BOT,
      basicUser: 'x-access-token',
      restriction: OCTO,
    },
    says: noWrite,
  },
  {
    id: 'C-INST-WRITE',
    sign: 'negative',
    name: 'inside',
    asked: { url: `${INSIDE}/issues`, method: 'POST', token: OCTO_BOT, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-WRITE',
    sign: 'negative',
    name: 'inside, by a mutation',
    asked: {
      ...GRAPHQL,
      token: OCTO_BOT,
      restriction: OCTO,
      body: { kind: 'graphql', mutation: true, owners: ['octo-org'] },
    },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
  {
    id: 'C-INST-WRITE',
    sign: 'negative',
    name: 'outside, without the header',
    asked: { url: `${OUTSIDE}/issues`, method: 'POST', token: OPEN_BOT },
    says: { kind: 'proceed', by: 'C-05' },
  },

  {
    id: 'C-INST-MINT',
    sign: 'positive',
    name: 'a token for an outside organization is made',
    asked: {
      url: 'https://api.github.com/app/installations/2002/access_tokens',
      method: 'POST',
      token: 'eyJ.e.s',
      app: 'open-bot',
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-INST-MINT' },
  },
  {
    id: 'C-INST-MINT',
    sign: 'negative',
    name: 'but not for a token that nobody signed',
    asked: {
      url: 'https://api.github.com/app/installations/2002/access_tokens',
      method: 'POST',
      token: 'eyJ.e.s',
      restriction: OCTO,
    },
    says: bad,
  },
];
