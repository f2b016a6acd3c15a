// The lines of a record read once: which streams there are in which files, and what they say of each other.
// Must not know whether any of it is right.
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readMark, type StreamHead } from '../core/record/chain.ts';
import type { LinePlace } from '../core/record/chain-check.ts';
import { linesOf, type RawLine } from './_line-reader.ts';

/** What one stream says of another, or of itself. */
export interface Note extends StreamHead, LinePlace {
  readonly seal: string | null;
}

export interface StreamFile {
  readonly file: string;
  readonly first: number;
}

export interface Survey {
  files: number;
  lines: number;
  readonly streams: Map<string, StreamFile[]>;
  readonly notes: Note[];
  /** Streams of which a file was removed because it was past its keep. */
  readonly expired: Set<string>;
  readonly torn: LinePlace[];
  /** Files of which no line is one that a gate wrote. */
  readonly aliens: LinePlace[];
}

const AUDIT_FILE = /^audit-.*\.jsonl(?:\.\d+)?$/;

/** The files of a record's folder, or the one file that is named. */
export function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry: Dirent) => entry.isFile() && AUDIT_FILE.test(entry.name))
    .map((entry) => join(path, entry.name))
    .toSorted();
}

/** Reads every line once. Throws what the file system throws. */
export async function surveyOf(files: readonly string[]): Promise<Survey> {
  const survey: Survey = {
    ...{ files: files.length, lines: 0, streams: new Map(), notes: [] },
    ...{ expired: new Set(), torn: [], aliens: [] },
  };
  for (const file of files) {
    let isNew = true;
    for await (const line of linesOf(file)) {
      if (!line.isWhole) {
        survey.torn.push({ file, line: line.number });
        continue;
      }
      survey.lines += 1;
      const mark = readMark(line.text);
      if (mark !== null && isNew) {
        isNew = false;
        const known = survey.streams.get(mark.stream) ?? [];
        survey.streams.set(mark.stream, [...known, { file, first: mark.seq }]);
      }
      if (line.text.includes('"kind":"gate"')) takeNote(survey, line, file);
    }
    if (isNew && survey.lines > 0 && statSync(file).size > 0) noteAlien(survey, file);
  }
  for (const known of survey.streams.values()) known.sort((a, b) => a.first - b.first);
  return survey;
}

function noteAlien(survey: Survey, file: string): void {
  if (survey.torn.some((torn) => torn.file === file && torn.line === 1)) return;
  survey.aliens.push({ file, line: 1 });
}

function takeNote(survey: Survey, line: RawLine, file: string): void {
  const event = parsed(line.text);
  const detail = Reflect.get(event, 'detail');
  const what = Reflect.get(event, 'what');
  if (typeof detail !== 'object' || detail === null) return;
  const { stream, seq, hash, seal } = { stream: null, seq: null, hash: null, seal: null, ...detail };
  if (what === 'record-expired') {
    const expired = /-([0-9a-z]{1,16})\.jsonl/.exec(String(Reflect.get(detail, 'file')))?.[1];
    if (expired !== undefined) survey.expired.add(expired);
  }
  if (what !== 'record-sealed' && what !== 'record-found') return;
  if (typeof stream !== 'string' || typeof seq !== 'number' || typeof hash !== 'string') return;
  survey.notes.push({
    stream,
    seq,
    hash,
    seal: typeof seal === 'string' ? seal : null,
    file,
    line: line.number,
  });
}

function parsed(text: string): object {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}
