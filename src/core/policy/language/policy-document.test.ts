// What a policy means once it is read: lists, days, plans, and its JSON Schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultText } from '../../base/document.ts';
import { parsePolicy } from './parse.ts';
import { policyJsonSchema } from './policy-schema.ts';

const LOW = 'version: 1\notherwise: block\n';

function parse(text: string): ReturnType<typeof parsePolicy> {
  return parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
}

test('parsePolicy() reads one string wherever a list may stand', () => {
  const parsed = parse(`${LOW}restrict: { enterprises: octo-corp, also: a.example.org }
groups: { oss: bob }
exempt: [ { groups: oss, from: 10.0.0.0/8, to: github.com } ]
copilot: { plans: business }
allow: "*.example.org"
block: b.example.org
inspect: c.example.org
`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  assert.deepEqual(parsed.value.restrict?.enterprises, ['octo-corp']);
  assert.deepEqual(parsed.value.groups.get('oss'), ['bob']);
  assert.deepEqual(parsed.value.copilot.plans, ['business']);
  assert.equal(parsed.value.allow[0]?.name, '*.example.org');
  assert.equal(parsed.value.block[0]?.to[0]?.port, null);
});

test('parsePolicy() ends an exemption at the midnight after its day, where the settings say', () => {
  const endIn = (timeZone: string, until: string): number | undefined => {
    const parsed = parsePolicy(
      { text: `${LOW}exempt: [ { users: a, until: ${until} } ]\n`, file: 'p' },
      { timeZone },
    );
    return parsed.ok ? parsed.value.exempt[0]?.until?.endMs : undefined;
  };
  assert.equal(endIn('UTC', '2027-03-31'), Date.parse('2027-04-01T00:00:00Z'));
  assert.equal(endIn('Europe/Berlin', '2027-03-31'), Date.parse('2027-04-01T00:00:00+02:00'));
  // The clocks change on the day itself.
  assert.equal(endIn('Europe/Berlin', '2027-03-28'), Date.parse('2027-03-29T00:00:00+02:00'));
  assert.equal(endIn('Europe/Berlin', '2027-10-31'), Date.parse('2027-11-01T00:00:00+01:00'));
  assert.equal(endIn('America/Los_Angeles', '2027-12-31'), Date.parse('2028-01-01T00:00:00-08:00'));
});

test('parsePolicy() keeps of githubcopilot.com only what the plans let in', () => {
  const hostsWith = (copilot: string): string[] => {
    const parsed = parse(`${LOW}${copilot}allow: [ { preset: copilot } ]\n`);
    assert.ok(parsed.ok);
    return parsed.value.allow
      .flatMap(({ to }) => to.map(({ text }) => text))
      .filter((text) => text.endsWith('.githubcopilot.com'));
  };
  assert.equal(hostsWith('').length, 4);
  assert.deepEqual(hostsWith('copilot: { plans: [business] }\n'), ['*.business.githubcopilot.com']);
  assert.deepEqual(hostsWith('copilot: { plans: [business], generic: allow }\n'), [
    '*.githubcopilot.com',
    '*.business.githubcopilot.com',
  ]);
});

test('policyJsonSchema() describes every key and refuses unknown ones', () => {
  const schema = policyJsonSchema();
  const keys = [
    'version',
    'include',
    'mode',
    'restrict',
    'tenants',
    'exempt',
    'groups',
    'copilot',
    'allow',
    'block',
    'inspect',
    'otherwise',
  ];
  assert.deepEqual(Object.keys(Object(schema['properties'])), keys);
  assert.equal(schema['additionalProperties'], false);
});
