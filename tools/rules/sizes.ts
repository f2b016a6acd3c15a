// How long a file and a function may be, and how many things a function takes.
// Must not know what they do.
import {
  isArrowFunction,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isIdentifier,
  isMethodDeclaration,
  isSetAccessorDeclaration,
  isVariableDeclaration,
  type Node,
  type ParameterDeclaration,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { type Finding, isTestFile, lineOf, nodesOf, type SourceTree } from './source-tree.ts';

export const LIMITS = { sourceLines: 320, otherLines: 400, functionLines: 50, parameters: 3 } as const;

// Functions that are one list from top to bottom and would not read better in pieces: `file#name` → lines.
const TOLERATED: ReadonlyMap<string, number> = new Map();

/** File and function lengths, positional parameters, boolean parameters. */
export function sizesRule(tree: SourceTree): Finding[] {
  return [...tree.sources].flatMap(([file, source]) => [
    ...fileFindings(file, source),
    ...(isTestFile(file) ? [] : functionFindings(file, source)),
  ]);
}

function fileFindings(file: string, source: SourceFile): Finding[] {
  const lines = source.text.trimEnd().split('\n').length;
  const most = isSource(file) ? LIMITS.sourceLines : LIMITS.otherLines;
  if (lines <= most) return [];
  const message = `${lines} lines: a file like this has at most ${most}. Move its second idea into a file of its own.`;
  return [{ file, line: most + 1, message }];
}

/** Tests, and the tables of mutants, may be longer: a row more is no idea more. */
function isSource(file: string): boolean {
  return !isTestFile(file) && !file.startsWith('tools/mutants/');
}

function functionFindings(file: string, source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(source)) {
    if (!isFunction(node)) continue;
    const line = lineOf(source, node);
    const name = nameOf(node);
    const lines = source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
    const say = (message: string): number => findings.push({ file, line, message: `${name}: ${message}` });
    if (lines > (TOLERATED.get(`${file}#${name}`) ?? LIMITS.functionLines)) {
      say(`${lines} lines: a function has at most ${LIMITS.functionLines}. Give a step of it a name.`);
    }
    // What a call passes on has the parameters that its taker gives.
    const isPassedOn = node.parent.kind === SyntaxKind.CallExpression;
    if (node.parameters.length > LIMITS.parameters && !isPassedOn) {
      say(`${node.parameters.length} parameters: at most ${LIMITS.parameters}, then one object.`);
    }
    if (node.parameters.some(isBoolean) && !isPassedOn) {
      say('a boolean parameter says nothing where it is given. Take a word, or write two functions.');
    }
  }
  return findings;
}

type FunctionNode = Node & { readonly parameters: readonly ParameterDeclaration[] };

function isFunction(node: Node): node is FunctionNode {
  return [
    isArrowFunction,
    isConstructorDeclaration,
    isFunctionDeclaration,
    isFunctionExpression,
    isGetAccessorDeclaration,
    isMethodDeclaration,
    isSetAccessorDeclaration,
  ].some((is) => is(node));
}

function isBoolean(parameter: ParameterDeclaration): boolean {
  return parameter.type?.kind === SyntaxKind.BooleanKeyword;
}

function nameOf(node: FunctionNode): string {
  if ('name' in node && isNode(node.name)) return node.name.getText();
  if (isVariableDeclaration(node.parent) && isIdentifier(node.parent.name)) return node.parent.name.text;
  return isConstructorDeclaration(node) ? 'constructor' : 'a function';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
