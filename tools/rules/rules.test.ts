// Each house rule goes red on a small bad tree, and stays green on the good one beside it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { RULES } from './all-rules.ts';
import { REQUIREMENTS } from './requirements.ts';
import { treeOf } from './source-tree.ts';

interface Row {
  readonly name: string;
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  /** `file:line` of every finding. */
  readonly found: readonly string[];
}

const lines = (count: number, line: string): string => `${`${line}\n`.repeat(count)}`;
const manifest = { 'package.json': '{ "dependencies": { "zod": "4.0.0", "fastify": "5.0.0" } }' };

const ROWS: readonly Row[] = [
  ...[
    ['core imports a shell room', 'src/core/policy/a.ts', "import { b } from '../../gateway/b.ts';"],
    ['core imports by `import type`', 'src/core/policy/a.ts', "import type { b } from '../../ports.ts';"],
    [
      'core imports by import()',
      'src/core/policy/a.ts',
      "export const f = () => import('../../gateway/b.ts');",
    ],
    ['core imports by a re-export', 'src/core/policy/a.ts', "export { b } from '../../gateway/b.ts';"],
    [
      'core imports by an import type',
      'src/core/wire/a.ts',
      "export type T = import('../../gateway/b.ts').B;",
    ],
    ['core imports node:', 'src/core/wire/a.ts', "import { isIP } from 'node:net';"],
    ['core imports a package', 'src/core/wire/a.ts', "import fastify from 'fastify';"],
    ['base imports another room', 'src/core/base/a.ts', "import { b } from '../policy/b.ts';"],
    ['policy imports contract', 'src/core/policy/a.ts', "import { b } from '../contract/b.ts';"],
    ['contract imports policy', 'src/core/contract/a.ts', "import { b } from '../policy/b.ts';"],
    ['a shell room imports another', 'src/gateway/a.ts', "import { b } from '../sinks/b.ts';"],
    ['a shell room imports compose', 'src/gateway/a.ts', "import { b } from '../compose.ts';"],
    ['a shell room imports what npm does not install', 'src/gateway/a.ts', "import { b } from 'left-pad/x';"],
    ['cli imports a shell room', 'src/cli/a.ts', "import { b } from '../gateway/b.ts';"],
    ['compose imports cli', 'src/compose.ts', "import { b } from './cli/b.ts';"],
    ['a part of compose imports cli', 'src/compose/a.ts', "import type { B } from '../cli/b.ts';"],
    ['acts import a shell room', 'src/acts.ts', "import type { B } from './gateway/b.ts';"],
    ['a shell room imports acts', 'src/gateway/a.ts', "import type { B } from '../acts.ts';"],
    ['cli imports a part of compose', 'src/cli/a.ts', "import { b } from '../compose/b.ts';"],
    ['a private file of another folder', 'src/gateway/a.ts', "import { b } from '../core/wire/_b.ts';"],
    [
      'a test imports a private file of another folder',
      'test/a.test.ts',
      "import { b } from '../src/gateway/_b.ts';",
    ],
    ['a unit test imports another room', 'src/gateway/a.test.ts', "import { b } from '../sinks/b.ts';"],
    ['a source imports a test', 'src/gateway/a.ts', "import { b } from '../../test/support/b.ts';"],
    ['a computed import()', 'src/gateway/a.ts', 'export const f = (x: string) => import(x);'],
  ].map(([name = '', file = '', text = '']) => ({
    name,
    rule: 'rooms',
    files: { ...manifest, [file]: `// x\n${text}\n` },
    found: [`${file}:2`],
  })),
  {
    name: 'what rooms may import',
    rule: 'rooms',
    files: {
      ...manifest,
      'src/core/policy/a.ts':
        "// x\nimport { z } from 'zod';\nimport { b } from '../base/b.ts';\nimport { _c } from './_c.ts';",
      'src/gateway/a.ts':
        "// x\nimport f from 'fastify';\nimport 'node:net';\nimport { b } from '../ports.ts';",
      'src/gateway/a.test.ts':
        "// x\nimport fc from 'fast-check';\nimport { b } from '../../test/support/b.ts';",
      'src/compose.ts': "// x\nimport { b } from './compose/b.ts';\nimport type { S } from './acts.ts';",
      'src/compose/b.ts': "// x\nimport { b } from '../gateway/b.ts';",
      'src/cli/a.ts': "// x\nimport { b } from '../compose.ts';\nimport type { C } from '../acts.ts';",
      'src/admin/a.ts': "// x\nimport type { B } from '../acts.ts';",
      'test/a.test.ts': "// x\nimport { b } from '../src/gateway/b.ts';",
    },
    found: [],
  },
  {
    name: 'a circle of types is told once',
    rule: 'cycles',
    files: {
      'src/core/base/a.ts': "// x\nimport type { B } from './b.ts';",
      'src/core/base/b.ts': "// x\nimport type { C } from './c.ts';",
      'src/core/base/c.ts': "// x\nimport type { A } from './a.ts';",
      'src/core/base/d.ts': "// x\nimport type { A } from './a.ts';",
    },
    found: ['src/core/base/a.ts:2'],
  },
  {
    name: 'a wing imports one above it, an unnamed wing, and what a wing may',
    rule: 'wings',
    files: {
      'src/gateway/upstream/a.ts': "// x\nimport { b } from '../http1/b.ts';\nimport { c } from '../c.ts';",
      'src/gateway/http1/b.ts': "// x\nimport { d } from '../upstream/d.ts';",
      'src/gateway/c.ts': "// x\nimport { b } from './http1/b.ts';",
      'src/gateway/cellar/e.ts': '// x\nexport const e = 1;',
      'src/gateway/upstream/a.test.ts': "// x\nimport { b } from '../http1/b.ts';",
    },
    found: ['src/gateway/cellar/e.ts:1', 'src/gateway/upstream/a.ts:2'],
  },
  {
    name: 'folders in a circle, though no file is',
    rule: 'folders',
    files: {
      'src/core/record/a.ts': "// x\nimport { b } from '../policy/decide/b.ts';",
      'src/core/policy/decide/b.ts': '// x\nexport const b = 1;',
      'src/core/policy/compare/c.ts': "// x\nimport type { D } from '../../wire/d.ts';",
      'src/core/wire/d.ts': "// x\nimport { e } from '../record/e.ts';",
      'src/core/wire/e.ts': "// x\nimport { f } from './more/f.ts';",
      'src/core/wire/more/f.ts': "// x\nimport { g } from '../g.ts';",
      'src/core/record/e.test.ts': "// x\nimport { c } from '../wire/d.ts';",
    },
    found: ['src/core/policy/compare/c.ts:2'],
  },
  {
    name: "a vendor's host, URL and header outside its file, and sentences that name one",
    rule: 'vendors',
    files: {
      'src/core/vendors/acme.ts': "export const A = ['*.acme.test', 'X-Acme-Allowed-Teams'];",
      'src/gateway/a.ts':
        "f('acme.test');\nf('https://api.acme.test/x');\nf(`https://acme.test:22/`);\nf('x-acme-allowed-teams');",
      'src/cli/b.ts': "f('ask about acme.test');\nf('other.test');\nf('example.org');",
      'src/gateway/a.test.ts': "f('acme.test');",
      'src/simulator/c.ts': "f('acme.test');",
    },
    found: ['src/gateway/a.ts:1', 'src/gateway/a.ts:2', 'src/gateway/a.ts:3', 'src/gateway/a.ts:4'],
  },
  {
    name: 'a file of re-exports',
    rule: 'barrels',
    files: {
      'src/a.ts': "// x\nimport './c.ts';\nexport * from './b.ts';",
      'src/b.ts': 'export const b = 1;',
    },
    found: ['src/a.ts:2'],
  },
  {
    name: 'the process and the console outside cli',
    rule: 'words',
    files: {
      'src/gateway/a.ts':
        "process.env['X'];\nprocess['argv'];\nprocess.exit(1);\nconsole.log(1);\nprocess.pid;",
      'src/cli/a.ts': 'process.exit(1);\nconsole.log(1);',
      'src/gateway/a.test.ts': 'process.env;',
    },
    found: ['src/gateway/a.ts:1', 'src/gateway/a.ts:2', 'src/gateway/a.ts:3', 'src/gateway/a.ts:4'],
  },
  {
    name: 'rejectUnauthorized in its one file and in another',
    rule: 'words',
    files: {
      'src/gateway/upstream/dial.ts': 'f({ rejectUnauthorized: true });',
      'src/gateway/a.ts': "f({ rejectUnauthorized: false });\nf({ ['rejectUnauthorized']: false });",
    },
    found: ['src/gateway/a.ts:1', 'src/gateway/a.ts:2'],
  },
  {
    name: 'URL where what is sent is judged, and elsewhere',
    rule: 'words',
    files: {
      'src/core/policy/a.ts': 'new URL(a);\nURL.parse(a);\nnew URLSearchParams(a);',
      'src/core/wire/a.ts': 'new URL(a);',
      'src/gateway/a.ts': "URL['canParse'](a);",
      'src/gateway/a.test.ts': 'new URL(a);',
      'src/simulator/a.ts': 'new URL(a);',
    },
    found: ['src/core/policy/a.ts:1', 'src/core/policy/a.ts:2', 'src/core/wire/a.ts:1', 'src/gateway/a.ts:1'],
  },
  {
    name: 'clock, randomness and globals in the core',
    rule: 'words',
    files: {
      'src/core/a.ts':
        'Date.now();\nnew Date();\nMath.random();\nsetTimeout(f);\nBuffer.from(a);\nnew Date(1);\na.process;',
      'src/sinks/a.ts': 'Date.now();',
    },
    found: [1, 2, 3, 4, 5].map((line) => `src/core/a.ts:${line}`),
  },
  {
    name: 'a source of 320 lines and one of 321',
    rule: 'sizes',
    files: { 'src/a.ts': lines(320, '// x'), 'src/b.ts': lines(321, '// x') },
    found: ['src/b.ts:321'],
  },
  {
    name: 'a test of 400 lines and one of 401, and so a table of mutants',
    rule: 'sizes',
    files: {
      'src/a.test.ts': lines(400, '// x'),
      'test/b.test.ts': lines(401, '// x'),
      'tools/mutants/c.ts': lines(401, '// x'),
    },
    found: ['test/b.test.ts:401', 'tools/mutants/c.ts:401'],
  },
  {
    name: 'a function of 50 lines and one of 51',
    rule: 'sizes',
    files: { 'src/a.ts': `function a() {\n${lines(48, '')}}\nconst b = () => {\n${lines(49, '')}};` },
    found: ['src/a.ts:51'],
  },
  {
    name: 'four parameters, and a boolean one',
    rule: 'sizes',
    files: {
      'src/a.ts':
        'function a(b: 1, c: 2, d: 3) {}\nclass A { a(b: 1, c: 2, d: 3, e: 4) {} }\nconst f = (on: boolean) => on;\ng((a, b, c, d) => a);',
    },
    found: ['src/a.ts:2', 'src/a.ts:3'],
  },
  {
    name: 'constructions that no file contains',
    rule: 'shapes',
    files: {
      'test/a.ts':
        '// x\nlet a: any;\nlet b = a!;\nenum E {}\nnamespace N {}\nexport default a;\nswitch (a) { default: }',
    },
    found: [2, 3, 4, 5, 6].map((line) => `test/a.ts:${line}`),
  },
  {
    name: 'a default export of a function',
    rule: 'shapes',
    files: { 'tools/a.ts': '// x\nexport default function f() {}' },
    found: ['tools/a.ts:2'],
  },
  {
    name: 'a file without an opening comment',
    rule: 'shapes',
    files: { 'src/a.ts': 'export const a = 1;', 'src/b.ts': '/** B. */\nexport const b = 1;' },
    found: ['src/a.ts:1'],
  },
  {
    name: 'casts: of a brand, of a constant, explained, and bare',
    rule: 'shapes',
    files: {
      'src/a.ts':
        '// x\ntype Name = string & { readonly b: 1 };\nconst a = x as Name;\nconst b = [1] as const;\n// The library types it as unknown.\nconst c = x as Y;\n\nconst d = x as Y;',
    },
    found: ['src/a.ts:8'],
  },
  {
    name: 'modules that hold state or act when imported',
    rule: 'shapes',
    files: {
      'src/a.ts': "// x\nlet a = 1;\nconst m = new Map();\nf();\nconst s = new Set([1]);\nimport 'b';",
    },
    found: ['src/a.ts:2', 'src/a.ts:3', 'src/a.ts:4'],
  },
  {
    name: 'tests that do not run',
    rule: 'tests',
    files: {
      'src/a.test.ts':
        "// x\ntest.only('a');\ntest('b', { skip: true }, f);\nt.skip('no');\ndescribe.todo('x');\nlist.skip(1);",
      'test/support/tools.ts': '// x\nt.skip(reason);',
    },
    found: [2, 3, 4, 5].map((line) => `src/a.test.ts:${line}`),
  },
  {
    name: 'tests that sleep, and one with a deadline',
    rule: 'tests',
    files: {
      'test/a.test.ts':
        "// x\nawait new Promise((resolve) => setTimeout(resolve, 50));\nawait new Promise((_, reject) => setTimeout(reject, 50));\nimport { setTimeout as sleep } from 'node:timers/promises';",
    },
    found: ['test/a.test.ts:2', 'test/a.test.ts:4'],
  },
  {
    name: 'dependencies without a row, unpinned, gone, brought along unnamed, or with an install script',
    rule: 'dependencies',
    files: {
      'package.json': '{ "dependencies": {\n"zod": "4.0.0",\n"ws": "8.0.0",\n"yaml": "^2.0.0" } }',
      'package-lock.json':
        '{\n"hasInstallScript": true, "packages": { "": {}, "node_modules/zod": {}, "node_modules/big": { "dev": true },\n"node_modules/zod/node_modules/tiny": {} } }',
      'docs/decisions/dependencies.md': '| `zod` | x |\n| `yaml` | x |\n| `left-pad` | x |',
    },
    found: [
      'package.json:3',
      'package.json:4',
      'docs/decisions/dependencies.md:3',
      'package-lock.json:3',
      'package-lock.json:2',
    ],
  },
  {
    name: 'requirements without a row, without a test, or held up by nothing',
    rule: 'requirements',
    files: {
      'src/a.ts': '// x',
      'src/a.test.ts': "// x\ntest('R-14 a', f);\ntest(`R-15, R-16 x`, f);\ntest('a R-99', f);",
      'docs/requirements.md':
        '| id | held by |\n|---|---|\n| R-14 | `src/a.ts` |\n| R-15 | `src/gone.ts` |\n| R-20 | `src/a.ts` |',
    },
    found: [
      ...['docs/requirements.md:1', 'docs/requirements.md:5', 'docs/requirements.md:4'],
      ...REQUIREMENTS.slice(3).map(() => 'docs/requirements.md:1'),
    ],
  },
  ...[REQUIREMENTS, REQUIREMENTS.slice(1)].map((ids) => ({
    name: `${ids.length} of all requirements`,
    rule: 'requirements',
    files: {
      'src/a.ts': '// x',
      'src/a.test.ts': ids.map((id) => `test('${id} x', f);\n`).join(''),
      'docs/requirements.md': `| id | held by |\n|---|---|\n${ids.map((id) => `| ${id} | \`src/a.ts\` |\n`).join('')}`,
    },
    found: ids.length === REQUIREMENTS.length ? [] : ['docs/requirements.md:1'],
  })),
];

for (const { name, rule, files, found } of ROWS) {
  test(`the rule "${rule}" judges: ${name}`, () => {
    const findings = RULES[rule]?.(treeOf(files)) ?? [];
    assert.deepEqual(
      findings.map(({ file, line }) => `${file}:${line}`),
      found,
    );
  });
}
