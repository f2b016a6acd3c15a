// The judge's promises for every request there could be; test/contract has the worked cases.
// Must not know HTTP.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_WORLD } from './default-world.ts';
import { judge } from './judge.ts';
import type { BodyFacts, ContractRequest } from './request.ts';
import { standingOf } from './standing.ts';
import { CONTRACT_IDS } from './verdict.ts';

const hosts = fc.constantFrom(
  'github.com',
  'api.github.com',
  'api.githubcopilot.com',
  'api.business.githubcopilot.com',
  'raw.githubusercontent.com',
  'github.dev',
  'octo.ghe.com',
  '',
  'x',
);
const tokens = fc.constantFrom(
  ...DEFAULT_WORLD.tokens.map((one) => one.token),
  ...DEFAULT_WORLD.installations.map((one) => one.token),
);
const authorization = fc.oneof(
  tokens.map((token) => `Bearer ${token}`),
  tokens.map((token) => `token ${token}`),
  fc.string(),
);
const restriction = fc.oneof(fc.constantFrom('12345', '67890', 'octo-corp, 67890', '11111', ''), fc.string());
const headers = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('Authorization'), authorization),
    fc.tuple(fc.constant('Sec-GitHub-Allowed-Enterprise'), restriction),
    fc.tuple(fc.string(), fc.string()),
  ),
  { maxLength: 4 },
);
const bodies: fc.Arbitrary<BodyFacts> = fc.oneof(
  fc.constant<BodyFacts>({ kind: 'none' }),
  fc.record({
    kind: fc.constant('sign-in' as const),
    login: fc.constantFrom('monalisa', 'mona_octo', 'x'),
    password: fc.constantFrom('personal-secret', 'x'),
  }),
  fc.record({ kind: fc.constant('refresh' as const), token: tokens }),
  fc.record({
    kind: fc.constant('graphql' as const),
    mutation: fc.boolean(),
    owners: fc.array(fc.string(), { maxLength: 2 }),
  }),
);
const requests: fc.Arbitrary<ContractRequest> = fc.record({
  host: hosts,
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'x'),
  path: fc.oneof(
    fc.constantFrom(
      '/',
      '/user',
      '/session',
      '/login',
      '/graphql',
      '/a/b.git/info/refs',
      '/login/oauth/access_token',
    ),
    fc.string(),
  ),
  query: fc.string(),
  headers: headers.map((lines) => lines.flat()),
  websocket: fc.boolean(),
  body: bodies,
  app: fc.constantFrom(null, 'octo-bot'),
  from: fc.constant('192.0.2.1'),
  atMs: fc.nat(),
});

test('judge() answers every request with a row of the contract, never throws and changes nothing', () => {
  const standing = standingOf(DEFAULT_WORLD);
  const before = structuredClone(standing);
  fc.assert(
    fc.property(requests, (request) => {
      const verdict = judge(request, standing);
      assert.ok(CONTRACT_IDS.includes(verdict.id));
      assert.equal(verdict.log.length > 0, verdict.kind === 'refuse' && verdict.status === 403);
    }),
    { numRuns: 2000 },
  );
  assert.deepEqual(standing, before);
});

test('judge() never refuses with 400 or 403 what has no restriction header', () => {
  const standing = standingOf(DEFAULT_WORLD);
  fc.assert(
    fc.property(requests, (request) => {
      const lines = request.headers;
      const bare = lines.filter(
        (_, at) => lines[at - (at % 2)]?.toLowerCase() !== 'sec-github-allowed-enterprise',
      );
      const verdict = judge({ ...request, headers: bare }, standing);
      assert.ok(verdict.kind === 'proceed' || verdict.status === 401 || verdict.status === 421);
    }),
    { numRuns: 2000 },
  );
});
