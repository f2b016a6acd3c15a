// What arrived, as it arrived: the list behind `GET /_simulator/requests`. Must not know who asked or what was answered.
import { type HeaderLines, headerPairs } from '../core/base/header-lines.ts';

export interface SeenRequest {
  /** RFC 3339 with milliseconds, UTC. */
  readonly at: string;
  readonly host: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly httpVersion: string;
  /** In the order and spelling received. */
  readonly headers: readonly (readonly [string, string])[];
}

/** Keeps the newest requests, so that a long run does not grow. */
export class RequestLog {
  readonly #most: number;
  #seen: SeenRequest[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(request: Omit<SeenRequest, 'headers'> & { readonly lines: HeaderLines }): void {
    const { lines, ...rest } = request;
    this.#seen.push({ ...rest, headers: [...headerPairs(lines)] });
    // Cut in large steps: shifting a long array per request is slow.
    if (this.#seen.length > this.#most * 2) this.#seen = this.#seen.slice(-this.#most);
  }

  /** Oldest first. */
  newest(): readonly SeenRequest[] {
    return this.#seen.slice(-this.#most);
  }

  clear(): void {
    this.#seen = [];
  }
}
