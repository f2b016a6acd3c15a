// Lines of the command line that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

export const commandLineMutants: readonly Mutant[] = [
  {
    holds: ['C7'],
    file: 'src/cli/_starter-files.ts',
    line: "crlUrl === null ? 'ca: { dir: ca }'",
    becomes: "crlUrl !== 'x' ? 'ca: { dir: ca }'",
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C7 init' }],
  },
  {
    holds: ['C7'],
    file: 'src/cli/_starter-files.ts',
    line: 'mode: ${mode}',
    becomes: 'mode: enforce',
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C7 init' }],
  },
  {
    holds: ['C7'],
    file: 'src/cli/user.ts',
    line: 'return ok(own ?? DEFAULT_USERS_FILE)',
    becomes: 'return ok(DEFAULT_USERS_FILE)',
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C7 user' }],
  },
  {
    holds: ['C7'],
    file: 'src/cli/at-hand.ts',
    line: 'return urlOf(open.proxy, PROXY_WORDS)',
    becomes: 'return ok(DEFAULT_PROXY)',
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C7 C8' }],
  },
  {
    holds: ['C7', 'C8'],
    file: 'src/cli/at-hand.ts',
    line: 'own === undefined ? ok(DEFAULT_ADMIN)',
    becomes: 'own !== null ? ok(DEFAULT_ADMIN)',
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C7 C8' }],
  },
  {
    holds: ['C7', 'C8'],
    file: 'src/cli/at-hand.ts',
    line: 'if (admin !== undefined && tokenFile !== undefined)',
    becomes: 'if (options.admin === null)',
    red: [{ file: 'src/cli/at-hand.test.ts', test: 'C7 C8 settings' }],
  },
  {
    holds: ['C7'],
    file: 'src/cli/at-hand.ts',
    line: 'settings.listeners.filter((listener) => !wantsProxyHeader(listener))',
    becomes: 'settings.listeners.filter((listener) => !Array.isArray(listener))',
    red: [{ file: 'src/cli/at-hand.test.ts', test: 'C7 listenerAtHand() chooses' }],
  },
  {
    holds: ['C7', 'C8'],
    file: 'src/cli/at-hand.ts',
    line: 'if (port === 0)',
    becomes: 'if (port < 0)',
    red: [{ file: 'src/cli/at-hand.test.ts', test: 'C7 C8 a port' }],
  },
  {
    holds: ['C8'],
    file: 'src/cli/at-hand.ts',
    line: 'settings.value?.policy ?? DEFAULT_POLICY_FILE',
    becomes: 'DEFAULT_POLICY_FILE',
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C8 a policy' }],
  },
  {
    holds: ['C8'],
    file: 'src/cli/program.ts',
    line: "first === '--version' || first === '-V'",
    becomes: "first === '-V'",
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C8 --version' }],
  },
  {
    holds: ['C8'],
    file: 'src/compose/trouble.ts',
    line: "holder === null ? ''",
    becomes: "holder !== '' ? ''",
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C8 a port' }],
  },
  {
    holds: ['C8'],
    file: 'src/cli/settings-file.ts',
    line: 'if (existsSync(resolve(cli.terminal.cwd, file)))',
    becomes: "if (file !== '')",
    red: [{ file: 'test/journeys/first-day.test.ts', test: 'C8 settings' }],
  },
  {
    holds: ['C10'],
    file: 'src/identity/htpasswd.ts',
    line: 'if (line.startsWith(BYTE_ORDER_MARK)) return MARKED;',
    becomes: '',
    red: [{ file: 'src/identity/htpasswd.test.ts', test: 'C10 parseHtpasswd() names a byte' }],
  },
  {
    holds: ['C10'],
    file: 'src/identity/htpasswd.ts',
    line: 'more.length > 0 && BCRYPT.test(hash.trim())',
    becomes: 'more.length > 99',
    red: [{ file: 'src/identity/htpasswd.test.ts', test: 'C10 parseHtpasswd() names a third' }],
  },
];
