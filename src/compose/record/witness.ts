// Has one stream of the record say, sealed, how far it and the others have come; so that what is cut off or written anew
// later is found. Must not know whose streams they are.
import type { StreamHead } from '../../core/record/chain.ts';
import type { GateEvent } from '../../core/record/events.ts';
import type { Log } from '../../ports.ts';
import type { AuditFile } from '../../sinks/audit-file.ts';
import { type FoundStream, findStreams, sealDetail, settleStream } from '../../sinks/audit-notes.ts';
import { thrownTrouble } from '../trouble.ts';

/** A head, and the lines of its stream that say something else than how far others have come. */
export interface Activity {
  readonly head: StreamHead;
  readonly activity: number;
}

export interface WitnessParts {
  readonly dir: string;
  readonly audit: AuditFile;
  readonly key: Uint8Array;
  readonly log: Log;
  tell(what: GateEvent['what'], detail: GateEvent['detail']): boolean;
}

export class Witness {
  readonly #parts: WitnessParts;
  /** Stream → its activity when it was sealed last. */
  readonly #sealed = new Map<string, number>();
  #notes = 0;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** This process's own stream; null while nothing is written. */
  own(): Activity | null {
    const head = this.#parts.audit.head();
    return head === null ? null : { head, activity: head.seq - this.#notes };
  }

  /** Seals what has moved since it was sealed last, the own stream first; true when there was any. */
  seal(others: readonly Activity[]): boolean {
    const own = this.own();
    const moved = [...(own === null ? [] : [own]), ...others].filter(
      ({ head, activity }) => activity > (this.#sealed.get(head.stream) ?? 0),
    );
    for (const { head, activity } of moved) {
      if (!this.sealHead(head)) continue;
      this.#sealed.set(head.stream, activity);
    }
    return moved.length > 0;
  }

  /** Seals this head, whatever was sealed before. */
  sealHead(head: StreamHead): boolean {
    const { tell, key } = this.#parts;
    if (!tell('record-sealed', sealDetail(head, key))) return false;
    this.#notes += 1;
    return true;
  }

  /** Says how the streams stand that earlier processes left in the folder. */
  tellFound(): void {
    const { dir, audit } = this.#parts;
    const except = audit.head()?.stream ?? '';
    this.#telling(() => findStreams(dir, { except }));
  }

  /** Says how the stream of a process that is gone ended. */
  tellEnd(stream: string): void {
    this.#telling(() => {
      const found = settleStream(this.#parts.dir, stream);
      return found === null ? [] : [found];
    });
  }

  #telling(find: () => readonly FoundStream[]): void {
    const { dir, key, log, tell } = this.#parts;
    try {
      for (const { stream, seq, hash, file, end, tornBytes } of find()) {
        tell('record-found', { ...sealDetail({ stream, seq, hash }, key), file, end, tornBytes });
        this.#sealed.delete(stream);
      }
    } catch (error) {
      const trouble = thrownTrouble(`Cannot read how the record in "${dir}" ended`, error);
      if (trouble.kind === 'failed') log.warn(trouble.message);
    }
  }
}

/** Milliseconds between two seals: what came after the last one can be changed by whoever can write the files. */
export const SEAL_MS = 10_000;
