// Every way in which a file names another module: import, import type, re-export, import(), import("…").T.
// Must not know who may import whom.
import { posix } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { lineOf, nodesOf, type SourceTree } from './source-tree.ts';

export interface Import {
  readonly from: string;
  readonly line: number;
  /** A project path for a relative import; the specifier as written for a package or `node:`. */
  readonly target:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'package'; readonly name: string };
}

/** The imports of one file. A dynamic import of something else than a string has the target package `(computed)`. */
export function importsOf(path: string, source: SourceFile): Import[] {
  const imports: Import[] = [];
  for (const node of nodesOf(source)) {
    const specifier = specifierOf(node);
    if (specifier === null) continue;
    imports.push({ from: path, line: lineOf(source, node), target: targetOf(path, specifier) });
  }
  return imports;
}

/** The imports of all files. */
export function allImports(tree: SourceTree): Import[] {
  return [...tree.sources].flatMap(([path, source]) => importsOf(path, source));
}

/** `zod` for `zod/v4`, `@peculiar/x509` for itself, `node:net` for itself. */
export function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function specifierOf(node: Node): string | null {
  if (isImportDeclaration(node)) return literal(node.moduleSpecifier);
  if (isExportDeclaration(node)) return literal(node.moduleSpecifier);
  if (isImportTypeNode(node)) return isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : null;
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0]) ?? '(computed)';
  }
  return null;
}

function literal(node: Node | undefined): string | null {
  return node !== undefined && isStringLiteral(node) ? node.text : null;
}

function targetOf(path: string, specifier: string): Import['target'] {
  if (!specifier.startsWith('.')) return { kind: 'package', name: specifier };
  return { kind: 'file', path: posix.join(posix.dirname(path), specifier) };
}
