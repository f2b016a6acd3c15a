// What a URL cannot ask: authorities that differ, targets without a path, policies that change underneath.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDestination } from '../../base/destination.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import { compilePolicy } from '../compile/compile.ts';
import type { Policy } from '../compile/policy.ts';
import type { RequestDecision } from '../decision.ts';
import type { ClientFacts, ConnectionFacts, RequestFacts } from '../facts.ts';
import { parsePolicy } from '../language/parse.ts';
import { decideConnection } from './decide-connection.ts';
import { decideRequest } from './decide-request.ts';

const CLIENT: ClientFacts = { user: 'dave', groups: [], from: null, device: null, listener: 'office' };
const BASE = 'version: 1\notherwise: block\nrestrict: { enterprises: "12345" }\n';

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  return compilePolicy(parsed.value, { revision: 'r1' });
}

function connectionTo(authority: string, more: Partial<ConnectionFacts> = {}): ConnectionFacts {
  const destination = parseDestination(authority);
  return { client: CLIENT, destination, scheme: 'https', isGate: false, nowMs: 0, ...more };
}

function decide(
  policy: Policy,
  connection: ConnectionFacts,
  more: Partial<RequestFacts> = {},
): RequestDecision {
  const facts = {
    connection,
    authority: 'github.com',
    method: 'GET',
    target: '/',
    websocket: false,
    ...more,
  };
  return decideRequest(policy, facts);
}

const github = policyOf(
  `${BASE}allow: [github.com, api.github.com, "http://github.com", "github.com:8443", "[2001:db8::7]"]\n`,
);

const AUTHORITIES: readonly { authority: string | null; to?: string; same: boolean }[] = [
  { authority: 'github.com', same: true },
  { authority: 'GitHub.com', same: true },
  { authority: 'github.com.', same: true },
  { authority: 'github.com:443', same: true },
  { authority: 'github.com', to: 'github.com:8443', same: true },
  { authority: 'github.com:8443', to: 'github.com:8443', same: true },
  { authority: '[2001:db8:0::7]', to: '[2001:db8::7]:443', same: true },
  { authority: null, same: false },
  { authority: '', same: false },
  { authority: 'api.github.com', same: false },
  { authority: 'github.com:8443', same: false },
  { authority: 'github.com:0443', same: false },
  { authority: 'x@github.com', same: false },
  { authority: 'github.com, api.github.com', same: false },
  { authority: 'github.com\0', same: false },
];

describe('R-06 decideRequest() compares the authority', () => {
  for (const { authority, to = 'github.com:443', same } of AUTHORITIES) {
    test(`${JSON.stringify(authority)} on ${to}`, () => {
      const decision = decide(github, connectionTo(to), { authority });
      assert.equal(decision.reason.code === 'authority-mismatch', !same);
      if (decision.kind === 'block') assert.equal(decision.status, 421);
    });
  }
  test('and answers 400 outside a tunnel', () => {
    const decision = decide(github, connectionTo('github.com:80', { scheme: 'http' }), {
      authority: 'api.github.com',
    });
    assert.equal(decision.kind === 'block' && decision.status, 400);
  });
});

test('decideRequest() takes * from OPTIONS alone', () => {
  const connection = connectionTo('github.com:443');
  assert.equal(decide(github, connection, { target: '*', method: 'OPTIONS' }).reason.code, 'restricted');
  assert.equal(decide(github, connection, { target: '*' }).reason.code, 'bad-path');
});

test('R-08 decideRequest() refuses a path with too many readings where paths count, and only there', () => {
  const target = `/a//${'b'.repeat(5000)}`;
  const connection = connectionTo('github.com:443');
  assert.equal(decide(github, connection, { target }).reason.code, 'restricted');
  const withPaths = policyOf(`${BASE}allow: github.com\nblock: github.com/settings/*\n`);
  assert.equal(decide(withPaths, connection, { target }).reason.code, 'ambiguous-path');
});

test('R-52 decideRequest() refuses what the policy in force refuses, on a connection that stands', () => {
  const after = policyOf(`${BASE}block: [github.com]\n`);
  const decision = decide(after, connectionTo('github.com:443'));
  assert.equal(decision.kind, 'block');
  assert.equal(decision.stage, 'request');
  assert.equal(decision.reason.code, 'rule');
});

test('decideRequest() ends an exemption at its very millisecond', () => {
  const policy = policyOf(`${BASE}allow: github.com\nexempt: [ { users: dave, until: 2027-03-31 } ]\n`);
  const end = Date.parse('2027-04-01T00:00:00Z');
  assert.equal(decide(policy, connectionTo('github.com:443', { nowMs: end - 1 })).reason.code, 'exempt');
  assert.equal(decide(policy, connectionTo('github.com:443', { nowMs: end })).reason.code, 'restricted');
});

describe('R-08 the paths of an exemption are read in every way, though no other rule has one:', () => {
  const policy = policyOf(
    `${BASE}allow: github.com\nexempt: [ { users: dave, to: "github.com/login/*" } ]\n`,
  );
  const rows = [
    ['/login/oauth', 'exempt'],
    ['/login/oauth/%2e%2e/%2e%2e/x', 'ambiguous-path'],
    ['/login/oauth/../../x', 'ambiguous-path'],
    ['/login%2foauth', 'ambiguous-path'],
    ['/octo-org/x', 'restricted'],
  ] as const;
  for (const [target, code] of rows)
    test(target, () => {
      assert.equal(decide(policy, connectionTo('github.com:443'), { target }).reason.code, code);
    });
});

for (const to of ['github.com', 'github.com/login/*']) {
  test(`decideRequest() ends an exemption for ${to} at its very millisecond`, () => {
    const policy = policyOf(
      `${BASE}allow: github.com\nexempt: [ { users: dave, to: "${to}", until: 2027-03-31 } ]\n`,
    );
    const end = Date.parse('2027-04-01T00:00:00Z');
    const codeAt = (nowMs: number): string =>
      decide(policy, connectionTo('github.com:443', { nowMs }), { target: '/login/x' }).reason.code;
    assert.deepEqual([codeAt(end - 1), codeAt(end)], ['exempt', 'restricted']);
  });
}

test('R-08 decideRequest() takes two spellings of RFC 3986 for one path where report mode holds the block back', () => {
  const policy = policyOf(
    `${BASE}allow: github.com\nblock: [ { name: tokens, to: "github.com/settings/tokens*", mode: report } ]\n`,
  );
  for (const target of ['/settings/tokens', '/settings/%74okens']) {
    const decision = decide(policy, connectionTo('github.com:443'), { target });
    assert.ok(decision.kind === 'forward', target);
    assert.deepEqual([decision.restricted, decision.wouldBlock?.rule], [true, 'tokens']);
  }
});

test('decideRequest() stamps with the joined value, in one edit', () => {
  const policy = policyOf('version: 1\notherwise: splice\nrestrict: { enterprises: ["12345", octo-corp] }\n');
  const decision = decide(policy, connectionTo('github.com:443'));
  assert.ok(decision.kind === 'forward');
  const edits = decision.edits.map((edit) => [edit.op, edit.header.name, 'value' in edit && edit.value]);
  assert.deepEqual(edits, [['overwrite', 'sec-GitHub-allowed-enterprise', '12345, octo-corp']]);
});

const REFUSALS: readonly {
  name: string;
  to: string;
  more?: Partial<ConnectionFacts>;
  refuse: string;
  code: string;
}[] = [
  { name: 'a blocked name', to: 'blocked.example.org:443', refuse: 'in-tunnel', code: 'rule' },
  {
    name: 'a name under a restricted domain',
    to: 'gist.github.com:443',
    refuse: 'in-tunnel',
    code: 'not-allowed',
  },
  { name: 'a name allowed for others', to: 'vip.example.org:443', refuse: 'in-tunnel', code: 'not-allowed' },
  { name: 'a plan', to: 'api.individual.githubcopilot.com:443', refuse: 'in-tunnel', code: 'copilot-plan' },
  {
    name: 'a name that no rule names',
    to: 'news.example.com:443',
    refuse: 'at-connect',
    code: 'not-allowed',
  },
  { name: 'SSH by its port', to: 'github.com:22', refuse: 'at-connect', code: 'rule' },
  { name: 'SSH by its host', to: 'ssh.github.com:443', refuse: 'at-connect', code: 'rule' },
  { name: 'a blocked address', to: '192.0.2.7:443', refuse: 'at-connect', code: 'rule' },
  {
    name: 'plain HTTP',
    to: 'blocked.example.org:80',
    more: { scheme: 'http' },
    refuse: 'at-connect',
    code: 'rule',
  },
  {
    name: 'the gate itself',
    to: 'blocked.example.org:443',
    more: { isGate: true },
    refuse: 'at-connect',
    code: 'bad-destination',
  },
  { name: 'what cannot be read', to: 'github.com:0', refuse: 'at-connect', code: 'bad-destination' },
];

describe('decideConnection() refuses where the client will see it:', () => {
  const policy = policyOf(`${BASE}groups: { vip: [] }
copilot: { plans: business }
allow: [ { to: vip.example.org, groups: vip } ]
block: [blocked.example.org, 192.0.2.7, { preset: ssh }]
`);
  for (const { name, to, more, refuse, code } of REFUSALS) {
    test(name, () => {
      const decision = decideConnection(policy, connectionTo(to, more));
      assert.ok(decision.kind === 'block');
      assert.equal(decision.reason.code, code);
      assert.equal(decision.refuse, refuse);
      assert.equal(decision.status, 403);
    });
  }
});

test('decideConnection() gives the administrator sentence of a rule', () => {
  const policy = policyOf(`${BASE}block: [ { to: a.example.org, say: "Ask IT." } ]\n`);
  const decision = decideConnection(policy, connectionTo('a.example.org:443'));
  assert.equal(decision.kind === 'block' && decision.say, 'Ask IT.');
});

test('decideConnection() names the first of several rules that cover', () => {
  const policy = policyOf(
    `${BASE}block: [ { name: wide, to: "*.example.org" }, { name: narrow, to: a.example.org } ]\n`,
  );
  assert.equal(decideConnection(policy, connectionTo('a.example.org:443')).reason.rule, 'wide');
});

describe('of several exemptions that cover a client, the first one of the document gives its name:', () => {
  const WAYS = {
    user: '{ name: user, users: [dave] }',
    group: '{ name: group, groups: [oss] }',
    said: '{ name: said, groups: [ldap] }',
    network: '{ name: network, from: [10.0.0.0/8] }',
    anyone: '{ name: anyone, listener: [office] }',
    path: '{ name: path, to: "github.com/open/*" }',
  };
  const from = parseIpAddress('10.1.2.3');
  const client: ClientFacts = { ...CLIENT, groups: ['ldap'], from: from.ok ? from.value : null };
  for (const first of Object.keys(WAYS)) {
    test(`${first} before the others`, () => {
      const [own, others] = [Object.entries(WAYS), Object.entries(WAYS)].map((all, at) =>
        all.filter(([name]) => (name === first) === (at === 0)).map(([, text]) => `  - ${text}\n`),
      );
      const policy = policyOf(
        `${BASE}groups: { oss: [dave], ldap: [] }\nallow: [github.com]\nexempt:\n${[own, others].flat(2).join('')}`,
      );
      const decision = decide(policy, connectionTo('github.com:443', { client }), { target: '/open/x' });
      assert.equal(decision.reason.exemption, first);
    });
  }
});

test('an exemption that has ended gives way to the next that covers the client', () => {
  const policy = policyOf(
    `${BASE}allow: [github.com]\nexempt:\n  - { name: over, users: [dave], until: 2026-11-20 }\n  - { name: next, listener: [office] }\n`,
  );
  const at = (nowMs: number): string | null =>
    decide(policy, connectionTo('github.com:443', { nowMs })).reason.exemption;
  const midnight = Date.parse('2026-11-21T00:00:00Z');
  assert.deepEqual([at(midnight - 1), at(midnight)], ['over', 'next']);
});
