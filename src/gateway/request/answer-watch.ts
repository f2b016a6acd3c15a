// Watches an answer of upstream pass: its status, and what the vendor says: the request's id there, and of the restriction.
// Must not change or delay what passes.
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import type { VendorAnswers } from '../../core/vendors/vendor.ts';
import type { RequestRecord } from './request-record.ts';

// Vendors' messages stand at the start of JSON and text answers, and within the first kibibytes of pages.
const PEEK_BYTES = 4_096;

/** Whose answers come from a host. */
export interface AnswerSource {
  readonly vendor: string;
  readonly host: string;
  readonly answers: VendorAnswers;
  /** True where the vendor reads its headers, so that bodies may tell of them. */
  readonly isTelling: boolean;
}

export class AnswerWatch {
  readonly #record: RequestRecord;
  readonly #from: AnswerSource | null;
  #encoding = '';
  #peek: Uint8Array[] | null = null;
  #peeked = 0;

  constructor(watched: { readonly record: RequestRecord; readonly from: AnswerSource | null }) {
    this.#record = watched.record;
    this.#from = watched.from;
  }

  head(status: number, headers: HeaderLines): void {
    this.#record.status = status;
    this.#record.by = 'upstream';
    if (this.#from === null) return;
    const { vendor, host, answers, isTelling: mayTell } = this.#from;
    this.#record.vendor = vendor;
    this.#record.said = answers.byStatus(status, host);
    const isTelling = mayTell && answers.telling.includes(status);
    const { requestId } = answers;
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] ?? '';
      if (name.length === requestId?.length && name.toLowerCase() === requestId)
        this.#record.requestId = printable(headers[at + 1]);
      if (isTelling && name.length === 16 && name.toLowerCase() === 'content-encoding')
        this.#encoding = (headers[at + 1] ?? '').toLowerCase();
    }
    if (isTelling) this.#peek = [];
  }

  data(piece: Uint8Array): void {
    if (this.#peek === null || this.#peeked >= PEEK_BYTES) return;
    const taken = piece.slice(0, PEEK_BYTES - this.#peeked);
    this.#peek.push(taken);
    this.#peeked += taken.length;
  }

  end(): void {
    if (this.#peek === null) return;
    const text = decodedText(Buffer.concat(this.#peek), this.#encoding);
    this.#record.said = this.#from?.answers.byBody(this.#record.status ?? 0, text) ?? this.#record.said;
    this.#peek = null;
  }
}

function printable(value: string | undefined): string {
  return (value ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, 128);
}

/** As much of the text as the first bytes give; empty when they cannot be decoded. */
function decodedText(bytes: Buffer, encoding: string): string {
  const options = { maxOutputLength: 65_536 };
  const partial = { ...options, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(bytes, partial).toString('utf8');
    if (encoding === 'deflate') return inflateSync(bytes, partial).toString('utf8');
    if (encoding === 'br')
      return brotliDecompressSync(bytes, {
        ...options,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      }).toString('utf8');
    return bytes.toString('utf8');
  } catch {
    return '';
  }
}
