// docs/requirements.md and the tests name the same requirements, and what holds each up is there.
// Must not know what they demand.
import {
  isCallExpression,
  isIdentifier,
  isStringLiteral,
  isTemplateLiteral,
  type Node,
} from 'typescript/unstable/ast';
import { disagreements } from './docs.ts';
import { type Finding, isTestFile, nodesOf, type SourceTree } from './source-tree.ts';

const PAGE = 'docs/requirements.md';
/** Every requirement there is. These numbers were never given. */
const NEVER_GIVEN: readonly number[] = [23, 37, 44];
export const REQUIREMENTS: readonly string[] = [
  ...Array.from({ length: 70 }, (_, at) => at + 1)
    .filter((number) => !NEVER_GIVEN.includes(number))
    .map((number) => `R-${String(number).padStart(2, '0')}`),
  'R-10a',
];

/** Ids in test names against rows of the page, and the files that the page names. */
export function requirementsRule(tree: SourceTree): Finding[] {
  const text = tree.texts.get(PAGE) ?? null;
  const tested = [...tree.sources].flatMap(([file, source]) =>
    isTestFile(file) ? [...nodesOf(source)].flatMap(idsOf) : [],
  );
  const known = [...new Set(tested)].sort();
  if (text === null && known.length === 0) return [];
  return [
    ...disagreements({ page: PAGE, text, column: 'id', known, list: 'the names of the tests' }),
    ...(text === null ? [] : [...missingFiles(text, tree), ...missingRows(text)]),
  ];
}

/** A row has a test, so that a requirement with a row lacks none. */
function missingRows(text: string): Finding[] {
  return REQUIREMENTS.filter((id) => !text.includes(`\n| ${id} |`)).map((id) => ({
    file: PAGE,
    line: 1,
    message: `${id} has no row. Say what must hold, and test it by name.`,
  }));
}

/** `R-14 …` or `R-10a, R-11 …` at the start of a test's name. */
function idsOf(node: Node): string[] {
  if (!isCallExpression(node) || !isIdentifier(node.expression)) return [];
  if (!['test', 'it', 'describe'].includes(node.expression.text)) return [];
  const name = node.arguments[0];
  if (name === undefined) return [];
  const text = isStringLiteral(name) || isTemplateLiteral(name) ? name.getText().slice(1) : '';
  const lead = /^(?:R-\d+[a-z]?[ ,]+(?:and )?)+/.exec(text)?.[0] ?? '';
  return [...lead.matchAll(/R-\d+[a-z]?/g)].map(([id]) => id);
}

function missingFiles(text: string, tree: SourceTree): Finding[] {
  return text.split('\n').flatMap((line, at) =>
    [...line.matchAll(/`((?:src|bin|tools|test)\/[^`#]+)`/g)].flatMap((match) => {
      const path = match[1] ?? '';
      if (tree.texts.has(path)) return [];
      return [
        {
          file: PAGE,
          line: at + 1,
          message: `${path} is not there. Name what holds the requirement up now.`,
        },
      ];
    }),
  );
}
