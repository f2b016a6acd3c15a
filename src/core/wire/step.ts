// What one look at a buffer of untrusted bytes can say. Every wire parser answers in these words.
// Must not know what is being parsed; a parser keeps no state, so it is asked again with the longer buffer.

/** Why bytes are refused. `code` is stable and comes from the list its parser exports; `detail` is for people. */
export interface WireFault<Code extends string = string> {
  readonly code: Code;
  readonly detail: string;
}

/**
 * `need-more`: too few bytes to tell; every prefix of valid input says so. `done`: the first `used` bytes made
 * `value`, and what follows was not looked at. `malformed`: nothing that could follow would make it valid.
 */
export type WireStep<T, Code extends string = string> =
  | { readonly kind: 'need-more' }
  | { readonly kind: 'done'; readonly value: T; readonly used: number }
  | { readonly kind: 'malformed'; readonly fault: WireFault<Code> };

/** The one answer that carries nothing. */
export const NEED_MORE: { readonly kind: 'need-more' } = { kind: 'need-more' };

export function done<T>(
  value: T,
  used: number,
): { readonly kind: 'done'; readonly value: T; readonly used: number } {
  return { kind: 'done', value, used };
}

export function malformed<Code extends string>(
  code: Code,
  detail: string,
): { readonly kind: 'malformed'; readonly fault: WireFault<Code> } {
  return { kind: 'malformed', fault: { code, detail } };
}
