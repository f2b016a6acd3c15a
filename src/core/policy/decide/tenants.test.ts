// Headers of a second vendor beside GitHub's: where they are set, lifted, reported, and what a policy may not say of them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VENDORS } from '../../vendors/catalogue.ts';
import type { Vendor, VendorHeader } from '../../vendors/vendor.ts';
import { compilePolicy } from '../compile/compile.ts';
import { interceptableNames } from '../compile/interceptable-names.ts';
import { namedHosts } from '../compile/named-hosts.ts';
import type { Policy } from '../compile/policy.ts';
import { withStampOff } from '../compile/stamp-off.ts';
import { stampedHosts } from '../compile/stamped-hosts.ts';
import { parsePolicy } from '../language/parse.ts';
import { warningsOf } from '../language/warnings.ts';
import { answerOf, answerText, changeBetween } from './answer.ts';
import { decideAsked, type Explanation, explain } from './explain.ts';
import { parseQuestion } from './question.ts';
import { stampHeaderTest } from './rewrite.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

const header = (name: string, key: string, most: number | null): VendorHeader => ({
  ...{ name, key, most, purpose: 'For tests.', example: ['a'], noun: 'teams', separator: ',' },
  fault: (value) => (/^[a-z]+$/.test(value) ? null : { problem: 'a team has letters', mend: 'write "a"' }),
  source: { title: 'A page', url: 'https://acme.example/', date: '2026-11-21' },
});

/** The name of one header is the beginning of the other's. */
const ACME: Vendor = {
  ...{ name: 'acme', title: 'Acme', hosts: ['acme.example', '*.acme.example'] },
  headers: [header('X-Acme-Team', 'team', 1), header('X-Acme-Team-Guests', 'guests', null)],
  ...{ knownHosts: ['acme.example'], guardedDomains: [] },
  answers: {
    ...{ isFrom: (host) => host.endsWith('acme.example'), requestId: null, telling: [], meanings: {} },
    ...{ byStatus: () => null, byBody: () => null },
  },
  words: { host: 'a host of Acme', stampedFor: (values) => `for Acme's ${values.join(' and ')}` },
};

const TENANTS = 'tenants: { acme: { team: red, guests: [blue, green] } }';
const OFFICE = `version: 1
restrict: { enterprises: ["12345"], also: [both.acme.example] }
${TENANTS}
exempt:
  - { name: github-only, users: alice }
  - { name: acme-only, users: bob, vendors: acme }
  - { name: both, users: carol, vendors: [acme, github] }
  - { name: acme-path, to: ["acme.example/free/*"], vendors: [acme] }
allow: [ { preset: github }, "acme.example", "*.acme.example", "*.other.example" ]
inspect: ["*.other.example"]
otherwise: block
`;

function parsed(text: string): ReturnType<typeof parsePolicy> {
  return parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC', vendors: [...VENDORS, ACME] });
}

function policyOf(text: string): Policy {
  const document = parsed(text);
  assert.ok(document.ok, JSON.stringify(document));
  return compilePolicy(document.value, { revision: 'r1' });
}

function askedOf(text: string, user: string) {
  const question = parseQuestion(text);
  assert.ok(question.ok);
  const client = { user, groups: [], from: null, device: null, listener: null };
  return { question: question.value, client, method: 'GET', websocket: false, nowMs: NOW };
}

function ask(policy: Policy, text: string, user = 'dave'): Explanation {
  return explain(policy, askedOf(text, user));
}

const office = policyOf(OFFICE);
const GITHUB_STAMP = { vendor: 'github', header: 'sec-GitHub-allowed-enterprise', value: '12345' };
const ACME_STAMPS = [
  { vendor: 'acme', header: 'X-Acme-Team', value: 'red' },
  { vendor: 'acme', header: 'X-Acme-Team-Guests', value: 'blue,green' },
];

const ROWS: readonly {
  readonly url: string;
  readonly user?: string;
  readonly stamps: readonly object[];
  readonly reason: readonly [code: string, rule: string | null, exemption: string | null];
}[] = [
  { url: 'https://github.com/', stamps: [GITHUB_STAMP], reason: ['restricted', 'restrict', null] },
  { url: 'https://acme.example/', stamps: ACME_STAMPS, reason: ['restricted', 'tenants.acme', null] },
  { url: 'https://a.b.acme.example/', stamps: ACME_STAMPS, reason: ['restricted', 'tenants.acme', null] },
  { url: 'https://x.other.example/', stamps: [], reason: ['unrestricted', '*.other.example', null] },
  {
    url: 'https://both.acme.example/',
    stamps: [GITHUB_STAMP, ...ACME_STAMPS],
    reason: ['restricted', 'restrict', null],
  },
  { url: 'https://github.com/', user: 'alice', stamps: [], reason: ['exempt', 'restrict', 'github-only'] },
  {
    url: 'https://acme.example/',
    user: 'alice',
    stamps: ACME_STAMPS,
    reason: ['restricted', 'tenants.acme', null],
  },
  {
    url: 'https://both.acme.example/',
    user: 'alice',
    stamps: ACME_STAMPS,
    reason: ['restricted', 'tenants.acme', 'github-only'],
  },
  {
    url: 'https://github.com/',
    user: 'bob',
    stamps: [GITHUB_STAMP],
    reason: ['restricted', 'restrict', null],
  },
  { url: 'https://acme.example/', user: 'bob', stamps: [], reason: ['exempt', 'tenants.acme', 'acme-only'] },
  {
    url: 'https://both.acme.example/',
    user: 'carol',
    stamps: [],
    reason: ['exempt', 'restrict', 'both'],
  },
  { url: 'https://acme.example/free/x', stamps: [], reason: ['exempt', 'tenants.acme', 'acme-path'] },
];

describe('R-01 R-02 a policy of two vendors decides', () => {
  for (const { url, user = 'dave', stamps, reason } of ROWS) {
    test(`${url} for ${user}`, () => {
      const answer = ask(office, url, user);
      assert.equal(answer.verdict, 'forward');
      assert.deepEqual(answer.stamps, stamps);
      const { code, rule, exemption } = answer.reason;
      assert.deepEqual([code, rule, exemption], reason);
      assert.equal(answer.restricted, stamps.length > 0);
      // Every header of the policy has one edit, set or removed.
      const names = ['sec-GitHub-allowed-enterprise', 'X-Acme-Team', 'X-Acme-Team-Guests'];
      assert.deepEqual(
        answer.edits.map(({ name }) => name),
        names,
      );
      const set = answer.edits.filter(({ op }) => op === 'overwrite').length;
      assert.equal(set, stamps.length);
    });
  }

  test('and says for whom it is stamped', () => {
    assert.match(
      ask(office, 'https://acme.example/').text,
      /is a host of Acme .*stamped for Acme's red and blue,green\.$/,
    );
    assert.match(
      ask(office, 'https://both.acme.example/').text,
      /stamped for enterprise 12345 and for Acme's red/,
    );
  });

  test('and refuses a path whose readings are stamped otherwise', () => {
    const { verdict, reason } = ask(office, 'https://acme.example/free/..%2fx');
    assert.deepEqual([verdict, reason.code], ['block', 'ambiguous-path']);
  });
});

describe('tenants', () => {
  test('are removed in every spelling while the policy sets them, and left alone while it does not', () => {
    const isStamp = stampHeaderTest(office);
    for (const name of ['x_acme_team', 'HTTP_X_ACME_TEAM_GUESTS', 'sec-github-allowed-enterprise'])
      assert.ok(isStamp(name), name);
    assert.ok(!isStamp('x-acme-teams'));
    const without = stampHeaderTest(
      policyOf(
        OFFICE.replace(TENANTS, '')
          .replaceAll(', vendors: acme', '')
          .replace(', vendors: [acme, github]', '')
          .replace(', vendors: [acme]', ''),
      ),
    );
    assert.deepEqual([without('x_acme_team'), without('Sec_GitHub_Allowed_Enterprise')], [false, true]);
  });

  test('are named, intercepted and kept from splices, also under otherwise: splice', () => {
    const policy = policyOf(`version: 1\n${TENANTS}\notherwise: splice\n`);
    assert.deepEqual(ask(policy, 'acme.example:443').reason, {
      code: 'named',
      rule: 'tenants.acme',
      exemption: null,
    });
    assert.equal(ask(policy, 'acme.example:443').verdict, 'forward');
    assert.deepEqual(ask(policy, 'https://acme.example/').stamps, ACME_STAMPS);
    assert.deepEqual(ask(policy, 'http://acme.example/').stamps, ACME_STAMPS);
    assert.equal(ask(policy, 'xacme.example:443').verdict, 'splice');
    assert.deepEqual(interceptableNames(policy), ['acme.example']);
    assert.deepEqual(namedHosts(policy), ['*.acme.example', 'acme.example']);
    assert.deepEqual(stampedHosts(policy), ['acme.example']);
  });

  test('in report mode are not set, but told', () => {
    const policy = policyOf(OFFICE.replace('{ team: red,', '{ mode: report, team: red,'));
    const decision = decideAsked(policy, askedOf('https://acme.example/', 'dave'));
    assert.ok(decision.kind === 'forward');
    assert.deepEqual([decision.stamps, decision.wouldStamps], [[], ACME_STAMPS]);
    assert.deepEqual(decision.reason, { code: 'would-restrict', rule: 'tenants.acme', exemption: null });
    assert.deepEqual(ask(policy, 'https://github.com/').stamps, [GITHUB_STAMP]);
    const both = decideAsked(policy, askedOf('https://both.acme.example/', 'dave'));
    assert.ok(both.kind === 'forward');
    assert.deepEqual([both.stamps, both.wouldStamps], [[GITHUB_STAMP], ACME_STAMPS]);
  });

  test('are switched off with the stamp', () => {
    const off = withStampOff(office);
    assert.deepEqual(ask(off, 'https://acme.example/').reason.code, 'would-restrict');
    assert.deepEqual(ask(off, 'https://acme.example/').stamps, []);
  });

  test('are told by vendor where answers are compared', () => {
    const answer = answerOf(decideAsked(office, askedOf('https://both.acme.example/', 'dave')));
    assert.match(
      answerText(answer),
      /^forward, stamped github 12345 and acme red; blue,green \(restricted, restrict\)$/,
    );
    const other = { ...answer, stamps: answer.stamps.map((stamp) => ({ ...stamp, value: 'red' })) };
    assert.equal(changeBetween(answer, other), 'effect');
  });
});

const FAULTS: readonly { readonly tenants: string; readonly value: string; readonly problem: RegExp }[] = [
  { tenants: '{ nobody: { a: b } }', value: 'nobody', problem: /./ },
  { tenants: '{ github: { enterprises: ["1"] } }', value: 'github', problem: /./ },
  { tenants: '{ acme: { team: red } }', value: 'guests', problem: /./ },
  { tenants: '{ acme: { team: red, guests: [] } }', value: '[]', problem: /empty list/ },
  { tenants: '{ acme: { team: [red, blue], guests: red } }', value: '2 entries', problem: /at most 1 teams/ },
  { tenants: '{ acme: { team: "red,blue", guests: red } }', value: 'red,blue', problem: /letters/ },
  { tenants: '{ acme: { team: red, guests: red, mode: off } }', value: 'off', problem: /./ },
];

describe('a policy is refused for tenants', () => {
  for (const { tenants, value, problem } of FAULTS) {
    test(tenants, () => {
      const read = parsed(`version: 1\ntenants: ${tenants}\notherwise: block\n`);
      assert.ok(!read.ok);
      const [fault] = read.error;
      assert.ok(fault !== undefined && read.error.length === 1, JSON.stringify(read.error));
      assert.match(`${fault.value} ${fault.problem}`, new RegExp(value.replaceAll(/[[\]]/g, '\\$&')));
      assert.match(fault.problem, problem);
    });
  }

  test('that an exemption lifts and nobody has', () => {
    const read = parsed('version: 1\nexempt: [ { users: bob, vendors: acne } ]\notherwise: block\n');
    assert.ok(!read.ok);
    assert.deepEqual([read.error[0]?.value, read.error[0]?.mend], ['acne', 'did you mean "acme"?']);
  });
});

test('warningsOf() tells an exemption from what is never set', () => {
  const text = `version: 1\n${TENANTS}\nexempt: [ { name: a, users: x }, { name: b, users: x, vendors: acme }, { name: c, to: github.com, vendors: acme } ]\notherwise: block\n`;
  const document = parsed(text);
  assert.ok(document.ok);
  const warned = warningsOf(document.value, { nowMs: NOW });
  const found = warned.flatMap(({ code, value }) => (code === 'exemption-without-effect' ? [value] : []));
  assert.deepEqual(found, ['a', 'c']);
});
