// The difference of two policies: none to itself, and every change that matters is found, named and told apart.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import {
  type ChangeGroup,
  diffPolicies,
  type PolicyDiff,
} from '../../src/core/policy/compare/policy-diff.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ALL = { nowMs: NOW, examples: Number.POSITIVE_INFINITY };
const OFFICE = `version: 1
restrict: { enterprises: ["12345"] }
groups: { oss: [bob, carol], admins: [root] }
exempt:
  - { name: net, from: [10.20.0.0/16] }
  - { name: oss, groups: [oss], until: 2027-03-31 }
  - { name: desk, users: [alice], from: [10.30.0.0/24], to: "github.com/login/*" }
copilot: { plans: [business] }
allow: [{ preset: github }, { preset: copilot }, "*.example.org", { to: "lab.example.net", device: laptop, listener: lab }]
block:
  - { preset: codespaces }
  - { name: no-tokens, to: "github.com/settings/tokens*", unless: { groups: [admins] } }
otherwise: block
`;

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.value, { revision: 'r' });
}

function changed(edit: (policy: ReturnType<typeof parse>) => void): PolicyDiff {
  const document = parse(OFFICE);
  edit(document);
  return diffPolicies(policyOf(OFFICE), policyOf(stringify(document)), ALL);
}

interface Row {
  readonly name: string;
  readonly edit: (policy: ReturnType<typeof parse>) => void;
  /** A group with this act before and after, this URL and these people. */
  readonly was: ChangeGroup['was']['act'];
  readonly is: ChangeGroup['is']['act'];
  readonly where: string;
  readonly who: string;
  readonly when?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'a new allow',
    edit: (policy) => policy.allow.push('api.example.net'),
    was: 'block',
    is: 'splice',
    where: 'https://api.example.net/',
    who: 'anyone else',
  },
  {
    name: 'a new block of a path',
    edit: (policy) => policy.block.push({ to: 'github.com/settings/keys' }),
    was: 'forward',
    is: 'block',
    where: 'https://github.com/SETTINGS/KEYS',
    who: 'nobody known',
  },
  {
    name: 'one label more under a wildcard',
    edit: (policy) => policy.block.push({ to: '*.lab.example.org' }),
    was: 'splice',
    is: 'block',
    where: 'https://a.sample.lab.example.org/',
    who: 'anyone else',
  },
  {
    name: 'a wildcard that no longer covers its parent’s neighbour',
    edit: (policy) => {
      policy.allow[2] = '*.x.example.org';
    },
    was: 'splice',
    is: 'block',
    where: 'https://sample.example.org/',
    who: 'anyone else',
  },
  {
    name: 'a smaller network',
    edit: (policy) => {
      policy.exempt[0].from = ['10.20.0.0/17'];
    },
    was: 'forward',
    is: 'forward',
    where: 'https://github.com/',
    who: 'from 10.20.255.255',
  },
  {
    name: 'a member less',
    edit: (policy) => {
      policy.groups.oss = ['bob'];
    },
    was: 'forward',
    is: 'forward',
    where: 'https://api.github.com/',
    who: 'user carol',
  },
  {
    name: 'an admin less',
    edit: (policy) => {
      policy.groups.admins = [];
    },
    was: 'forward',
    is: 'block',
    where: 'https://github.com/settings/tokens',
    who: 'user root',
  },
  {
    name: 'a later end',
    edit: (policy) => {
      policy.exempt[1].until = '2027-04-30';
    },
    was: 'forward',
    is: 'forward',
    where: 'https://github.com/',
    who: 'group oss',
    when: ['after 2027-03-31', 'on 2027-04-30'],
  },
  {
    name: 'a clause of two fewer',
    edit: (policy) => {
      delete policy.exempt[2].from;
    },
    was: 'forward',
    is: 'forward',
    where: 'https://github.com/login/sample',
    who: 'user alice',
  },
  {
    name: 'another network beside a user',
    edit: (policy) => {
      policy.exempt[2].from = ['10.30.1.0/24'];
    },
    was: 'forward',
    is: 'forward',
    where: 'https://github.com/login',
    who: 'user alice, from 10.30.0.0',
  },
  {
    name: 'a listener',
    edit: (policy) => {
      policy.allow[3].listener = 'office';
    },
    was: 'splice',
    is: 'block',
    where: 'https://lab.example.net/',
    who: 'device laptop, listener lab',
  },
  {
    name: 'another plan',
    edit: (policy) => {
      policy.copilot.plans = ['enterprise'];
    },
    was: 'forward',
    is: 'block',
    where: 'https://api.business.githubcopilot.com/',
    who: 'anyone else',
  },
  {
    name: 'generic hosts of Copilot',
    edit: (policy) => {
      policy.copilot.generic = 'allow';
    },
    was: 'block',
    is: 'forward',
    where: 'https://api.githubcopilot.com/',
    who: 'anyone else',
  },
  {
    name: 'another enterprise',
    edit: (policy) => {
      policy.restrict.enterprises = ['67890'];
    },
    was: 'forward',
    is: 'forward',
    where: 'https://github.com/',
    who: 'anyone else',
  },
  {
    name: 'a host to stamp',
    edit: (policy) => {
      policy.restrict.also = ['*.example.org'];
    },
    was: 'splice',
    is: 'forward',
    where: 'https://sample.example.org/',
    who: 'anyone else',
  },
  {
    name: 'a port',
    edit: (policy) => policy.allow.push('ssh.example.org:8022'),
    was: 'block',
    is: 'splice',
    where: 'https://ssh.example.org:8022/',
    who: 'anyone else',
  },
  {
    name: 'plain HTTP',
    edit: (policy) => policy.allow.push('http://news.example.net'),
    was: 'block',
    is: 'forward',
    where: 'http://news.example.net/',
    who: 'anyone else',
  },
  {
    name: 'an address',
    edit: (policy) => policy.allow.push('[2001:db8::7]'),
    was: 'block',
    is: 'splice',
    where: 'https://[2001:db8::7]/',
    who: 'anyone else',
  },
  {
    name: 'a network',
    edit: (policy) => policy.allow.push('198.51.100.0/24'),
    was: 'block',
    is: 'splice',
    where: 'https://198.51.100.255/',
    who: 'anyone else',
  },
  {
    name: 'otherwise',
    edit: (policy) => {
      policy.otherwise = 'splice';
    },
    was: 'block',
    is: 'splice',
    where: 'https://xgithub.com/',
    who: 'anyone else',
  },
  {
    name: 'report mode',
    edit: (policy) => {
      policy.mode = 'report';
    },
    was: 'block',
    is: 'splice',
    where: 'https://github.dev/',
    who: 'anyone else',
  },
  {
    name: 'something to inspect',
    edit: (policy) => {
      policy.inspect = ['www.example.org'];
    },
    was: 'splice',
    is: 'forward',
    where: 'https://www.example.org/',
    who: 'anyone else',
  },
];

describe('diffPolicies() finds', () => {
  for (const { name, edit, was, is, where, who, when } of ROWS) {
    test(name, () => {
      const { changes } = changed(edit);
      const found = changes.find(
        (group) =>
          group.kind === 'effect' &&
          group.was.act === was &&
          group.is.act === is &&
          group.places.examples.includes(where) &&
          group.people.examples.includes(who),
      );
      assert.ok(
        found !== undefined,
        JSON.stringify(changes.map((group) => [group.was.act, group.is.act, group.people, group.places])),
      );
      if (when !== undefined) assert.deepEqual(found.moments.examples, when);
    });
  }

  test('each of very many ports', () => {
    const ports = Array.from({ length: 40 }, (_, at) => `p${at}.example.net:${9_000 + at}`);
    const { changes } = changed((policy) => policy.allow.push(...ports));
    const urls = changes.flatMap(({ places }) => places.examples);
    for (const port of ports) assert.ok(urls.includes(`https://${port}/`), port);
  });

  test('one of a thousand people, each with an exemption and a last day of his own', () => {
    const policyFor = (clause: (at: number) => string): Policy =>
      policyOf(
        [
          'version: 1',
          'restrict: { enterprises: ["12345"] }',
          'exempt:',
          ...Array.from(
            { length: 1_000 },
            (_, at) =>
              `  - { users: [${clause(at)}], from: [10.${at >> 8}.${at & 255}.0/24], until: 2027-01-${10 + (at % 20)} }`,
          ),
          'allow: [{ preset: github }]',
          'otherwise: block',
        ].join('\n'),
      );
    const { asked, changes } = diffPolicies(
      policyFor((at) => `u${at}`),
      policyFor((at) => (at === 700 ? 'u700, u701' : `u${at}`)),
      ALL,
    );
    assert.equal(asked.leftOut, 0);
    assert.ok(asked.questions < 500_000, String(asked.questions));
    assert.deepEqual(
      new Set(changes.flatMap(({ people }) => people.examples)),
      new Set(['user u701, from 10.2.188.0']),
    );
  });

  test('only what changes: who and where are not more than the rule says', () => {
    const { changes } = changed((policy) => {
      policy.groups.oss = ['bob'];
    });
    assert.deepEqual(new Set(changes.flatMap(({ people }) => people.examples)), new Set(['user carol']));
    const hosts = changed((policy) => policy.allow.push('api.example.net')).changes.flatMap(
      ({ places }) => places.examples,
    );
    assert.deepEqual(hosts, ['https://api.example.net/']);
  });

  test('hosts in which two patterns of a policy cross', () => {
    const text =
      'version: 1\nallow: ["lab*.example.org"]\nblock: [{ to: "*-old.example.org" }]\notherwise: block\n';
    const { changes } = diffPolicies(
      policyOf(text),
      policyOf(text.replace('block: [{ to: "*-old.example.org" }]\n', '')),
      ALL,
    );
    assert.ok(
      changes.some(
        ({ is, places }) =>
          is.act === 'splice' && places.examples.some((url) => /^https:\/\/lab.*-old\./.test(url)),
      ),
    );
  });

  test('a new name of a rule as a reason, not as an effect', () => {
    const { changes } = changed((policy) => {
      policy.block[1].name = 'tokens';
    });
    assert.deepEqual(new Set(changes.map(({ kind }) => kind)), new Set(['reason']));
  });

  test('ten thousand users to be few kinds, and says how many are alike', () => {
    const users = Array.from({ length: 10_000 }, (_, at) => `u${at}`);
    const document = parse(OFFICE);
    document.groups.oss = users;
    const before = policyOf(stringify(document));
    document.groups.oss = users.slice(0, 9_990);
    const { asked, changes } = diffPolicies(before, policyOf(stringify(document)), ALL);
    assert.ok(asked.people < 30, String(asked.people));
    assert.deepEqual(
      new Set(changes.flatMap(({ people }) => people.examples)),
      new Set(['user u9990 (and 9 alike)']),
    );
  });
});
