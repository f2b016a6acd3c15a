// Fingerprints of secrets, keyed per installation: equal secrets compare equal, and nothing leads back.
// Must not know which secrets there are.
import { createHmac, randomBytes } from 'node:crypto';
import fs, { chmodSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../core/base/make-folder.ts';
import { readRegularFile } from '../core/base/regular-file.ts';
import type { Clock, SecretPrinter } from '../ports.ts';

export interface KeyedPrinterOptions {
  /** 32 bytes or more. */
  readonly key: Uint8Array;
  readonly clock: Clock;
}

/**
 * Prints the first 12 hex digits of HMAC-SHA-256. The prints of the last few secrets are remembered for a minute at
 * most, since a client repeats its token with every request.
 */
export class KeyedPrinter implements SecretPrinter {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  readonly #recent = new Map<string, string>();
  #forgetAt = 0;

  constructor(options: KeyedPrinterOptions) {
    this.#key = options.key;
    this.#clock = options.clock;
  }

  print(secret: string): string {
    const now = this.#clock.monotonic();
    if (now >= this.#forgetAt || this.#recent.size >= RECENT_LIMIT) {
      this.#recent.clear();
      this.#forgetAt = now + RECENT_MS;
    }
    const known = this.#recent.get(secret);
    if (known !== undefined) return known;
    const print = createHmac('sha256', this.#key).update(secret).digest('hex').slice(0, PRINT_LENGTH);
    this.#recent.set(secret, print);
    return print;
  }
}

/** Reads the installation's key, 0600; makes one when there is none. Throws what the file system throws. */
export function loadPrintKey(file: string): Uint8Array {
  const existing = readPrintKey(file);
  if (existing !== null) {
    chmodSync(file, 0o600);
    return existing;
  }
  makeFolder(dirname(file), { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link never replaces: of two processes that start together, both use the key of the first.
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  const made = readPrintKey(file);
  if (made === null) throw new Error(`Cannot make the key file ${JSON.stringify(file)}: it vanished.`);
  return made;
}

const PRINT_LENGTH = 12;
const KEY_BYTES = 32;
const RECENT_LIMIT = 256;
const RECENT_MS = 60_000;

/** Reads a key that was made; null when there is none. Throws when it is none, and what the file system throws. */
export function readPrintKey(file: string): Uint8Array | null {
  let text: string;
  try {
    text = Buffer.from(readRegularFile(file, fs)).toString().trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(
      `Cannot read the key in ${JSON.stringify(file)}: it has 64 hexadecimal digits. Remove the file to get a new key; old prints then no longer compare.`,
    );
  return Buffer.from(text, 'hex');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
