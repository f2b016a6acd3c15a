// How far a long reading is: one line that is drawn over itself on a terminal, and nothing where nobody watches.
// Must not know what is read.
import type { Cli } from '../cli.ts';

export interface Progress {
  /** Told often; draws a few times a second. */
  at(doneBytes: number): void;
  /** Takes the line away. */
  end(): void;
}

/** `totalBytes` is null where nobody knows how much is to come. */
export function startProgress(cli: Cli, what: string, totalBytes: number | null): Progress {
  if (!cli.terminal.redraws) return { at: () => undefined, end: () => undefined };
  const startedMs = cli.terminal.nowMs();
  let drawnMs = startedMs;
  return {
    at: (doneBytes) => {
      const nowMs = cli.terminal.nowMs();
      if (nowMs - drawnMs < DRAW_MS) return;
      drawnMs = nowMs;
      const line = progressLine({ what, doneBytes, totalBytes, elapsedMs: nowMs - startedMs });
      cli.terminal.err(`\r\x1b[K${line}`);
    },
    end: () => cli.terminal.err('\r\x1b[K'),
  };
}

/** `Reading [#####-----] 52 %  310 of 596 MB, 150 MB/s, 2 s left` */
export function progressLine(at: {
  readonly what: string;
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  readonly elapsedMs: number;
}): string {
  const { what, doneBytes, totalBytes, elapsedMs } = at;
  const perSecond = elapsedMs > 0 ? (doneBytes * 1_000) / elapsedMs : 0;
  const rate = `${megabytes(perSecond)} MB/s`;
  if (totalBytes === null) return `${what}  ${megabytes(doneBytes)} MB, ${rate}`;
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const filled = Math.round(share * WIDTH);
  const bar = `${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}`;
  const left = perSecond > 0 ? `, ${Math.ceil(Math.max(0, totalBytes - doneBytes) / perSecond)} s left` : '';
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${what} [${bar}] ${percent}  ${megabytes(doneBytes)} of ${megabytes(totalBytes)} MB, ${rate}${left}`;
}

const DRAW_MS = 100;
const WIDTH = 30;

function megabytes(bytes: number): string {
  const value = bytes / 1_000_000;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
