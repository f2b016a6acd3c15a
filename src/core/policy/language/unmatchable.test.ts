// Values that can never match are refused, warned of, or meant as they are written. Must not know files.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicy } from './parse.ts';
import { unmetClauses } from './unmet-clauses.ts';
import { warningsOf } from './warnings.ts';

const LOW = 'version: 1\notherwise: block\n';

const REFUSED: readonly {
  readonly name: string;
  readonly text: string;
  readonly value: string;
  readonly mend: string;
}[] = [
  {
    name: 'several members in one string',
    text: 'groups: { x: "dave, erin" }',
    value: 'dave, erin',
    mend: 'write [dave, erin]',
  },
  {
    name: 'and in a list',
    text: 'groups: { x: [bob, "dave,erin"] }',
    value: 'dave,erin',
    mend: 'write [dave, erin]',
  },
  { name: 'several users', text: 'exempt: [{ users: "a, b" }]', value: 'a, b', mend: 'write [a, b]' },
  {
    name: 'several listeners',
    text: 'exempt: [{ listener: "office, staff" }]',
    value: 'office, staff',
    mend: 'write [office, staff]',
  },
  {
    name: 'several devices',
    text: 'exempt: [{ device: "kiosk, till" }]',
    value: 'kiosk, till',
    mend: 'write [kiosk, till]',
  },
  {
    name: 'a backslash in double quotes',
    text: 'exempt: [{ users: ["CORP\\bob"] }]',
    value: 'CORP\bob',
    mend: "write it in single quotes: 'CORP\\bob'",
  },
  {
    name: 'and of a member',
    text: 'groups: { x: "CORP\\nina" }',
    value: 'CORP\nina',
    mend: "write it in single quotes: 'CORP\\nina'",
  },
  {
    name: 'and in unless',
    text: 'block: [{ to: a.example.org, unless: { users: "CORP\\tom" } }]',
    value: 'CORP\tom',
    mend: "write it in single quotes: 'CORP\\tom'",
  },
  {
    name: 'a blank at the end',
    text: 'exempt: [{ users: "dave " }]',
    value: 'dave ',
    mend: 'write it as "dave"',
  },
  {
    name: 'a no-break space at the end',
    text: 'groups: { x: ["dave\u00a0"] }',
    value: 'dave\u00a0',
    mend: 'write it as "dave"',
  },
  {
    name: 'a blank before a listener',
    text: 'exempt: [{ listener: " office" }]',
    value: ' office',
    mend: 'write it as "office"',
  },
  {
    name: 'a blank after a group',
    text: 'groups: { "oss ": [dave] }',
    value: 'oss ',
    mend: 'write it as "oss"',
  },
  {
    name: 'a no-break space inside',
    text: 'exempt: [{ users: "dave\u00a0x" }]',
    value: 'dave\u00a0x',
    mend: 'type the name anew',
  },
  {
    name: 'a user with a password',
    text: 'exempt: [{ users: "dave:pw" }]',
    value: 'dave:pw',
    mend: 'write the name alone',
  },
  {
    name: 'a network with host bits',
    text: 'block: 198.51.100.7/24',
    value: '198.51.100.7/24',
    mend: 'write a network as 198.51.100.0/24 or [2001:db8::]/32',
  },
  {
    name: 'a network with too many bits',
    text: 'block: "[2001:db8::]/129"',
    value: '[2001:db8::]/129',
    mend: 'write a network as 198.51.100.0/24 or [2001:db8::]/32',
  },
];

describe('A4 parsePolicy() refuses', () => {
  for (const { name, text, value, mend } of REFUSED)
    test(name, () => {
      const parsed = parsePolicy({ text: `${LOW}${text}\n`, file: 'policy.yaml' }, { timeZone: 'UTC' });
      assert.ok(!parsed.ok);
      assert.deepEqual(
        parsed.error.map((fault) => [fault.value, fault.mend]),
        [[value, mend]],
      );
    });
});

test('A4 parsePolicy() takes names that somebody may have', () => {
  const text = `${LOW}groups: { x: ["CN=build-7,O=Octo", 'CORP\\bob', Dave Smith, émile] }\nexempt: [{ users: [dave@octo.example], device: "CN=kiosk-1, O=Octo" }]\n`;
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
});

test('A4 parsePolicy() composes names, as identity sources do', () => {
  const text = `${LOW}groups: { x: ["e\u0301mile"] }\nexempt: [{ users: "e\u0301mile" }]\n`;
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.groups.get('x'), ['\u00e9mile']);
  assert.deepEqual(parsed.value.exempt[0]?.who?.users, ['\u00e9mile']);
});

const UNMET = `${LOW}allow:
  - { name: lab, to: a.example.org, listener: [office, lab] }
  - { name: kiosk, to: b.example.org, unless: { device: "CN=kiosk" } }
  - { name: dave, to: c.example.org, users: dave }
`;

describe('A4 a clause that no client can meet', () => {
  const parsed = parsePolicy({ text: UNMET, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  const asking = [{ name: 'office', credentials: 'required' }] as const;
  const asksNobody = [{ name: 'office', credentials: 'none' }] as const;
  const warned = (listeners?: typeof asking | typeof asksNobody): readonly string[] =>
    warningsOf(parsed.value, listeners === undefined ? { nowMs: 0 } : { nowMs: 0, listeners }).map(
      ({ code, value }) => `${code} ${value}`,
    );

  test('is a fault where it names a listener that the settings lack, or devices', () => {
    const [lab, kiosk, ...more] = unmetClauses(parsed.value, asking);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...lab, problem: '' },
      { ...{ file: 'policy.yaml', line: 4, column: 5, value: 'lab', problem: '' }, mend: 'known: office' },
    );
    assert.deepEqual(
      { ...kiosk, problem: '' },
      {
        ...{ file: 'policy.yaml', line: 5, column: 5, value: 'CN=kiosk', problem: '' },
        mend: 'name the addresses of these devices with "from"',
      },
    );
  });

  test('is a warning where it names users, and no listener asks for them', () => {
    assert.deepEqual(warned(asksNobody), ['users-unknown dave']);
    assert.deepEqual(warned(asking), []);
  });

  test('is a warning where it names devices and the settings are not known, so that tests may speak of them', () => {
    assert.deepEqual(warned(), ['device-unknown CN=kiosk']);
  });
});
