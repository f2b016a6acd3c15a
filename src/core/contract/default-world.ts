// The world that the simulator starts with when it is given none. Token values are fixed, so that examples can name them.
// Must not know how a world is read from a file.
import type { World } from './world.ts';

/** Two enterprises with the feature, one without, an organization and a person that belong to none. */
export const DEFAULT_WORLD: World = {
  multipleEnterprises: 'allow',
  enterprises: [
    { id: '12345', slug: 'octo-corp', shortcode: 'octo', restrictions: 'enabled', showActorIp: true },
    { id: '67890', slug: 'hexa-corp', shortcode: 'hexa', restrictions: 'enabled', showActorIp: false },
    { id: '11111', slug: 'dormant-corp', shortcode: 'dorm', restrictions: 'disabled', showActorIp: false },
  ],
  organizations: [
    { login: 'octo-org', enterprise: 'octo-corp' },
    { login: 'hexa-org', enterprise: 'hexa-corp' },
    { login: 'open-org', enterprise: null },
  ],
  users: [
    { login: 'mona_octo', enterprise: 'octo-corp', password: 'octo-secret', copilot: 'business' },
    { login: 'hugo_hexa', enterprise: 'hexa-corp', password: 'hexa-secret', copilot: 'enterprise' },
    { login: 'monalisa', enterprise: null, password: 'personal-secret', copilot: 'individual' },
  ],
  repositories: [
    { name: 'octo-org/app', visibility: 'internal' },
    { name: 'hexa-org/app', visibility: 'internal' },
    { name: 'open-org/hello', visibility: 'public' },
    { name: 'monalisa/notes', visibility: 'private' },
  ],
  tokens: [
    { token: 'ghp_MonaOctoClassic000000000000000000000', user: 'mona_octo' },
    {
      token: 'github_pat_MonaOctoFine0000000_0000000000000000000000000000000000000000000000000000000000',
      user: 'mona_octo',
    },
    { token: 'gho_MonaOctoOauth00000000000000000000000', user: 'mona_octo' },
    { token: 'ghu_MonaOctoApp0000000000000000000000000', user: 'mona_octo' },
    {
      token: 'ghr_MonaOctoRefresh00000000000000000000000000000000000000000000000000000000000000',
      user: 'mona_octo',
    },
    { token: 'ghp_HugoHexaClassic000000000000000000000', user: 'hugo_hexa' },
    { token: 'gho_HugoHexaOauth00000000000000000000000', user: 'hugo_hexa' },
    { token: 'ghp_MonalisaClassic000000000000000000000', user: 'monalisa' },
    {
      token: 'github_pat_MonalisaFine0000000_0000000000000000000000000000000000000000000000000000000000',
      user: 'monalisa',
    },
    { token: 'gho_MonalisaOauth00000000000000000000000', user: 'monalisa' },
    { token: 'ghu_MonalisaApp0000000000000000000000000', user: 'monalisa' },
    {
      token: 'ghr_MonalisaRefresh00000000000000000000000000000000000000000000000000000000000000',
      user: 'monalisa',
    },
  ],
  installations: [
    {
      id: 1001,
      app: 'octo-bot',
      organization: 'octo-org',
      token: 'ghs_OctoBotInstall0000000000000000000000',
    },
    {
      id: 2002,
      app: 'open-bot',
      organization: 'open-org',
      token: 'ghs_OpenBotInstall0000000000000000000000',
    },
  ],
};
