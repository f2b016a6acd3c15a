// Whether a client that left had its whole answer by then: it knows by the length, as often as by the end.
// Must not know how the answer travels.
import { type HeaderLines, singleHeader } from '../../core/base/header-lines.ts';

export class Delivery {
  readonly #method: string;
  /** Bytes that the head announced; null where it announced none, or has not been passed on. */
  #announced: number | null = null;
  #hasEnded = false;
  #passed = 0;
  #left = 0;

  constructor(method: string) {
    this.#method = method;
  }

  /** The head was passed on. */
  head(headers: HeaderLines): void {
    const length = singleHeader(headers, 'content-length');
    // The answer to a HEAD has none of the bytes that it announces (RFC 9110 section 9.3.2).
    if (this.#method === 'HEAD') this.#announced = 0;
    else this.#announced = length === null ? null : Number(length);
  }

  /** Bytes are passed on; the returned function is told when they have left, or that they never will. */
  passed(bytes: number): (error: Error | null | undefined) => void {
    this.#passed += bytes;
    return (error) => {
      if (error == null) this.#left += bytes;
    };
  }

  /** Nothing more is to come. */
  ended(): void {
    this.#hasEnded = true;
  }

  /** True when there is nothing that the client has not been sent. */
  get isWhole(): boolean {
    return (this.#hasEnded || this.#passed === this.#announced) && this.#left === this.#passed;
  }
}
