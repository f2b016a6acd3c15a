// Cases of git over HTTPS: who clones and pushes.
import { type ContractCase, HUGO, LISA, MONA, OPEN_BOT } from './case.ts';
import { API_OCTO } from './seed-page.ts';

const OCTO = ['octo-corp'];
const gitOut = { kind: 'refuse', by: 'C-GIT-OUT', status: 403, message: API_OCTO } as const;
const READ = '/info/refs?service=git-upload-pack';
const PUSH = '/info/refs?service=git-receive-pack';

export const GIT_CASES: readonly ContractCase[] = [
  {
    id: 'C-GIT-IN',
    sign: 'positive',
    name: 'a member clones',
    asked: {
      url: `https://github.com/octo-org/app.git${READ}`,
      token: MONA,
      basicUser: 'anything',
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-GIT-IN' },
  },
  {
    id: 'C-GIT-IN',
    sign: 'positive',
    name: 'a member pushes',
    asked: {
      url: 'https://github.com/octo-org/app/git-receive-pack',
      method: 'POST',
      token: MONA,
      basicUser: 'x',
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-GIT-IN' },
  },
  {
    id: 'C-GIT-IN',
    sign: 'negative',
    name: 'a page is not git',
    asked: { url: 'https://github.com/octo-org/app', session: 'mona_octo', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },

  {
    id: 'C-GIT-OUT',
    sign: 'positive',
    name: 'an outsider does not clone',
    asked: {
      url: `https://github.com/octo-org/app.git${READ}`,
      token: LISA,
      basicUser: 'monalisa',
      restriction: OCTO,
    },
    says: gitOut,
  },
  {
    id: 'C-GIT-OUT',
    sign: 'positive',
    name: 'not even what is public',
    asked: {
      url: `https://github.com/open-org/hello${READ}`,
      token: LISA,
      basicUser: 'monalisa',
      restriction: OCTO,
    },
    says: gitOut,
  },
  {
    id: 'C-GIT-OUT',
    sign: 'positive',
    name: 'nor pushes to what is theirs',
    asked: {
      url: `https://github.com/monalisa/notes.git${PUSH}`,
      token: LISA,
      basicUser: 'x',
      restriction: OCTO,
    },
    says: gitOut,
  },
  {
    id: 'C-GIT-OUT',
    sign: 'positive',
    name: 'a user of another enterprise is an outsider',
    asked: {
      url: `https://github.com/hexa-org/app.git${READ}`,
      token: HUGO,
      basicUser: 'x',
      restriction: OCTO,
    },
    says: gitOut,
  },
  {
    id: 'C-GIT-OUT',
    sign: 'positive',
    name: 'with the token as user name',
    asked: {
      url: `https://github.com/monalisa/notes.git${READ}`,
      token: '',
      basicUser: LISA,
      restriction: OCTO,
    },
    says: gitOut,
  },
  {
    id: 'C-GIT-OUT',
    sign: 'negative',
    name: 'without the header the same push works',
    asked: { url: `https://github.com/monalisa/notes.git${PUSH}`, token: LISA, basicUser: 'x' },
    says: { kind: 'proceed', by: 'C-05' },
  },

  {
    id: 'C-GIT-ANON',
    sign: 'positive',
    name: 'anybody reads what is public',
    asked: { url: `https://github.com/open-org/hello.git${READ}`, restriction: OCTO },
    says: { kind: 'proceed', by: 'C-GIT-ANON' },
  },
  {
    id: 'C-GIT-ANON',
    sign: 'positive',
    name: 'nobody pushes without credentials',
    asked: { url: `https://github.com/open-org/hello.git${PUSH}`, restriction: OCTO },
    says: { kind: 'refuse', by: 'C-GIT-ANON', status: 401 },
  },
  {
    id: 'C-GIT-ANON',
    sign: 'positive',
    name: 'nor without the header',
    asked: { url: 'https://github.com/open-org/hello/git-receive-pack', method: 'POST' },
    says: { kind: 'refuse', by: 'C-GIT-ANON', status: 401 },
  },
  {
    id: 'C-GIT-ANON',
    sign: 'positive',
    name: 'what is internal asks for credentials',
    asked: { url: `https://github.com/octo-org/app${READ}`, restriction: OCTO },
    says: { kind: 'refuse', by: 'C-GIT-ANON', status: 401 },
  },
  {
    id: 'C-GIT-ANON',
    sign: 'negative',
    name: 'an app is not anonymous',
    asked: {
      url: `https://github.com/open-org/hello${READ}`,
      token: OPEN_BOT,
      basicUser: 'x-access-token',
      restriction: OCTO,
    },
    says: { kind: 'proceed', by: 'C-INST-READ' },
  },
];
