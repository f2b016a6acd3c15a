// What every client program of a journey is started with: a home of its own, and nothing of this machine's settings.
// Must not know the programs.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/** Neither the machine's proxy nor its certificates, configuration or sign-ins; `folder` becomes its home. */
export function cleanVariables(folder: string): Variables {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const cleared = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    [name, undefined],
    [name.toUpperCase(), undefined],
  ]);
  return {
    ...Object.fromEntries(cleared),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    LC_ALL: 'C.UTF-8',
    ...Object.fromEntries(SPEAKING.map((name) => [name, undefined])),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    // Whoever is asked for a password has failed already.
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Mona',
    GIT_AUTHOR_EMAIL: 'mona@example.com',
    GIT_COMMITTER_NAME: 'Mona',
    GIT_COMMITTER_EMAIL: 'mona@example.com',
  };
}

// Each would speak louder than what a test says.
const SPEAKING = [
  'CURL_CA_BUNDLE',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GIT_SSL_CAINFO',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_USE_ENV_PROXY',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
];
