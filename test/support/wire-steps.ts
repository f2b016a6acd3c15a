// How every wire parser is asked: whole, byte by byte, with trailing data, and inside a larger block of memory.
// Must not know what is being parsed.
import assert from 'node:assert/strict';
import type { WireStep } from '../../src/core/wire/step.ts';

export type Reader<T> = (bytes: Uint8Array) => WireStep<T>;

/** Valid bytes: every proper prefix asks for more, the whole is done, and what follows changes nothing. */
export function assertReads<T>(read: Reader<T>, bytes: Uint8Array, expected: T): void {
  for (let length = 0; length < bytes.length; length += 1)
    assert.deepEqual(read(bytes.subarray(0, length)), { kind: 'need-more' }, `a prefix of ${length} bytes`);
  const done = { kind: 'done', value: expected, used: bytes.length };
  assert.deepEqual(read(bytes), done, 'the whole');
  for (const tail of TAILS)
    assert.deepEqual(read(joinBytes(bytes, tail)), done, `followed by ${tail.join(' ')}`);
}

/** Wrong bytes: refused with this code, from some prefix on, whatever follows; before that, more is asked for. */
export function assertRefuses<T>(read: Reader<T>, bytes: Uint8Array, code: string): void {
  const first = firstRefusal(read, bytes);
  assert.notEqual(first, null, `refused with ${code}, and not ${JSON.stringify(read(bytes))}`);
  for (let length = first ?? 0; length <= bytes.length; length += 1)
    assert.equal(faultCode(read(bytes.subarray(0, length))), code, `a prefix of ${length} bytes`);
  for (const tail of TAILS) assert.equal(faultCode(read(joinBytes(bytes, tail))), code, 'with trailing data');
}

/** The length of the shortest prefix that is refused; null when none is. None before it may be done. */
export function firstRefusal<T>(read: Reader<T>, bytes: Uint8Array): number | null {
  for (let length = 0; length <= bytes.length; length += 1) {
    const step = read(bytes.subarray(0, length));
    if (step.kind === 'malformed') return length;
    assert.equal(step.kind, 'need-more', `a prefix of ${length} bytes of what is refused later`);
  }
  return null;
}

/**
 * What holds for any bytes: the answer does not depend on what lies around them in memory, `used` lies within them,
 * and the first `used` bytes alone give the same answer.
 */
export function assertSound<T>(read: Reader<T>, bytes: Uint8Array): WireStep<T> {
  const step = read(bytes);
  for (const around of [0x00, 0x16, 0xff]) {
    const memory = new Uint8Array(bytes.length + 64).fill(around);
    memory.set(bytes, 32);
    assert.deepEqual(read(memory.subarray(32, 32 + bytes.length)), step, 'reads nothing around its bytes');
  }
  if (step.kind === 'done') {
    assert.ok(step.used > 0 && step.used <= bytes.length, `used ${step.used} of ${bytes.length}`);
    assert.deepEqual(read(bytes.slice(0, step.used)), step, 'depends on the used bytes alone');
  }
  return step;
}

function faultCode<T>(step: WireStep<T>): string {
  return step.kind === 'malformed' ? step.fault.code : step.kind;
}

export function joinBytes(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The bytes of Latin-1 text. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const TAILS: readonly Uint8Array[] = [
  Uint8Array.of(0),
  Uint8Array.of(0x17, 3, 3, 0, 1, 0),
  Uint8Array.of(0x16, 3, 1, 0, 1, 1),
  Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a),
];
