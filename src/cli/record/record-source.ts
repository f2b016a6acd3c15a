// Record files that a person names: found, opened and read line by line, however large, with a progress bar.
// Must not know what a line says.
import { createReadStream, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { LineSplitter } from '../../core/record/line-splitter.ts';
import type { Cli } from '../cli.ts';
import { whyNot } from '../files.ts';
import { type Progress, startProgress } from './progress-bar.ts';

/** One file of a record, or standard input. */
export interface RecordSource {
  readonly name: string;
  /** Null for standard input. */
  readonly path: string | null;
  readonly bytes: number | null;
}

/** What was read, and what could not be. */
export interface RecordRead {
  readonly lines: number;
  /** Lines that are too long for any record. */
  readonly tooLong: number;
  /** Files that ended before their end, with the reason: a compressed one that was cut. */
  readonly broken: readonly { readonly name: string; readonly why: string }[];
}

/**
 * The files behind FILES, folders and `-`, each once, however often and by whatever link it is named. Of a folder: every `audit-*.jsonl`, rotated or compressed too, by name; what the gate
 * set aside as torn is not among them.
 */
export function findRecord(cli: Cli, names: readonly string[]): Result<readonly RecordSource[], Trouble> {
  if (names.filter((name) => name === '-').length > 1)
    return err({
      kind: 'failed',
      message: 'Cannot read "-" twice: standard input comes once. Name it once.',
    });
  const sources = new Map<string, RecordSource>();
  for (const name of names) {
    const found = name === '-' ? ok([{ name: 'standard input', path: null, bytes: null }]) : find(cli, name);
    if (!found.ok) return found;
    for (const source of found.value) sources.set(source.path ?? '-', source);
  }
  return ok([...sources.values()]);
}

/** Reads every source in turn and gives each line to `onLine`. */
export async function readRecord(
  cli: Cli,
  sources: readonly RecordSource[],
  onLine: (line: string) => void,
): Promise<Result<RecordRead, Trouble>> {
  const broken: { name: string; why: string }[] = [];
  const count = { lines: 0, tooLong: 0, doneBytes: 0 };
  const progress = startProgress(cli, 'Reading', totalOf(sources));
  const splitter = new LineSplitter({
    line: (line) => {
      count.lines += 1;
      onLine(line);
    },
    tooLong: () => {
      count.tooLong += 1;
    },
  });
  try {
    for (const source of sources) {
      const why = await readOne(cli, source, { splitter, progress, count });
      splitter.end();
      if (why === null) continue;
      if (!isGzip(source)) return err({ kind: 'failed', message: failureOf(source.name, why) });
      broken.push({ name: source.name, why });
    }
  } finally {
    progress.end();
  }
  return ok({ lines: count.lines, tooLong: count.tooLong, broken });
}

// Large enough that the work between two reads outweighs the read.
const PIECE_BYTES = 4 * 1024 * 1024;
const RECORD_FILE = /^audit-.*\.jsonl(?:\.\d+)?(?:\.gz)?$/;

function find(cli: Cli, name: string): Result<readonly RecordSource[], Trouble> {
  try {
    const path = realpathSync(resolve(cli.terminal.cwd, name));
    const stats = statSync(path);
    if (!stats.isDirectory()) return ok([{ name, path, bytes: stats.isFile() ? stats.size : null }]);
    const files = readdirSync(path).filter((file) => RECORD_FILE.test(file));
    if (files.length === 0) {
      const message = `Cannot find a record in ${JSON.stringify(name)}: it holds no audit-*.jsonl. Name the folder of audit.dir.`;
      return err({ kind: 'failed', message });
    }
    return ok(
      files.toSorted().map((file) => {
        const inside = realpathSync(join(path, file));
        return { name: join(name, file), path: inside, bytes: statSync(inside).size };
      }),
    );
  } catch (error) {
    return err({ kind: 'failed', message: failureOf(name, whyNot(error)) });
  }
}

function failureOf(name: string, why: string): string {
  return `Cannot read the record ${JSON.stringify(name)}: ${why}`;
}

function isGzip({ path }: RecordSource): boolean {
  return path?.endsWith('.gz') === true;
}

function totalOf(sources: readonly RecordSource[]): number | null {
  return sources.some(({ bytes }) => bytes === null)
    ? null
    : sources.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Why the source ended early; null when it was read whole. */
async function readOne(
  cli: Cli,
  source: RecordSource,
  to: {
    readonly splitter: LineSplitter;
    readonly progress: Progress;
    readonly count: { doneBytes: number };
  },
): Promise<string | null> {
  const seen = (bytes: number): void => {
    to.count.doneBytes += bytes;
    to.progress.at(to.count.doneBytes);
  };
  try {
    for await (const piece of piecesOf(cli, source, seen)) to.splitter.add(asciiOf(piece));
    return null;
  } catch (error) {
    return whyNot(error);
  }
}

async function* piecesOf(
  cli: Cli,
  source: RecordSource,
  seen: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  if (source.path === null) {
    for await (const piece of cli.terminal.inputPieces()) {
      yield piece;
      seen(piece.length);
    }
    return;
  }
  const file = createReadStream(source.path, { highWaterMark: PIECE_BYTES });
  if (!isGzip(source)) {
    for await (const piece of file) {
      yield piece;
      seen(piece.length);
    }
    return;
  }
  file.on('data', (piece) => seen(piece.length));
  const unzipped = createGunzip({ chunkSize: PIECE_BYTES });
  file.on('error', (error) => unzipped.destroy(error));
  yield* file.pipe(unzipped);
}

/** The gate writes ASCII; a foreign byte becomes a character of its own, which is cheaper to make than any decoding. */
function asciiOf(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}
