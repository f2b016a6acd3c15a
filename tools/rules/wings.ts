// Who may import whom among the wings of a room (ARCHITECTURE.md), and that no folders lean on each other in a circle.
// Must not know what the wings do.
import { posix } from 'node:path';
import { allImports, type Import } from './imports.ts';
import { type Finding, isTestFile, type SourceTree } from './source-tree.ts';

/**
 * The wings of each room, and what each may import besides itself and the floor it stands on: the files of the room's own
 * folder. A wing names only wings that stand above it here.
 */
export const WINGS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'src/core/policy/': {
    language: [],
    compile: ['language'],
    decide: ['language', 'compile'],
    compare: ['language', 'compile', 'decide'],
  },
  'src/gateway/': {
    upstream: [],
    request: ['upstream'],
    relay: ['request'],
    http1: ['upstream', 'request', 'relay'],
    http2: ['upstream', 'request', 'relay', 'http1'],
    tunnel: ['upstream', 'request', 'relay', 'http1', 'http2'],
    door: ['request', 'http1'],
  },
  'src/compose/': { record: [], gate: ['record'], acts: ['record', 'gate'] },
  'src/client/': { egress: [], walkthrough: [] },
  'src/cli/': {
    record: [],
    policy: ['record'],
    allowlist: [],
    setup: [],
    gate: [],
    trial: ['gate'],
  },
};

/** Every folder of a room with wings is in the table, and imports what the table allows. */
export function wingsRule(tree: SourceTree): Finding[] {
  const unknown = [...tree.sources.keys()].flatMap((file): Finding[] => {
    const room = roomOf(file);
    const wing = room === null ? null : wingOf(room, file);
    if (room === null || wing === null || WINGS[room]?.[wing] !== undefined) return [];
    return [{ file, line: 1, message: `${room}${wing}/ is no wing that tools/rules/wings.ts names.` }];
  });
  return [...unknown, ...allImports(tree).flatMap(whyNot)];
}

/** No two folders beside each other import one another, however long the way. A folder's tests are not looked at. */
export function foldersRule(tree: SourceTree): Finding[] {
  const steps = allImports(tree).flatMap((each): Step[] => stepOf(each) ?? []);
  const next = new Map<string, Set<string>>();
  for (const { from, to } of steps) next.set(from, (next.get(from) ?? new Set()).add(to));
  return steps.flatMap(({ from, to, at }) => {
    const back = wayTo(from, to, next);
    // A circle is told at the folder that is first in the alphabet.
    if (back === null || back.some((folder) => folder < from)) return [];
    const message = `folders lean on each other: ${[from, ...back].join(' → ')}. Move what both need below both.`;
    return [{ file: at.from, line: at.line, message }];
  });
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly at: Import;
}

function whyNot(each: Import): Finding[] {
  const room = roomOf(each.from);
  if (room === null || each.target.kind !== 'file' || isTestFile(each.from)) return [];
  const [from, to] = [wingOf(room, each.from), wingOf(room, each.target.path)];
  if (from === null || to === null || from === to) return [];
  const may = WINGS[room]?.[from] ?? [];
  if (may.includes(to)) return [];
  const message = `the wing ${from} of ${room} imports ${may.join(', ') || 'no other wing'}, not ${to}. Move what both need below both.`;
  return [{ file: each.from, line: each.line, message }];
}

function roomOf(file: string): string | null {
  return Object.keys(WINGS).find((room) => file.startsWith(room)) ?? null;
}

/** Null for what stands in the room's own folder, or in another room. */
function wingOf(room: string, file: string): string | null {
  if (!file.startsWith(room)) return null;
  const [wing, ...rest] = file.slice(room.length).split('/');
  return wing === undefined || rest.length === 0 ? null : wing;
}

/** From which folder to which one beside it; null within one folder, and between a folder and what it stands in. */
function stepOf(at: Import): Step[] | null {
  if (at.target.kind !== 'file' || isTestFile(at.from)) return null;
  const [one, other] = [foldersOf(at.from), foldersOf(at.target.path)];
  const parting = one.findIndex((folder, depth) => folder !== other[depth]);
  if (parting < 0 || parting >= other.length) return null;
  const path = (folders: readonly string[]): string => folders.slice(0, parting + 1).join('/');
  return [{ from: path(one), to: path(other), at }];
}

function foldersOf(file: string): string[] {
  return posix.dirname(file).split('/');
}

function wayTo(
  goal: string,
  start: string,
  next: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | null {
  const queue: (readonly string[])[] = [[start]];
  const seen = new Set([start]);
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const at = way.at(-1) ?? start;
    if (at === goal) return way;
    for (const to of next.get(at) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push([...way, to]);
    }
  }
  return null;
}
