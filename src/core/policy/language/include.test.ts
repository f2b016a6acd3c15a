// Policies of several files: what they mean together, and everything that refuses them, with both places.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultText } from '../../base/document.ts';
import { err, ok } from '../../base/result.ts';
import { parsePolicy } from './parse.ts';
import { MAX_INCLUDE_DEPTH, MAX_INCLUDES, type ReadInclude } from './policy-files.ts';
import { includeJsonSchema, policyJsonSchema } from './policy-schema.ts';

type Files = Readonly<Record<string, string>>;

/** The files lie side by side; `link-to-X` is another name of `X`. */
function readerOf(files: Files): ReadInclude {
  return (path) => {
    const id = path.replace('link-to-', '');
    const text = files[id];
    if (text === undefined) return err({ problem: 'there is no such file', mend: 'check the path' });
    return ok({ file: path, text, id });
  };
}

function parse(files: Files): ReturnType<typeof parsePolicy> {
  const text = files['policy.yaml'] ?? '';
  return parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC', readInclude: readerOf(files) });
}

function documentOf(files: Files) {
  const parsed = parse(files);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return parsed.value;
}

const OWN = 'version: 1\notherwise: block\n';

test('parsePolicy() puts lists together: the own entries first, then the includes in order, nested ones too', () => {
  const document = documentOf({
    'policy.yaml': `${OWN}include: [a.yaml, c.yaml]
restrict: { enterprises: octo }
exempt: [{ users: u1 }]
allow: [own.example.org]
block: [b-own.example.org]
inspect: [i-own.example.org]
`,
    'a.yaml':
      'version: 1\ninclude: b.yaml\nexempt: [{ users: u2 }]\nallow: [a.example.org]\ninspect: i-a.example.org\n',
    'b.yaml': 'version: 1\nallow: b.example.org\nblock: [b-b.example.org]\n',
    'c.yaml': 'version: 1\nexempt: [{ users: u3 }]\nallow: [c.example.org]\nblock: [b-c.example.org]\n',
  });
  assert.deepEqual(document.files, ['policy.yaml', 'a.yaml', 'b.yaml', 'c.yaml']);
  assert.deepEqual(
    document.allow.map(({ name, place }) => `${name} ${place.file}:${place.line}:${place.column}`),
    [
      'own.example.org policy.yaml:6:9',
      'a.example.org a.yaml:4:9',
      'b.example.org b.yaml:2:8',
      'c.example.org c.yaml:3:9',
    ],
  );
  assert.deepEqual(
    document.exempt.map(({ name, who }) => [name, who?.users?.[0]]),
    [
      ['exempt 1', 'u1'],
      ['exempt 2', 'u2'],
      ['exempt 3', 'u3'],
    ],
  );
  assert.deepEqual(
    document.block.map(({ name }) => name),
    ['b-own.example.org', 'b-b.example.org', 'b-c.example.org'],
  );
  assert.deepEqual(
    document.inspect.map(({ text }) => text),
    ['i-own.example.org', 'i-a.example.org'],
  );
});

test('parsePolicy() takes a section with one value from whichever file has it', () => {
  const document = documentOf({
    'policy.yaml': 'version: 1\ninclude: [a.yaml, b.yaml]\nallow: [{ preset: copilot }]\n',
    'a.yaml': 'version: 1\nmode: report\nrestrict: { enterprises: octo }\n',
    'b.yaml': 'version: 1\ncopilot: { plans: business }\notherwise: { do: splice, mode: report }\n',
  });
  assert.deepEqual(
    [document.mode, document.modePlace.file, document.modePlace.line],
    ['report', 'a.yaml', 2],
  );
  assert.equal(document.restrict?.place.file, 'a.yaml');
  assert.deepEqual([document.copilot.plans, document.copilot.place.file], [['business'], 'b.yaml']);
  assert.deepEqual(document.otherwise, { do: 'splice', mode: 'report' });
  const copilotHosts = document.allow[0]?.to.filter(({ text }) => text.includes('githubcopilot.com')) ?? [];
  assert.ok(copilotHosts.length > 0);
  assert.ok(
    copilotHosts.every(({ text }) => !text.includes('individual') && !text.includes('enterprise')),
    'the plans of one file route the presets of another',
  );
});

test('parsePolicy() knows a group of any file in every file, and lets derived names recur', () => {
  const document = documentOf({
    'policy.yaml': `${OWN}include: a.yaml\ngroups: { oss: [bob] }\nblock: [{ preset: ssh, unless: { groups: staff } }]\n`,
    'a.yaml': 'version: 1\ngroups: { staff: [carol] }\nexempt: [{ groups: oss }]\nblock: [{ preset: ssh }]\n',
  });
  assert.deepEqual(
    [...document.groups],
    [
      ['oss', ['bob']],
      ['staff', ['carol']],
    ],
  );
  assert.deepEqual(
    document.block.map(({ name }) => name),
    ['ssh', 'ssh'],
  );
});

interface Refusal {
  readonly name: string;
  readonly files: Files;
  /** FILE:LINE:COLUMN "VALUE" of every fault. */
  readonly at: readonly string[];
  /** The other place, in the first fault. */
  readonly names?: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a file that is not there',
    files: { 'policy.yaml': `${OWN}include: [gone.yaml]\n` },
    at: ['policy.yaml:3:11 "gone.yaml"'],
  },
  { name: 'an empty name', files: { 'policy.yaml': `${OWN}include: ""\n` }, at: ['policy.yaml:3:10 ""'] },
  {
    name: 'a name with a line break',
    files: { 'policy.yaml': `${OWN}include: ["a\\nb"]\n` },
    at: ['policy.yaml:3:11 "a\\nb"'],
  },
  ...['rules/*.yaml', 'https://example.org/rules.yaml'].map(
    (path): Refusal => ({
      name: `${path}, though a file of that name is there`,
      files: { 'policy.yaml': `${OWN}include: ["${path}"]\n`, [path]: 'version: 1\n' },
      at: [`policy.yaml:3:11 "${path}"`],
    }),
  ),
  {
    name: 'a file that includes itself',
    files: { 'policy.yaml': `${OWN}include: policy.yaml\n` },
    at: ['policy.yaml:3:10 "policy.yaml"'],
  },
  {
    name: 'a circle back to the policy',
    files: { 'policy.yaml': `${OWN}include: [a.yaml]\n`, 'a.yaml': 'version: 1\ninclude: policy.yaml\n' },
    at: ['a.yaml:2:10 "policy.yaml"'],
    names: 'policy.yaml:3:11',
  },
  {
    name: 'a circle beneath the policy, by another name',
    files: {
      'policy.yaml': `${OWN}include: [a.yaml]\n`,
      'a.yaml': 'version: 1\ninclude: [b.yaml]\n',
      'b.yaml': 'version: 1\ninclude: [link-to-a.yaml]\n',
    },
    at: ['b.yaml:2:11 "link-to-a.yaml"'],
    names: 'a.yaml:2:11',
  },
  {
    name: 'a file twice in a list',
    files: { 'policy.yaml': `${OWN}include: [a.yaml, a.yaml]\n`, 'a.yaml': 'version: 1\n' },
    at: ['policy.yaml:3:19 "a.yaml"'],
    names: 'policy.yaml:3:11',
  },
  {
    name: 'a file that two files include',
    files: {
      'policy.yaml': `${OWN}include: [a.yaml, b.yaml]\n`,
      'a.yaml': 'version: 1\ninclude: c.yaml\n',
      'b.yaml': 'version: 1\ninclude: [link-to-c.yaml]\n',
      'c.yaml': 'version: 1\n',
    },
    at: ['b.yaml:2:11 "link-to-c.yaml"'],
    names: 'a.yaml:2:10',
  },
  {
    name: 'an include without a version',
    files: { 'policy.yaml': `${OWN}include: a.yaml\n`, 'a.yaml': '# mine\nallow: [a.example.org]\n' },
    at: ['a.yaml:2:1 "version"'],
  },
  {
    name: 'an empty include',
    files: { 'policy.yaml': `${OWN}include: a.yaml\n`, 'a.yaml': '' },
    at: ['a.yaml:1:1 ""'],
  },
  {
    name: 'no otherwise in any file',
    files: { 'policy.yaml': 'version: 1\ninclude: a.yaml\n', 'a.yaml': 'version: 1\n' },
    at: ['policy.yaml:1:1 "otherwise"'],
  },
  {
    name: 'faults of shape in several files at once, each with its own line and column',
    files: {
      'policy.yaml': `${OWN}include: [b.yaml, gone.yaml, a.yaml]\n`,
      'a.yaml': 'version: 1\n\n\nblok: []\n',
      'b.yaml': 'version: 1\nexempt: [{ user: x }]\n',
    },
    at: ['policy.yaml:3:19 "gone.yaml"', 'b.yaml:2:12 "user"', 'a.yaml:4:1 "blok"'],
  },
  {
    name: 'a wrong pattern, an unknown group and an unknown preset in their own files, in the order of reading',
    files: {
      'policy.yaml': `${OWN}include: [b.yaml, a.yaml]\nallow: ["*"]\n`,
      'a.yaml': 'version: 1\nallow: [{ preset: nope }]\n',
      'b.yaml': 'version: 1\n# groups\nexempt: [{ groups: none }]\n',
    },
    at: ['policy.yaml:4:9 "*"', 'b.yaml:3:20 "none"', 'a.yaml:2:19 "nope"'],
  },
  ...[
    'mode: report',
    'restrict: { enterprises: octo }',
    'copilot: { plans: business }',
    'otherwise: splice',
  ].map(
    (line): Refusal => ({
      name: `"${line}" in two files`,
      files: {
        'policy.yaml': `version: 1\ninclude: [a.yaml, b.yaml]\n${line.startsWith('otherwise') ? '' : 'otherwise: block\n'}`,
        'a.yaml': `version: 1\n${line}\n`,
        'b.yaml': `version: 1\nallow: []\n${line}\n`,
      },
      at: [`b.yaml:3:1 "${line.split(':')[0]}"`],
      names: 'a.yaml:2:1',
    }),
  ),
  {
    name: 'a group in two files, even an empty one',
    files: {
      'policy.yaml': `${OWN}include: a.yaml\ngroups: { oss: [] }\n`,
      'a.yaml': 'version: 1\ngroups:\n  other: []\n  oss: [bob]\n',
    },
    at: ['a.yaml:4:3 "oss"'],
    names: 'policy.yaml:4:11',
  },
  ...['exempt', 'allow', 'block'].map(
    (section): Refusal => ({
      name: `a name under ${section} in two files`,
      files: {
        'policy.yaml': `${OWN}include: a.yaml\n${section}: [{ name: x, to: a.example.org }]\n`,
        'a.yaml': `version: 1\n${section}:\n  - { to: b.example.org, name: x }\n`,
      },
      at: ['a.yaml:3:32 "x"'],
      names: `policy.yaml:4:${section.length + 12}`,
    }),
  ),
];

describe('parsePolicy() refuses', () => {
  for (const { name, files, at, names } of REFUSALS) {
    test(name, () => {
      const parsed = parse(files);
      assert.ok(!parsed.ok, 'it was read');
      assert.deepEqual(
        parsed.error.map(
          ({ file, line, column, value }) => `${file}:${line}:${column} ${JSON.stringify(value)}`,
        ),
        at,
      );
      const [first] = parsed.error;
      assert.match(first?.mend ?? '', /\S/);
      if (names !== undefined) assert.ok(first?.problem.includes(names), JSON.stringify(first));
    });
  }

  test('more files than the bound, once', () => {
    const list = (count: number): Files => {
      const names = Array.from({ length: count }, (_, at) => `f${at}.yaml`);
      const files = Object.fromEntries(names.map((name) => [name, 'version: 1\n']));
      return { ...files, 'policy.yaml': `${OWN}include: [${names.join(', ')}]\n` };
    };
    assert.equal(documentOf(list(MAX_INCLUDES)).files.length, MAX_INCLUDES + 1);
    const parsed = parse(list(MAX_INCLUDES + 30));
    assert.deepEqual(parsed.ok ? [] : parsed.error.map(({ value }) => value), [`f${MAX_INCLUDES}.yaml`]);
  });

  test('files beneath each other deeper than the bound', () => {
    const chain = (depth: number): Files => {
      const files = Array.from({ length: depth }, (_, at): readonly [string, string] => {
        const next = at + 1 < depth ? `include: f${at + 1}.yaml\n` : '';
        return [`f${at}.yaml`, `version: 1\n${next}`];
      });
      return { ...Object.fromEntries(files), 'policy.yaml': `${OWN}include: f0.yaml\n` };
    };
    assert.equal(documentOf(chain(MAX_INCLUDE_DEPTH)).files.length, MAX_INCLUDE_DEPTH + 1);
    const parsed = parse(chain(MAX_INCLUDE_DEPTH + 1));
    const [fault] = parsed.ok ? [] : parsed.error;
    assert.deepEqual(
      [fault?.file, fault?.value],
      [`f${MAX_INCLUDE_DEPTH - 1}.yaml`, `f${MAX_INCLUDE_DEPTH}.yaml`],
    );
  });

  test('an include in a text that is no file', () => {
    const parsed = parsePolicy({ text: `${OWN}include: a.yaml\n`, file: 'draft' }, { timeZone: 'UTC' });
    assert.deepEqual(parsed.ok ? [] : parsed.error.map(({ value }) => value), ['a.yaml']);
  });
});

test('the JSON Schemas say what each file must have: otherwise or include in the policy, the version everywhere', () => {
  const [policy, include] = [policyJsonSchema(), includeJsonSchema()];
  assert.deepEqual([policy['required'], include['required']], [['version'], ['version']]);
  assert.deepEqual(policy['anyOf'], [{ required: ['otherwise'] }, { required: ['include'] }]);
  assert.equal(include['anyOf'], undefined);
  assert.deepEqual(policy['properties'], include['properties']);
});
