// Everything that refuses a policy at load, with its place, its value and what would be right.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from './parse.ts';

const LOW = 'version: 1\notherwise: block\n';

interface Refusal {
  readonly name: string;
  readonly text: string;
  /** LINE:COLUMN. */
  readonly place: string;
  readonly value: string;
  readonly mend?: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a typo in a section',
    text: `${LOW}restirct: {}\n`,
    place: '3:1',
    value: 'restirct',
    mend: /"restrict"/,
  },
  {
    name: 'a typo in a rule',
    text: `${LOW}block:\n  - { to: a.example.org, sya: x }\n`,
    place: '4:26',
    value: 'sya',
    mend: /"say"/,
  },
  {
    name: 'a typo in an exemption',
    text: `${LOW}exempt:\n  - { user: [a] }\n`,
    place: '4:7',
    value: 'user',
    mend: /"users"/,
  },
  { name: 'no version', text: 'otherwise: block\n', place: '1:1', value: 'version', mend: /version: 1/ },
  { name: 'another version', text: 'version: 2\notherwise: block\n', place: '1:10', value: '2' },
  { name: 'no otherwise', text: 'version: 1\n', place: '1:1', value: 'otherwise', mend: /otherwise: block/ },
  {
    name: 'an unknown otherwise',
    text: 'version: 1\notherwise: blok\n',
    place: '2:12',
    value: 'blok',
    mend: /"block"/,
  },
  { name: 'an unknown mode', text: `mode: dry\n${LOW}`, place: '1:7', value: 'dry' },
  { name: 'a mode of the wrong type', text: `mode: [report]\n${LOW}`, place: '1:7', value: '[report]' },
  { name: 'no enterprises', text: `${LOW}restrict: { enterprises: [] }\n`, place: '3:26', value: '[]' },
  {
    name: 'restrict without enterprises',
    text: `${LOW}restrict: {}\n`,
    place: '3:11',
    value: 'enterprises',
    mend: /12345/,
  },
  {
    name: 'twenty-one enterprises',
    text: `${LOW}restrict: { enterprises: [${Array.from({ length: 21 }, (_, at) => `e${at}`).join(', ')}] }\n`,
    place: '3:26',
    value: '21 entries',
    mend: /20/,
  },
  {
    name: 'an enterprise that is a number',
    text: `${LOW}restrict: { enterprises: [12345] }\n`,
    place: '3:27',
    value: '12345',
    mend: /"12345"/,
  },
  {
    name: 'an enterprise with a comma',
    text: `${LOW}restrict: { enterprises: ["1,2"] }\n`,
    place: '3:27',
    value: '1,2',
  },
  {
    name: 'an enterprise with a space',
    text: `${LOW}restrict: { enterprises: ["1 2"] }\n`,
    place: '3:27',
    value: '1 2',
  },
  {
    name: 'an enterprise with CR and LF',
    text: `${LOW}restrict: { enterprises: ["1\\r\\nx: y"] }\n`,
    place: '3:27',
    value: '1\r\nx: y',
  },
  {
    name: 'an enterprise outside ASCII',
    text: `${LOW}restrict: { enterprises: ["ünit"] }\n`,
    place: '3:27',
    value: 'ünit',
  },
  { name: 'an empty enterprise', text: `${LOW}restrict: { enterprises: "" }\n`, place: '3:26', value: '' },
  {
    name: 'an unknown preset',
    text: `${LOW}allow: [ { preset: gihub } ]\n`,
    place: '3:20',
    value: 'gihub',
    mend: /"github"/,
  },
  {
    name: 'a preset without its parameter',
    text: `${LOW}allow: [ { preset: enterprise } ]\n`,
    place: '3:20',
    value: 'enterprise',
  },
  {
    name: 'a preset and a destination',
    text: `${LOW}allow: [ { preset: github, to: a.example.org } ]\n`,
    place: '3:10',
    value: 'github',
  },
  { name: 'a rule without a destination', text: `${LOW}block: [ { name: x } ]\n`, place: '3:10', value: 'x' },
  {
    name: 'an unknown group',
    text: `${LOW}groups: { admins: [] }\nblock: [ { to: a.example.org, groups: [admin] } ]\n`,
    place: '4:40',
    value: 'admin',
    mend: /"admins"/,
  },
  {
    name: 'an unknown group in unless',
    text: `${LOW}block: [ { to: a.example.org, unless: { groups: x } } ]\n`,
    place: '3:49',
    value: 'x',
    mend: /groups/,
  },
  {
    name: 'a bad network',
    text: `${LOW}exempt: [ { from: 10.20.0.0/33 } ]\n`,
    place: '3:19',
    value: '10.20.0.0/33',
  },
  {
    name: 'a network with host bits',
    text: `${LOW}exempt: [ { from: [10.20.0.1/16] } ]\n`,
    place: '3:20',
    value: '10.20.0.1/16',
  },
  {
    name: 'an octal network',
    text: `${LOW}exempt: [ { from: 010.20.0.0/16 } ]\n`,
    place: '3:19',
    value: '010.20.0.0/16',
  },
  {
    name: 'a bad date',
    text: `${LOW}exempt: [ { users: a, until: 2027-02-30 } ]\n`,
    place: '3:30',
    value: '2027-02-30',
    mend: /2027-03-31/,
  },
  {
    name: 'a date of another form',
    text: `${LOW}exempt: [ { users: a, until: 31.03.2027 } ]\n`,
    place: '3:30',
    value: '31.03.2027',
  },
  {
    name: 'an exemption for everyone everywhere',
    text: `${LOW}exempt: [ { name: all } ]\n`,
    place: '3:11',
    value: 'all',
  },
  {
    name: 'an exemption with unless alone',
    text: `${LOW}exempt: [ { unless: { users: a } } ]\n`,
    place: '3:11',
    value: '{}',
  },
  {
    name: 'an exemption for an empty list',
    text: `${LOW}exempt: [ { users: [] } ]\n`,
    place: '3:20',
    value: '[]',
  },
  {
    name: 'an empty unless',
    text: `${LOW}block: [ { to: a.example.org, unless: {} } ]\n`,
    place: '3:39',
    value: 'unless',
  },
  {
    name: 'a pattern for everything',
    text: `${LOW}allow: ["*"]\n`,
    place: '3:9',
    value: '*',
    mend: /example/,
  },
  { name: 'a pattern for a top level', text: `${LOW}allow: ["*.com"]\n`, place: '3:9', value: '*.com' },
  {
    name: 'a pattern for a public suffix',
    text: `${LOW}allow: ["*.co.uk"]\n`,
    place: '3:9',
    value: '*.co.uk',
  },
  { name: 'a pattern for a wildcard suffix', text: `${LOW}allow: ["*.ck"]\n`, place: '3:9', value: '*.ck' },
  {
    name: 'a pattern that ends in a star',
    text: `${LOW}block: "github.com*"\n`,
    place: '3:8',
    value: 'github.com*',
  },
  {
    name: 'a pattern for many registrations',
    text: `${LOW}allow: ["git*.com"]\n`,
    place: '3:9',
    value: 'git*.com',
  },
  {
    name: 'a star label in the middle',
    text: `${LOW}allow: ["a.*.example.org"]\n`,
    place: '3:9',
    value: 'a.*.example.org',
  },
  { name: 'a numeric last label', text: `${LOW}allow: ["10.1.2.300"]\n`, place: '3:9', value: '10.1.2.300' },
  {
    name: 'a name outside ASCII',
    text: `${LOW}allow: ["gıthub.com"]\n`,
    place: '3:9',
    value: 'gıthub.com',
    mend: /DNS/,
  },
  { name: 'a single label', text: `${LOW}allow: [intranet]\n`, place: '3:9', value: 'intranet' },
  { name: 'a bad port', text: `${LOW}block: ["github.com:022"]\n`, place: '3:9', value: 'github.com:022' },
  {
    name: 'a star inside a path',
    text: `${LOW}block: ["github.com/*/settings"]\n`,
    place: '3:9',
    value: 'github.com/*/settings',
  },
  {
    name: 'a path with a query',
    text: `${LOW}block: ["github.com/a?b"]\n`,
    place: '3:9',
    value: 'github.com/a?b',
  },
  {
    name: 'a path with dot segments',
    text: `${LOW}block: ["github.com/a/../b"]\n`,
    place: '3:9',
    value: 'github.com/a/../b',
  },
  {
    name: 'a path with an encoded slash',
    text: `${LOW}block: ["github.com/a%2fb"]\n`,
    place: '3:9',
    value: 'github.com/a%2fb',
  },
  {
    name: 'another scheme',
    text: `${LOW}block: ["ftp://a.example.org"]\n`,
    place: '3:9',
    value: 'ftp://a.example.org',
  },
  {
    name: 'userinfo in a pattern',
    text: `${LOW}block: ["x@a.example.org"]\n`,
    place: '3:9',
    value: 'x@a.example.org',
  },
  {
    name: 'a path in inspect',
    text: `${LOW}inspect: [a.example.org/x]\n`,
    place: '3:10',
    value: 'a.example.org/x',
  },
  {
    name: 'a path in also',
    text: `${LOW}restrict: { enterprises: "1", also: a.example.org/x }\n`,
    place: '3:37',
    value: 'a.example.org/x',
  },
  {
    name: 'a bad pattern in an exemption',
    text: `${LOW}exempt: [ { to: "*.com" } ]\n`,
    place: '3:17',
    value: '*.com',
  },
  {
    name: 'an unknown plan',
    text: `${LOW}copilot: { plans: [busines] }\n`,
    place: '3:20',
    value: 'busines',
    mend: /"business"/,
  },
  { name: 'no plans at all', text: `${LOW}copilot: { plans: [] }\n`, place: '3:19', value: '[]' },
  {
    name: 'a sentence of two lines',
    text: `${LOW}block: [ { to: a.example.org, say: "a\\nb" } ]\n`,
    place: '3:36',
    value: 'a\nb',
  },
  {
    name: 'a name with a control character',
    text: `${LOW}block: [ { to: a.example.org, name: "a\\u2028b" } ]\n`,
    place: '3:37',
    value: 'a\u2028b',
  },
  { name: 'groups that are a list', text: `${LOW}groups: [a]\n`, place: '3:9', value: '[a]' },
];

function parse(text: string): ReturnType<typeof parsePolicy> {
  return parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
}

describe('parsePolicy() refuses', () => {
  for (const { name, text, place, value, mend } of REFUSALS) {
    test(name, () => {
      const parsed = parse(text);
      assert.equal(parsed.ok, false, 'it was read');
      const [fault] = parsed.ok ? [] : parsed.error;
      assert.equal(`${fault?.line}:${fault?.column}`, place);
      assert.equal(fault?.value, value);
      assert.equal(fault?.file, 'policy.yaml');
      assert.match(fault?.mend ?? '', mend ?? /\S/);
    });
  }

  test('a time zone that there is not', () => {
    const text = `${LOW}exempt: [ { users: a, until: 2027-03-31 } ]\n`;
    const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'Mars/Olympus' });
    assert.equal(parsed.ok, false);
  });

  test('several things at once, in the order of the file', () => {
    const parsed = parse(`${LOW}exempt: [ { name: all } ]\nallow: ["*", { preset: nope }]\n`);
    assert.deepEqual(parsed.ok ? [] : parsed.error.map(({ line, value }) => `${line} ${value}`), [
      '3 all',
      '4 *',
      '4 nope',
    ]);
  });
});
