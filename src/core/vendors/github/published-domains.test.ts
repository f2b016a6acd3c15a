// Bodies of `/meta`: as documented, as they might become, and as nobody should send them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsePublishedDomains } from './published-domains.ts';

const DOCUMENTED = {
  verifiable_password_authentication: true,
  hooks: ['192.0.2.1'],
  domains: {
    website: ['*.github.com', 'github.com'],
    actions_inbound: { full_domains: ['github.com'], wildcard_domains: ['*.githubusercontent.com'] },
    artifact_attestations: { trust_domain: '', services: ['fulcio.githubapp.com'] },
    later: ['later.example'],
  },
};

test('parsePublishedDomains() reads every category, nested lists and unknown ones too', () => {
  const read = parsePublishedDomains(JSON.stringify(DOCUMENTED));
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.names.map(({ category, text }) => `${category} ${text}`),
    [
      'website *.github.com',
      'website github.com',
      'actions_inbound github.com',
      'actions_inbound *.githubusercontent.com',
      'artifact_attestations fulcio.githubapp.com',
      'later later.example',
    ],
  );
  assert.deepEqual(read.value.unreadable, []);
});

const REFUSED: readonly (readonly [name: string, body: string])[] = [
  ['nothing', ''],
  ['no JSON', '<html>'],
  ['a list', '[]'],
  ['no domains, as GitHub Enterprise Server', '{"verifiable_password_authentication":true}'],
  ['domains that are a list', '{"domains":["github.com"]}'],
  ['no name at all', '{"domains":{"website":[]}}'],
  [
    'a flood of names',
    JSON.stringify({ domains: { website: Array.from({ length: 3_000 }, (_, at) => `a${at}.example`) } }),
  ],
  [
    'a flood of what is no name',
    JSON.stringify({ domains: { website: Array.from({ length: 3_000 }, () => 7) } }),
  ],
  [
    'a flood of categories',
    JSON.stringify({
      domains: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`c${at}`, ['a.example']])),
    }),
  ],
];

describe('parsePublishedDomains() refuses', () => {
  for (const [name, body] of REFUSED) test(name, () => assert.equal(parsePublishedDomains(body).ok, false));
});

test('parsePublishedDomains() keeps apart what cannot be a name, cut short', () => {
  const domains = {
    website: ['github.com', 7, null, 'a'.repeat(9_999)],
    '<b>': ['b.example'],
    copilot: 'x.example',
  };
  const read = parsePublishedDomains(JSON.stringify({ domains }));
  assert.ok(read.ok);
  assert.deepEqual(read.value.names, [{ category: 'website', text: 'github.com' }]);
  assert.deepEqual(
    read.value.unreadable.map(({ category, text }) => [category, text.length]),
    [
      ['website', 8],
      ['website', 4],
      ['website', 81],
      ['domains', 3],
      ['copilot', 8],
    ],
  );
});

test('parsePublishedDomains() never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify({ domains: value })),
      ),
      (body) => {
        assert.equal(typeof parsePublishedDomains(body).ok, 'boolean');
      },
    ),
  );
});
