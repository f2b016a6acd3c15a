// Whether a record is whole: each stream's chain, and what the streams say of each other.
// Must not know who asks, nor how findings are shown.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { ChainCheck, type ChainFault, type LinePlace } from '../core/record/chain-check.ts';
import { linesOf } from './_line-reader.ts';
import { filesAt, type Note, type StreamFile, type Survey, surveyOf } from './_record-survey.ts';
import { sealOf } from './_seal-key.ts';

export interface VerifyOptions {
  /** Folders and files. */
  readonly paths: readonly string[];
  /** The installation's print key; null: seals are not checked. */
  readonly key: Uint8Array | null;
}

export interface RecordFault extends LinePlace {
  readonly code:
    | ChainFault['code']
    | 'start-missing'
    | 'end-missing'
    | 'stream-missing'
    | 'rewritten'
    | 'seal-wrong';
  readonly text: string;
}

export interface StreamReport {
  readonly stream: string;
  readonly files: readonly string[];
  readonly first: number;
  readonly last: number;
  /** Hash of the last write: keep it elsewhere to prove later that nothing was cut off. */
  readonly hash: string | null;
  /** `closed`: the process stopped. `open`: it runs, or was killed. */
  readonly end: 'closed' | 'open';
  /** The last line that a right seal covers; 0 without one. */
  readonly sealedTo: number;
}

export interface RecordReport {
  readonly files: number;
  readonly lines: number;
  readonly streams: readonly StreamReport[];
  readonly faults: readonly RecordFault[];
  /** Pieces of lines at the end of files: what a process was writing when it was killed, or is writing now. */
  readonly torn: readonly LinePlace[];
  readonly seals: { readonly right: number; readonly unchecked: number };
}

/** Reads every file twice: first what the streams say of each other, then the chains. Throws what the file system throws. */
export async function verifyRecord(options: VerifyOptions): Promise<RecordReport> {
  const survey = await surveyOf(options.paths.flatMap(filesAt));
  const walk = new Walk(survey);
  for (const [stream, files] of survey.streams) await walk.stream(stream, files);
  const seals = walk.compare(options.key);
  return {
    files: survey.files,
    lines: survey.lines,
    streams: walk.reports.map((report) => ({ ...report, sealedTo: walk.sealedTo(report.stream) })),
    faults: walk.faults.toSorted(byPlace),
    torn: survey.torn,
    seals,
  };
}

class Walk {
  readonly reports: Omit<StreamReport, 'sealedTo'>[] = [];
  readonly faults: RecordFault[];
  readonly #survey: Survey;
  /** Stream and number of the lines that notes speak of → the hash that was found there. */
  readonly #found = new Map<string, string | null>();
  readonly #sealedTo = new Map<string, number>();

  constructor(survey: Survey) {
    this.#survey = survey;
    const text = 'no line of this file is one that a gate wrote';
    this.faults = survey.aliens.map((place) => ({ ...place, code: 'not-a-line', text }));
    for (const { stream, seq } of survey.notes) this.#found.set(`${stream} ${seq}`, null);
  }

  async stream(stream: string, files: readonly StreamFile[]): Promise<void> {
    let hash: string | null = null;
    let isClosed = false;
    const check = new ChainCheck({
      stream,
      newHash: runningHash,
      onFault: (fault) => this.faults.push(fault),
      onWrite: (head) => {
        hash = head.hash;
        const key = `${stream} ${head.seq}`;
        if (this.#found.has(key)) this.#found.set(key, head.hash);
      },
    });
    for (const { file } of files) {
      for await (const line of linesOf(file)) {
        if (!line.isWhole) continue;
        check.take(line, { file, line: line.number });
        isClosed = line.text.includes('"kind":"gate","what":"record-closed"');
      }
    }
    check.end();
    const first = check.first ?? 0;
    const [begin] = files;
    if (first > 1 && begin !== undefined && !this.#survey.expired.has(stream))
      this.#fault(
        'start-missing',
        { file: begin.file, line: 1 },
        `lines 1 to ${first - 1} of the stream are missing`,
      );
    const end = isClosed ? 'closed' : 'open';
    this.reports.push({
      stream,
      files: files.map(({ file }) => basename(file)),
      first,
      last: check.last,
      hash,
      end,
    });
  }

  /** What the notes say, against what there is. */
  compare(key: Uint8Array | null): RecordReport['seals'] {
    let right = 0;
    let unchecked = 0;
    for (const note of this.#survey.notes) {
      const agrees = this.#compareNote(note);
      if (note.seal === null) continue;
      if (key === null) unchecked += 1;
      else if (note.seal !== sealOf(note, key))
        this.#fault('seal-wrong', note, 'this seal was not made with the key of this installation');
      else {
        right += 1;
        if (agrees) this.#sealedTo.set(note.stream, Math.max(note.seq, this.sealedTo(note.stream)));
      }
    }
    return { right, unchecked };
  }

  sealedTo(stream: string): number {
    return this.#sealedTo.get(stream) ?? 0;
  }

  #compareNote(note: Note): boolean {
    const { stream, seq, hash } = note;
    const report = this.reports.find((each) => each.stream === stream);
    const says = `this line says that the stream ${stream} reached line ${seq}`;
    if (report === undefined) {
      if (!this.#survey.expired.has(stream))
        this.#fault('stream-missing', note, `${says}, and no file has it`);
      return false;
    }
    if (seq < report.first) return false;
    if (seq > report.last) this.#fault('end-missing', note, `${says}, and it ends at line ${report.last}`);
    else if (this.#found.get(`${stream} ${seq}`) === hash) return true;
    else this.#fault('rewritten', note, `${says} with another hash than it has now`);
    return false;
  }

  #fault(code: RecordFault['code'], { file, line }: LinePlace, text: string): void {
    this.faults.push({ file, line, code, text });
  }
}

function runningHash(): { update(bytes: Uint8Array): void; digest(): string } {
  const running = createHash('sha256');
  return { update: (bytes) => void running.update(bytes), digest: () => running.digest('hex') };
}

function byPlace(a: LinePlace, b: LinePlace): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
