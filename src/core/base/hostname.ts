// A DNS name as the gate compares it: ASCII letters, digits and hyphens, lower-case, no trailing dot.
// Must not know addresses, ports or patterns.
import { err, ok, type Result } from './result.ts';
import { unseenIn } from './unseen.ts';

declare const brand: unique symbol;

/** A lower-case LDH host name (RFC 1123 section 2.1) without its trailing dot; never an IP literal. */
export type Hostname = string & { readonly [brand]: 'Hostname' };

/**
 * Reads a host name; one trailing dot is ignored and letters are lower-cased.
 * The error says what is wrong with the text, without quoting it.
 * A numeric or `0x…` last label is refused: resolvers read such names as IPv4 addresses (WHATWG URL, "ends in a number").
 */
export function parseHostname(text: string): Result<Hostname, string> {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0) return err('a host name is missing');
  if (name.length > 253) return err('a host name has at most 253 characters');
  if (!LDH_NAME.test(name)) return err(whyNotLdh(name));
  const lower = name.toLowerCase();
  const lastLabel = lower.slice(lower.lastIndexOf('.') + 1);
  if (NUMERIC_LABEL.test(lastLabel)) return err('the last label of a host name is never a number');
  return ok(lower as Hostname);
}

/** True when `host` is `parent` itself or lies below it, on a label boundary. */
export function isAtOrUnder(host: string, parent: string): boolean {
  return host === parent || isUnder(host, parent);
}

/** True when `host` lies below `parent`, on a label boundary; false for `parent` itself. */
export function isUnder(host: string, parent: string): boolean {
  return (
    host.length > parent.length + 1 && host.endsWith(parent) && host[host.length - parent.length - 1] === '.'
  );
}

// `_` is no LDH character; it is refused on purpose (policy: hosts are ASCII LDH labels).
const LDH_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const NUMERIC_LABEL = /^(?:[0-9]+|0x[0-9a-f]*)$/;

function whyNotLdh(name: string): string {
  const unseen = unseenIn(name);
  if (unseen !== null) return `a character that is not seen (${unseen.code}) stands in it`;
  if (/[^\x20-\x7e]/.test(name))
    return 'a host name has only ASCII characters; write an international name as xn--…';
  if (name.split('.').some((label) => label.length === 0)) return 'a label of a host name is empty';
  if (name.split('.').some((label) => label.length > 63))
    return 'a label of a host name has at most 63 characters';
  return 'a host name has only letters, digits, hyphens inside labels, and dots';
}
