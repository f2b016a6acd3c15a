// The tour as a table of fixed width: expected and seen side by side, under the page's own sentences.
// Must not know how a scene is played.
import { unreachable } from '../../core/base/unreachable.ts';
import { expectationText, sightText } from './_sight.ts';
import type { Where } from './scene.ts';
import type { Row } from './tour.ts';

export type Paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string;

/** The lines above a row: its section and its sentence, where they begin. */
export function headingLines(row: Row, before: Row | null, look: Look): string[] {
  const { paint, width } = look;
  const section = row.section === before?.section ? [] : ['', paint('bold', row.section), columnHeads(look)];
  if (row.sentence === before?.sentence) return section;
  return [...section, ...wrapped(`“${row.sentence}”`, width - 2).map((line) => paint('dim', `  ${line}`))];
}

/** What a table is drawn with; `width` in columns of the terminal. */
export interface Look {
  readonly paint: Paint;
  readonly width: number;
}

/** One scene: as many lines as its longest cell has. */
export function rowLines(row: Row, look: Look): string[] {
  const { outcome } = row;
  const cells =
    outcome.kind === 'skipped'
      ? [`skipped: ${outcome.why}`]
      : [expectationText(outcome.expected), sightText(outcome.seen)];
  return laidOut([MARKS[outcome.kind], WHERE[row.where], row.what, ...cells], look, (cell, at) =>
    paintedCell(cell, { at, kind: outcome.kind, paint: look.paint }),
  );
}

/** How many scenes came out how. */
export function countsOf(rows: readonly Row[]): Readonly<Record<Row['outcome']['kind'], number>> {
  const count = (kind: Row['outcome']['kind']): number =>
    rows.filter(({ outcome }) => outcome.kind === kind).length;
  return { expected: count('expected'), different: count('different'), skipped: count('skipped') };
}

const MARKS: Readonly<Record<Row['outcome']['kind'], string>> = {
  expected: 'ok',
  different: 'NOT',
  skipped: '-',
};
const WHERE: Readonly<Record<Where, string>> = {
  inside: 'inside',
  outside: 'outside',
  exempt: 'exempt',
  staff: 'inside',
  past: 'past gate',
};
const GAP = '  ';
const MARK_WIDTH = 3;
const WHERE_WIDTH = 9;
const SCENE_SHARE = 0.3;

function columnHeads(look: Look): string {
  const [line = ''] = laidOut(['', 'from', 'scene', 'expected', 'seen'], look, (cell) => cell);
  return look.paint('dim', line);
}

/** Cells side by side, wrapped; the last takes what is left of the width. */
function laidOut(
  cells: readonly string[],
  { width }: Look,
  painted: (cell: string, at: number) => string,
): string[] {
  const free = width - MARK_WIDTH - WHERE_WIDTH - 4 * GAP.length;
  const scene = Math.floor(free * SCENE_SHARE);
  const words = Math.floor((free - scene) / 2);
  const last = cells.length < 5 ? 2 * words + GAP.length : words;
  const widths = [MARK_WIDTH, WHERE_WIDTH, scene, words, words].with(cells.length - 1, last);
  const columns = cells.map((cell, at) => wrapped(cell, widths[at] ?? words));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const shown = columns.map((lines, at) => {
      const text = lines[line] ?? '';
      return painted(text, at) + ' '.repeat((widths[at] ?? 0) - text.length);
    });
    return shown.join(GAP).trimEnd();
  });
}

function paintedCell(
  cell: string,
  { at, kind, paint }: { readonly at: number; readonly kind: Row['outcome']['kind']; readonly paint: Paint },
): string {
  if (cell === '') return cell;
  switch (kind) {
    case 'expected':
      return at === 0 ? paint('green', cell) : cell;
    case 'different':
      return at === 0 || at === 4 ? paint('red', cell) : cell;
    case 'skipped':
      return paint('yellow', cell);
    default:
      return unreachable(kind);
  }
}

/** Lines of at most `width`, broken at blanks; a word that is longer is cut. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text
    .split(' ')
    .flatMap((whole) => whole.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
