// The example for Copilot alone lets in exactly what is documented, by path, and nothing else of GitHub.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDestination } from '../../src/core/base/destination.ts';
import { faultText } from '../../src/core/base/document.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { decideConnection } from '../../src/core/policy/decide/decide-connection.ts';
import { decideRequest } from '../../src/core/policy/decide/decide-request.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';

const EXAMPLE = new URL('../../examples/copilot-only.policy.yaml', import.meta.url);
const WITHOUT_SIGN_IN =
  'version: 1\nrestrict: { enterprises: ["12345"] }\ncopilot: { plans: [business] }\nallow: [{ preset: copilot }, { preset: "enterprise:octo-corp" }]\notherwise: block\n';
const whole = policyOf(readFileSync(EXAMPLE, 'utf8'));
const strict = policyOf(WITHOUT_SIGN_IN);

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: 'r1' });
}

const CLIENT = { user: null, groups: [], from: null, device: null, listener: null };

/** The status that a request for the path is answered with; 200 stands for upstream's. */
function statusOf(policy: Policy, host: string, target: string): number {
  const destination = parseDestination(host, 443);
  const connection = { client: CLIENT, destination, scheme: 'https', isGate: false, nowMs: 0 } as const;
  assert.equal(decideConnection(policy, connection).kind, 'intercept', host);
  const asked = { connection, authority: host, method: 'GET', target, websocket: false };
  const decision = decideRequest(policy, asked);
  return decision.kind === 'block' ? decision.status : 200;
}

/** Paths of github.com: what they are for, and whether `copilot` and `enterprise:octo-corp` let them in. */
const OPEN: readonly string[] = [
  '/login',
  '/login/',
  '/login?client_id=x&return_to=%2Flogin%2Fdevice',
  '/login/device',
  '/login/device/code',
  '/login/oauth/authorize?client_id=x',
  '/login/oauth/access_token',
  '/copilot',
  '/copilot/c/0b1c',
  '/enterprises/octo-corp',
  '/enterprises/octo-corp/sso',
  '/enterprises/octo-corp/saml/consume',
];
const SIGN_IN: readonly string[] = [
  '/session',
  '/sessions/two-factor/app',
  '/sessions/verified-device',
  '/logout',
];
const SHUT: readonly string[] = [
  '/',
  '/?x=/login/',
  '*',
  '/Login',
  '/LOGIN/device',
  '/loginx',
  '/login.json',
  '/copilots',
  '/Copilot/c/1',
  '/enterprises',
  '/enterprises/',
  '/enterprises/hexa-corp',
  '/enterprises/octo-corp2/sso',
  '/enterprises/Octo-Corp/sso',
  '/session/',
  '/session/x',
  '/sessionsx',
  '/logout/x',
  '/join',
  '/signup',
  '/octo-org/app',
  '/octo-org/app/pulls',
  '/octo-org/app.git/info/refs?service=git-upload-pack',
  '/octo-org/app/raw/main/login/x',
  '/octo-org/copilot/tree/main',
  '/settings/profile',
  '/settings/copilot',
  '/search?q=login',
  '/features/copilot',
  '/favicon.ico',
];
/** Servers may read these as an open path, others as a shut one. */
const AMBIGUOUS: readonly string[] = [
  '/login/../octo-org/app',
  '/login/%2e%2e/octo-org/app',
  '/login/..%2focto-org/app',
  '/login/..%5cocto-org/app',
  '/login\\..\\octo-org',
  '//login',
  '/octo-org/app/../../login',
  '/octo-org;/../login',
  '/%6cogin/%2e%2e/x',
];

describe('of github.com the policy for Copilot alone', () => {
  for (const path of OPEN)
    test(`lets ${path} in, with and without sign-in`, () =>
      assert.deepEqual(
        [strict, whole].map((policy) => statusOf(policy, 'github.com', path)),
        [200, 200],
      ));
  for (const path of SIGN_IN)
    test(`lets ${path} in with sign-in alone`, () =>
      assert.deepEqual(
        [strict, whole].map((policy) => statusOf(policy, 'github.com', path)),
        [403, 200],
      ));
  for (const path of SHUT)
    test(`refuses ${path}`, () => {
      const refused = path === '*' ? 400 : 403;
      assert.deepEqual(
        [strict, whole].map((policy) => statusOf(policy, 'github.com', path)),
        [refused, refused],
      );
    });
  for (const path of AMBIGUOUS)
    test(`refuses ${path}, whichever way it is read`, () =>
      assert.deepEqual(
        [strict, whole].map((policy) => statusOf(policy, 'github.com', path)),
        [400, 400],
      ));

  test('lets no other path in', () => {
    const letter = fc.constantFrom(
      'login',
      'copilot',
      'session',
      'sessions',
      'enterprises',
      'octo-corp',
      'x',
    );
    const path = fc.array(letter, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, (asked) => {
        const isOpen =
          /^\/(login|copilot|sessions)(\/|$)/.test(asked) ||
          /^\/enterprises\/octo-corp(\/|$)/.test(asked) ||
          asked === '/session';
        assert.equal(statusOf(whole, 'github.com', asked), isOpen ? 200 : 403, asked);
      }),
      { numRuns: 500 },
    );
  });
});

const HOSTS: readonly { readonly host: string; readonly kind: 'splice' | 'intercept' | 'block' }[] = [
  { host: 'github.com', kind: 'intercept' },
  { host: 'api.github.com', kind: 'intercept' },
  { host: 'collector.github.com', kind: 'intercept' },
  { host: 'copilot-reports.github.com', kind: 'intercept' },
  { host: 'copilot-telemetry.githubusercontent.com', kind: 'intercept' },
  { host: 'api.business.githubcopilot.com', kind: 'intercept' },
  { host: 'vscode.dev', kind: 'intercept' },
  { host: 'github.githubassets.com', kind: 'splice' },
  { host: 'avatars.githubusercontent.com', kind: 'splice' },
  { host: 'copilot-proxy.githubusercontent.com', kind: 'splice' },
  { host: 'default.exp-tas.com', kind: 'splice' },
  { host: 'amlwlrt4eastus.blob.core.windows.net', kind: 'splice' },
  { host: 'business.githubcopilot.com', kind: 'block' },
  { host: 'api.githubcopilot.com', kind: 'block' },
  { host: 'api.individual.githubcopilot.com', kind: 'block' },
  { host: 'gist.github.com', kind: 'block' },
  { host: 'uploads.github.com', kind: 'block' },
  { host: 'codeload.github.com', kind: 'block' },
  { host: 'alive.github.com', kind: 'block' },
  { host: 'ssh.github.com', kind: 'block' },
  { host: 'raw.githubusercontent.com', kind: 'block' },
  { host: 'objects.githubusercontent.com', kind: 'block' },
  { host: 'github.dev', kind: 'block' },
  { host: 'octo-org.github.io', kind: 'block' },
  { host: 'ghcr.io', kind: 'block' },
  { host: 'somebody.blob.core.windows.net', kind: 'block' },
];

describe('of hosts the policy for Copilot alone decides', () => {
  for (const { host, kind } of HOSTS)
    test(`${host}: ${kind}`, () => {
      const connection = {
        ...{ client: CLIENT, destination: parseDestination(host, 443), scheme: 'https' as const },
        ...{ isGate: false, nowMs: 0 },
      };
      assert.equal(decideConnection(whole, connection).kind, kind);
    });
});
