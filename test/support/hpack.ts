// HPACK (RFC 7541) of our own: a reader that shares nothing with the library behind the gate, and a writer that says
// whatever it is told to. Must not know frames.
import { HUFFMAN_SYMBOLS, STATIC_TABLE } from './hpack-tables.ts';

/** One line of a header list, Latin-1. */
export type Field = readonly [name: string, value: string];

/** Reads the header blocks of one direction of one connection, in order: later ones lean on earlier ones. */
export class HpackReader {
  readonly #dynamic: Field[] = [];
  #capacity = 4_096;

  /** The header list of a whole block; throws where the block is no HPACK. */
  read(block: Uint8Array): Field[] {
    const bytes = new BlockBytes(block);
    const fields: Field[] = [];
    while (!bytes.isOver) {
      const first = bytes.peek();
      if ((first & 0x80) !== 0) fields.push(this.#entry(bytes.integer(7)));
      else if ((first & 0xe0) === 0x20) this.#resize(bytes.integer(5));
      else fields.push(this.#literal(bytes, (first & 0x40) !== 0 ? 'kept' : 'passing'));
    }
    return fields;
  }

  #literal(bytes: BlockBytes, kind: 'kept' | 'passing'): Field {
    const index = bytes.integer(kind === 'kept' ? 6 : 4);
    const name = index === 0 ? bytes.text() : this.#entry(index)[0];
    const field: Field = [name, bytes.text()];
    if (kind === 'kept') {
      this.#dynamic.unshift(field);
      this.#evict();
    }
    return field;
  }

  #entry(index: number): Field {
    const entry = STATIC_TABLE[index - 1] ?? this.#dynamic[index - 1 - STATIC_TABLE.length];
    if (entry === undefined) throw new Error(`Cannot find entry ${index} of the tables`);
    return entry;
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    this.#evict();
  }

  #evict(): void {
    // Section 4.1: 32 bytes for each entry beside its text.
    const size = (): number =>
      this.#dynamic.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (size() > this.#capacity) this.#dynamic.pop();
  }
}

class BlockBytes {
  readonly #block: Uint8Array;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  get isOver(): boolean {
    return this.#at >= this.#block.length;
  }

  peek(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Error('Cannot read behind the end of a header block');
    return byte;
  }

  integer(prefixBits: number): number {
    const limit = 2 ** prefixBits - 1;
    let value = this.#next() & limit;
    if (value < limit) return value;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * shift;
      if ((byte & 0x80) === 0) return value;
    }
  }

  text(): string {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    if (this.#at + length > this.#block.length) throw new Error(`Cannot read ${length} bytes of a text`);
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    this.#at += length;
    return isHuffman ? huffmanText(bytes) : Buffer.from(bytes).toString('latin1');
  }

  #next(): number {
    const byte = this.peek();
    this.#at += 1;
    return byte;
  }
}

function huffmanText(bytes: Uint8Array): string {
  let text = '';
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = (code << 1) | ((byte >> bit) & 1);
      length += 1;
      const symbol = HUFFMAN_SYMBOLS.get(`${length}:${code}`);
      if (symbol === undefined) continue;
      if (symbol === 256) throw new Error('Cannot read a text that ends within itself');
      text += String.fromCharCode(symbol);
      code = 0;
      length = 0;
    }
  }
  return text;
}

/** How a field is written: found in the static table, kept for later fields, passing by, or never to be kept. */
export type FieldForm = 'indexed' | 'kept' | 'passing' | 'never';

/** A header block of these fields; texts are written as they are, without the Huffman code. */
export function hpackBlock(fields: readonly Field[], form: FieldForm = 'passing'): Buffer {
  return Buffer.concat(fields.map((field) => hpackField(field, form)));
}

/** `indexed` falls back to `kept` where the static table does not have the field. */
function hpackField([name, value]: Field, form: FieldForm): Buffer {
  const index = STATIC_TABLE.findIndex((entry) => entry[0] === name && entry[1] === value) + 1;
  if (form === 'indexed' && index > 0) return hpackInteger(0x80, 7, index);
  const opening = form === 'passing' ? 0x00 : form === 'never' ? 0x10 : 0x40;
  return Buffer.concat([Buffer.of(opening), hpackText(name), hpackText(value)]);
}

/** An integer behind the bits of `opening` (section 5.1). */
function hpackInteger(opening: number, prefixBits: number, value: number): Buffer {
  const limit = 2 ** prefixBits - 1;
  if (value < limit) return Buffer.of(opening | value);
  const bytes = [opening | limit];
  let rest = value - limit;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([hpackInteger(0, 7, bytes.length), bytes]);
}
