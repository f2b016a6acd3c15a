// The project's TypeScript files as syntax trees, from the disk or from a rule's test.
// Must not know any rule.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

/** One thing that is wrong, and how to mend it. `line` counts from 1. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Paths are relative to the project's root, with `/`. `text` also has the files that are no TypeScript. */
export interface SourceTree {
  readonly sources: ReadonlyMap<string, SourceFile>;
  readonly texts: ReadonlyMap<string, string>;
}

export type Rule = (tree: SourceTree) => readonly Finding[];

/** Reads the files that rules judge. */
export function readTree(root: string): SourceTree {
  const paths = globSync(['{src,test,tools,bench}/**/*.ts', 'docs/**/*.md', 'bin/*.js', 'package*.json'], {
    cwd: root,
    exclude: ['**/node_modules'],
  });
  return treeOf(
    Object.fromEntries(
      paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]),
    ),
  );
}

/** Parses files that are given as path → text. */
export function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  const texts = new Map(Object.entries(files));
  const typescript = [...texts].filter(([path]) => path.endsWith('.ts'));
  const api = new API({
    cwd: '/',
    fs: createVirtualFileSystem({
      '/tsconfig.json': JSON.stringify({
        compilerOptions: { noLib: true, noResolve: true, types: [] },
        include: ['**/*.ts'],
      }),
      ...Object.fromEntries(typescript.map(([path, text]) => [`/${path}`, text])),
    }),
  });
  try {
    const [project] = api.updateSnapshot({ openProjects: ['/tsconfig.json'] }).getProjects();
    const sources = new Map<string, SourceFile>();
    for (const [path] of typescript) {
      const source = project?.program.getSourceFile(`/${path}`);
      if (source === undefined) throw new Error(`Cannot parse ${path}: the compiler does not list it.`);
      sources.set(path, source);
    }
    return { sources, texts };
  } finally {
    api.close();
  }
}

/** Every node below `node`, and it itself, in the order of the text. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** The line on which a node's own text starts, counted from 1. */
export function lineOf(source: SourceFile, node: Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** True for a test, and for what only tests use. */
export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/');
}
