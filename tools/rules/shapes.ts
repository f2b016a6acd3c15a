// What no file contains, and how each opens: the parts of the style that a machine can see.
// Must not know rooms or sizes.
import {
  isAsExpression,
  isCallExpression,
  isExpressionStatement,
  isIdentifier,
  isIntersectionTypeNode,
  isNewExpression,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  isVariableStatement,
  type Node,
  NodeFlags,
  type SourceFile,
  SyntaxKind,
  type VariableStatement,
} from 'typescript/unstable/ast';
import { type Finding, isTestFile, lineOf, nodesOf, type SourceTree } from './source-tree.ts';

const NEVER: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.AnyKeyword, '`any` switches the types off. Take `unknown` and parse it.'],
  [SyntaxKind.NonNullExpression, '`!` asserts what the types do not know. Handle the missing value.'],
  [SyntaxKind.EnumDeclaration, 'no enums. Write a union of strings.'],
  [SyntaxKind.ModuleDeclaration, 'no namespaces. A file is the namespace.'],
  [SyntaxKind.ExportAssignment, 'no default exports. Export the thing by its name.'],
  [SyntaxKind.DefaultKeyword, 'no default exports. Export the thing by its name.'],
  [SyntaxKind.Decorator, 'no decorators. Call the function.'],
]);

/** Forbidden constructions, casts, module state, and the opening comment. */
export function shapesRule(tree: SourceTree): Finding[] {
  return [...tree.sources].flatMap(([file, source]) => [
    ...openingFindings(file, source),
    ...neverFindings(file, source),
    ...(file.startsWith('src/') && !isTestFile(file)
      ? [...castFindings(file, source), ...stateFindings(file, source)]
      : []),
  ]);
}

function openingFindings(file: string, source: SourceFile): Finding[] {
  if (/^(?:#!.*\n)?\/[/*]/.test(source.text)) return [];
  return [{ file, line: 1, message: 'open with a comment: what this file is, and what it must not know.' }];
}

function neverFindings(file: string, source: SourceFile): Finding[] {
  return [...nodesOf(source)].flatMap((node) => {
    // `default:` of a switch is a clause of its own; the keyword stands alone only behind `export`.
    const message = NEVER.get(node.kind);
    return message === undefined ? [] : [{ file, line: lineOf(source, node), message }];
  });
}

function castFindings(file: string, source: SourceFile): Finding[] {
  const lines = source.text.split('\n');
  const brands = brandsOf(source);
  return [...nodesOf(source)].flatMap((node) => {
    if (!isAsExpression(node) || isConstOrBrand(node.type, brands)) return [];
    const line = lineOf(source, node.type);
    const explained = [lines[line - 1], lines[lineOf(source, node) - 2]].some((text) => text?.includes('//'));
    if (explained) return [];
    const message =
      '`as` stands only in the parser of a brand, or at a library edge with a comment that says why.';
    return [{ file, line, message }];
  });
}

function brandsOf(source: SourceFile): Set<string> {
  const aliases = [...source.statements].filter(isTypeAliasDeclaration);
  return new Set(aliases.filter(({ type }) => isIntersectionTypeNode(type)).map(({ name }) => name.text));
}

function isConstOrBrand(type: Node, brands: ReadonlySet<string>): boolean {
  if (!isTypeReferenceNode(type) || !isIdentifier(type.typeName)) return false;
  return type.typeName.text === 'const' || brands.has(type.typeName.text);
}

function stateFindings(file: string, source: SourceFile): Finding[] {
  // The entry of the command line is there to be run; everything else is there to be imported.
  if (file === 'src/cli/main.ts') return [];
  return [...source.statements].flatMap((statement) => {
    const message = isExpressionStatement(statement)
      ? 'a module does nothing when it is imported. Put it into a function.'
      : isVariableStatement(statement) && isMutable(statement)
        ? 'a module holds no state that changes. Give it to a function or a class.'
        : null;
    return message === null ? [] : [{ file, line: lineOf(source, statement), message }];
  });
}

function isMutable(statement: VariableStatement): boolean {
  const list = statement.declarationList;
  if ((list.flags & NodeFlags.Const) === 0) return true;
  return [...list.declarations].some(
    ({ initializer }) => initializer !== undefined && startsEmpty(initializer),
  );
}

// An empty collection at the top of a module can only be meant to be filled later.
function startsEmpty(node: Node): boolean {
  if (!isNewExpression(node) || isCallExpression(node) || !isIdentifier(node.expression)) return false;
  return (
    ['Map', 'Set', 'WeakMap', 'WeakSet'].includes(node.expression.text) && (node.arguments?.length ?? 0) === 0
  );
}
