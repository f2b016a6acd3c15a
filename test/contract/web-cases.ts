// Cases of the web: who signs in, who browses.
import type { ContractCase } from './case.ts';
import { WEB_BOTH, WEB_OCTO } from './seed-page.ts';

const OCTO = ['octo-corp'];
const stale = { kind: 'refuse', by: 'C-WEB-STALE', status: 403, message: WEB_OCTO } as const;
const signIn = (login: string, password: string) =>
  ({
    url: 'https://github.com/session',
    method: 'POST',
    body: { kind: 'sign-in', login, password },
  }) as const;
const switchTo = (login: string) =>
  ({ url: 'https://github.com/switch_account', method: 'POST', body: { kind: 'switch', login } }) as const;

export const WEB_CASES: readonly ContractCase[] = [
  {
    id: 'C-WEB-IN',
    sign: 'positive',
    name: 'a managed user signs in',
    asked: { ...signIn('mona_octo', 'octo-secret'), restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },
  {
    id: 'C-WEB-IN',
    sign: 'positive',
    name: 'a managed user browses',
    asked: { url: 'https://github.com/octo-org/app', session: 'mona_octo', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },
  {
    id: 'C-WEB-IN',
    sign: 'positive',
    name: 'a wrong password is not a matter of the enterprise',
    asked: { ...signIn('monalisa', 'guess'), restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },
  {
    id: 'C-WEB-IN',
    sign: 'negative',
    name: 'a user of another enterprise does not',
    asked: { ...signIn('hugo_hexa', 'hexa-secret'), restriction: OCTO },
    says: { kind: 'refuse', by: 'C-WEB-OUT', status: 403, message: WEB_OCTO },
  },

  {
    id: 'C-WEB-OUT',
    sign: 'positive',
    name: 'a personal account cannot sign in',
    asked: { ...signIn('monalisa', 'personal-secret'), restriction: OCTO },
    says: { kind: 'refuse', by: 'C-WEB-OUT', status: 403, message: WEB_OCTO },
  },
  {
    id: 'C-WEB-OUT',
    sign: 'positive',
    name: 'both enterprises are named',
    asked: { ...signIn('monalisa', 'personal-secret'), restriction: ['12345,67890'] },
    says: { kind: 'refuse', by: 'C-WEB-OUT', status: 403, message: WEB_BOTH },
  },
  {
    id: 'C-WEB-OUT',
    sign: 'negative',
    name: 'a user of the second enterprise signs in',
    asked: { ...signIn('hugo_hexa', 'hexa-secret'), restriction: ['12345,67890'] },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },

  {
    id: 'C-WEB-SWITCH',
    sign: 'positive',
    name: 'the switcher does not lead out',
    asked: { ...switchTo('monalisa'), session: 'mona_octo', restriction: OCTO },
    says: { kind: 'refuse', by: 'C-WEB-SWITCH', status: 403, message: WEB_OCTO },
  },
  {
    id: 'C-WEB-SWITCH',
    sign: 'negative',
    name: 'it leads in, from outside',
    asked: { ...switchTo('mona_octo'), session: 'monalisa', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-STALE' },
  },
  {
    id: 'C-WEB-SWITCH',
    sign: 'negative',
    name: 'it leads to a colleague',
    asked: { ...switchTo('mona_octo'), session: 'mona_octo', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-IN' },
  },

  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'the front page',
    asked: { url: 'https://github.com/', session: 'monalisa', restriction: OCTO },
    says: stale,
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'a public repository',
    asked: { url: 'https://github.com/open-org/hello', session: 'monalisa', restriction: OCTO },
    says: stale,
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'approving a device',
    asked: { url: 'https://github.com/login/device', method: 'POST', session: 'monalisa', restriction: OCTO },
    says: stale,
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'approving an application',
    asked: { url: 'https://github.com/login/oauth/authorize', session: 'hugo_hexa', restriction: OCTO },
    says: stale,
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'the sign-in page stays',
    asked: { url: 'https://github.com/login', session: 'monalisa', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-STALE' },
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'signing out stays',
    asked: { url: 'https://github.com/logout', method: 'POST', session: 'monalisa', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-STALE' },
  },
  {
    id: 'C-WEB-STALE',
    sign: 'positive',
    name: 'signing in with an account of the enterprise stays',
    asked: { ...signIn('mona_octo', 'octo-secret'), session: 'monalisa', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-STALE' },
  },
  {
    id: 'C-WEB-STALE',
    sign: 'negative',
    name: 'without the header the same session browses',
    asked: { url: 'https://github.com/', session: 'monalisa' },
    says: { kind: 'proceed', by: 'C-05' },
  },
  {
    id: 'C-WEB-STALE',
    sign: 'negative',
    name: 'a session that has ended is nobody',
    asked: { url: 'https://github.com/', session: 'ended', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-ANON' },
  },

  {
    id: 'C-WEB-ANON',
    sign: 'positive',
    name: 'an anonymous page works',
    asked: { url: 'https://github.com/open-org/hello', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-ANON' },
  },
  {
    id: 'C-WEB-ANON',
    sign: 'positive',
    name: 'so does an anonymous request to the API',
    asked: { url: 'https://api.github.com/meta', restriction: OCTO },
    says: { kind: 'proceed', by: 'C-WEB-ANON' },
  },
  {
    id: 'C-WEB-ANON',
    sign: 'negative',
    name: 'a session is somebody',
    asked: { url: 'https://github.com/open-org/hello', session: 'hugo_hexa', restriction: OCTO },
    says: stale,
  },
];
