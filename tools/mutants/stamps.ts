// Lines that set and remove the headers of vendors, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

export const stampMutants: readonly Mutant[] = [
  {
    holds: ['R-01'],
    file: 'src/core/policy/decide/rewrite.ts',
    line: "if (edit.op === 'remove') continue;",
    becomes: 'continue;',
    red: [{ file: 'src/core/policy/decide/rewrite.test.ts', test: 'R-01 rewriteHeaders()' }],
  },
  {
    holds: ['R-02'],
    file: 'src/core/policy/decide/rewrite.ts',
    line: 'if (!isEdited(name, edits)) kept.push',
    becomes: 'kept.push',
    red: [{ file: 'src/core/policy/decide/rewrite.test.ts', test: 'R-01 rewriteHeaders()' }],
  },
  {
    holds: ['R-02'],
    file: 'src/core/policy/compile/stamping.ts',
    line: '.filter(({ vendor }) => vendor !== GITHUB)',
    becomes: '.filter(({ vendor }) => vendor === null)',
    red: [{ file: 'src/core/policy/decide/tenants.test.ts', test: 'are removed in every spelling' }],
  },
  {
    holds: ['R-02'],
    file: 'src/core/policy/decide/rewrite.ts',
    line: 'for (const { header } of edits) if',
    becomes: 'for (const { header } of edits.slice(0, 1)) if',
    red: [{ file: 'test/hostile/tenants.test.ts', test: 'over HTTP/1.1' }],
  },
  {
    holds: ['R-03'],
    file: 'src/core/policy/decide/rewrite.ts',
    line: "options.httpVersion === '2' ? edit.header.lowerName : edit.header.name",
    becomes: 'edit.header.name',
    red: [{ file: 'src/core/policy/decide/rewrite.test.ts', test: 'R-01 rewriteHeaders()' }],
  },
  {
    holds: ['R-03'],
    file: 'src/core/policy/compile/stamping.ts',
    line: 'restrict.enterprises.join(ENTERPRISE_HEADER.separator)',
    becomes: "restrict.enterprises.join('\\\\n')",
    red: [{ file: 'src/core/policy/decide/decide-request.test.ts', test: 'stamps with the joined value' }],
  },
];
