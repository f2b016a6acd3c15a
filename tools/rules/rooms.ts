// Who may import whom (ARCHITECTURE.md): rooms, private files, packages, cycles and barrels.
// Must not know what the rooms do.
import { posix } from 'node:path';
import { isExportDeclaration, isImportDeclaration, type SourceFile } from 'typescript/unstable/ast';
import { allImports, type Import, packageName } from './imports.ts';
import { type Finding, isTestFile, lineOf, type SourceTree } from './source-tree.ts';

/** What a room may import besides itself. The first entry whose `path` starts a file's path is its room. */
interface Room {
  readonly path: string;
  readonly may: readonly string[];
  readonly packages: readonly string[] | 'any';
}

const PURE_PACKAGES = ['zod', 'yaml', 'ipaddr.js', 'tldts'];
const CORE = 'src/core/';
const PORTS = 'src/ports.ts';
const COMPOSE = 'src/compose.ts';
const ACTS = 'src/acts.ts';
const CLIENT = 'src/client/';
const SHELL_ROOMS = [
  'gateway',
  'identity',
  'authority',
  'sinks',
  'settings',
  'simulator',
  'allowlist',
  'crew',
  'client',
].map((name) => `src/${name}/`);
/** A front asks what a gate can do, in the words of acts.ts. */
const ADMIN = 'src/admin/';
const INTRODUCED = [CORE, PORTS, ACTS, ADMIN, ...SHELL_ROOMS, 'src/compose/'];

const ROOMS: readonly Room[] = [
  { path: 'src/core/base/', may: [], packages: PURE_PACKAGES },
  { path: CORE, may: [CORE], packages: PURE_PACKAGES },
  { path: PORTS, may: [CORE], packages: ['node:net', 'node:tls'] },
  { path: ACTS, may: [CORE], packages: [] },
  { path: COMPOSE, may: INTRODUCED, packages: 'any' },
  { path: 'src/compose/', may: INTRODUCED, packages: 'any' },
  ...SHELL_ROOMS.map((path): Room => ({ path, may: [CORE, PORTS], packages: 'any' })),
  { path: ADMIN, may: [CORE, PORTS, ACTS], packages: 'any' },
  { path: 'src/cli/', may: [CORE, ACTS, COMPOSE, CLIENT], packages: 'any' },
];
// Both are questions in their own right: what the gate does, and what GitHub answers.
const STRANGERS = ['src/core/policy/', 'src/core/contract/'];

/** Rooms, private files and packages. */
export function roomsRule(tree: SourceTree): Finding[] {
  return allImports(tree).flatMap((each) => {
    const message = whyNot(each, runtimePackages(tree));
    return message === null ? [] : [{ file: each.from, line: each.line, message }];
  });
}

/** No import leads back to where it came from, types included. */
export function cyclesRule(tree: SourceTree): Finding[] {
  const imports = allImports(tree);
  const next = new Map<string, Import[]>();
  for (const each of imports) {
    if (each.target.kind === 'file') next.set(each.from, [...(next.get(each.from) ?? []), each]);
  }
  return [...next.keys()].sort().flatMap((start) => {
    const loop = wayBack(start, next);
    // A loop is told once, at its first file in the alphabet.
    if (loop === null || loop.some((each) => each.from < start)) return [];
    const path = [...loop.map((each) => each.from), start].join(' → ');
    const message = `imports go in a circle: ${path}. Move what both need into a file of its own.`;
    return [{ file: start, line: loop[0]?.line ?? 1, message }];
  });
}

/** No file that only passes on what others export. */
export function barrelsRule(tree: SourceTree): Finding[] {
  return [...tree.sources].flatMap(([file, source]) => {
    const [first] = source.statements;
    if (first === undefined || !onlyPassesOn(source)) return [];
    const message = 'this file only passes on what others export. Import from where the thing is made.';
    return [{ file, line: lineOf(source, first), message }];
  });
}

function onlyPassesOn(source: SourceFile): boolean {
  const { statements } = source;
  const passes = statements.filter((each) => isExportDeclaration(each));
  return (
    passes.length > 0 && statements.every((each) => isExportDeclaration(each) || isImportDeclaration(each))
  );
}

function whyNot(each: Import, runtime: readonly string[]): string | null {
  if (each.target.kind === 'package') return whyNotPackage(each.from, each.target.name, runtime);
  const to = each.target.path;
  if (posix.basename(to).startsWith('_') && posix.dirname(to) !== posix.dirname(each.from)) {
    return `${to} is private to its folder. Import what its folder offers, or take the underscore away.`;
  }
  if (isTestFile(each.from)) return whyNotForTest(each.from, to);
  if (isTestFile(to)) return `${to} is for tests. Move what is needed into src/.`;
  const room = roomOf(each.from);
  if (room === null) return null;
  if (STRANGERS.every((path) => each.from.startsWith(path) || to.startsWith(path))) {
    return `core/policy and core/contract never import each other (${to}). Put the shared word into core/base or core/vendors.`;
  }
  if (to.startsWith(room.path) || room.may.some((path) => to.startsWith(path))) return null;
  const may = room.may.length === 0 ? 'nothing else' : `only ${room.may.join(' and ')}`;
  return `${room.path} imports ${may}, not ${to}. Rooms meet at ports.ts and are introduced by compose.ts.`;
}

// Tests beside a source live by its room's rules, and may use test/support; tests under test/ may use everything.
function whyNotForTest(from: string, to: string): string | null {
  const room = roomOf(from);
  if (room === null || to.startsWith('test/') || to.startsWith(room.path)) return null;
  if (to.startsWith(CORE) || to === PORTS || room.may.some((path) => to.startsWith(path))) return null;
  return `a test in ${room.path} does not import ${to}. Tests of several rooms stand under test/.`;
}

function whyNotPackage(from: string, specifier: string, runtime: readonly string[]): string | null {
  const room = roomOf(from);
  const name = packageName(specifier);
  if (room === null || isTestFile(from)) return null;
  if (name === '(computed)')
    return 'an import() names its module as a plain string, so that it can be judged.';
  if (room.packages !== 'any' && !room.packages.includes(name)) {
    return `${room.path} imports no ${name}, only ${room.packages.join(', ') || 'its own files'}. Move what needs it into the shell.`;
  }
  if (name.startsWith('node:') || runtime.includes(name)) return null;
  return `${name} is not among the dependencies of package.json. Add it there, with a line in docs/decisions/dependencies.md.`;
}

function roomOf(path: string): Room | null {
  return ROOMS.find((room) => path.startsWith(room.path)) ?? null;
}

function runtimePackages(tree: SourceTree): string[] {
  const manifest: unknown = JSON.parse(tree.texts.get('package.json') ?? '{}');
  if (typeof manifest !== 'object' || manifest === null || !('dependencies' in manifest)) return [];
  return Object.keys(manifest.dependencies ?? {});
}

function wayBack(start: string, next: ReadonlyMap<string, readonly Import[]>): Import[] | null {
  const seen = new Set<string>();
  const queue: Import[][] = (next.get(start) ?? []).map((each) => [each]);
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const target = way.at(-1)?.target;
    if (target?.kind !== 'file' || seen.has(target.path)) continue;
    if (target.path === start) return way;
    seen.add(target.path);
    for (const each of next.get(target.path) ?? []) queue.push([...way, each]);
  }
  return null;
}
