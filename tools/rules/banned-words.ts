// Words that only one place may say: the process and the console in the command line, no clock in the core.
// Must not know imports or sizes.
import {
  isElementAccessExpression,
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  type Node,
  type SourceFile,
} from 'typescript/unstable/ast';
import { type Finding, isTestFile, lineOf, nodesOf, type SourceTree } from './source-tree.ts';

interface Ban {
  /** True for files that must not say it. */
  readonly applies: (path: string) => boolean;
  readonly says: (node: Node) => string | null;
  readonly mend: string;
}

const inSource = (path: string): boolean => path.startsWith('src/') && !isTestFile(path);
const inCore = (path: string): boolean => inSource(path) && path.startsWith('src/core/');
const whereItIsJudged = (path: string): boolean =>
  inSource(path) && /^src\/(?:gateway|core\/(?:base|policy|wire))\//.test(path);
const outsideCli = (path: string): boolean => inSource(path) && !path.startsWith('src/cli/');

const BANS: readonly Ban[] = [
  {
    applies: outsideCli,
    says: memberOf('process', ['env', 'argv', 'exit', 'exitCode']),
    mend: 'only src/cli asks the process. Take it as an argument.',
  },
  {
    applies: outsideCli,
    says: memberOf('console', null),
    mend: 'only src/cli prints. Take a Log from ports.ts.',
  },
  {
    applies: (path) => inSource(path) && path !== 'src/gateway/upstream/dial.ts',
    says: (node) => named(node, ['rejectUnauthorized']),
    mend: 'whether a certificate is believed is decided in src/gateway/upstream/dial.ts alone.',
  },
  {
    applies: whereItIsJudged,
    says: (node) => (isNewExpression(node) ? named(node.expression, ['URL']) : null),
    mend: 'it normalises what it parses. Judge the bytes that are sent (R-07): read them by hand.',
  },
  {
    applies: whereItIsJudged,
    says: memberOf('URL', null),
    mend: 'it normalises what it parses. Judge the bytes that are sent (R-07): read them by hand.',
  },
  {
    applies: inCore,
    says: memberOf('Date', ['now']),
    mend: 'the core has no clock. Take `nowMs` as an argument.',
  },
  { applies: inCore, says: newDate, mend: 'the core has no clock. Take `nowMs` as an argument.' },
  {
    applies: inCore,
    says: memberOf('Math', ['random']),
    mend: 'the core has no randomness. Take it as an argument.',
  },
  {
    applies: inCore,
    says: (node) => (isReference(node) ? named(node, GLOBALS_WITH_SIDE_EFFECTS) : null),
    mend: 'the core runs anywhere and touches nothing. Move what needs it into a shell room.',
  },
];
const GLOBALS_WITH_SIDE_EFFECTS = [
  'Buffer',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

/** Finds each banned word where it is said. */
export function bannedWordsRule(tree: SourceTree): Finding[] {
  return [...tree.sources].flatMap(([file, source]) => {
    const bans = BANS.filter((ban) => ban.applies(file));
    return bans.length === 0 ? [] : findingsIn(file, source, bans);
  });
}

function findingsIn(file: string, source: SourceFile, bans: readonly Ban[]): Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(source)) {
    for (const ban of bans) {
      const word = ban.says(node);
      if (word !== null) findings.push({ file, line: lineOf(source, node), message: `${word}: ${ban.mend}` });
    }
  }
  return findings;
}

function memberOf(object: string, members: readonly string[] | null): (node: Node) => string | null {
  return (node) => {
    const member = memberName(node, object);
    return member !== null && (members === null || members.includes(member)) ? `${object}.${member}` : null;
  };
}

function memberName(node: Node, object: string): string | null {
  if (isPropertyAccessExpression(node)) return named(node.expression, [object]) && node.name.text;
  if (!isElementAccessExpression(node) || !isStringLiteral(node.argumentExpression)) return null;
  return named(node.expression, [object]) && node.argumentExpression.text;
}

function newDate(node: Node): string | null {
  const bare = isNewExpression(node) && (node.arguments?.length ?? 0) === 0;
  return bare && named(node.expression, ['Date']) ? 'new Date()' : null;
}

function named(node: Node, names: readonly string[]): string | null {
  return (isIdentifier(node) || isStringLiteral(node)) && names.includes(node.text) ? node.text : null;
}

// A property or a member that only bears the name of a global does not reach it.
function isReference(node: Node): boolean {
  if (!isIdentifier(node)) return false;
  const { parent } = node;
  if (isPropertyAccessExpression(parent)) return parent.expression === node;
  return !('name' in parent && parent.name === node);
}
