// Users and bcrypt hashes of an htpasswd file; every other kind of hash is refused with its line.
// Must not know how a password is verified.
import type { Fault } from '../core/base/document.ts';
import { inOneForm } from '../core/base/one-form.ts';
import { err, ok, type Result } from '../core/base/result.ts';

/** User names, in one form, to bcrypt hashes. */
export type Htpasswd = ReadonlyMap<string, string>;

/** bcrypt's cost: each step doubles the work. Above this bound one attempt would hold a thread for seconds. */
export const COST_LIMIT = 15;

/**
 * Reads `USER:HASH` lines; blank lines and lines that begin with `#` are passed over.
 * Faults quote the user, never the hash.
 */
export function parseHtpasswd(source: {
  readonly text: string;
  readonly file: string;
}): Result<Htpasswd, readonly Fault[]> {
  const users = new Map<string, string>();
  const faults: Fault[] = [];
  source.text.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const colon = line.indexOf(':');
    const user = colon < 0 ? '' : inOneForm(line.slice(0, colon));
    const hash = colon < 0 ? '' : line.slice(colon + 1).trim();
    const wrong = whyNotLine(line) ?? whyNotUser(user) ?? (users.has(user) ? TWICE : whyNotHash(hash));
    if (wrong === null) users.set(user, hash);
    else {
      const column = wrong.inHash ? colon + 2 : 1;
      const { problem, mend } = wrong;
      const value = wrong === MARKED ? user.replace(BYTE_ORDER_MARK, '') : user;
      faults.push({ file: source.file, line: at + 1, column, value, problem, mend });
    }
  });
  return faults.length === 0 ? ok(users) : err(faults);
}

/** bcrypt reads no more; what follows would be ignored in silence. */
export const PASSWORD_BYTES = 72;

/** Why this cannot be a user name of Basic credentials (RFC 7617 section 2), or null. */
export function userNameFault(user: string): string | null {
  return whyNotUser(user)?.problem ?? null;
}

/** The cost of a bcrypt hash that `parseHtpasswd` accepted. */
export function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}

interface Wrong {
  readonly problem: string;
  readonly mend: string;
  readonly inHash: boolean;
}

const AGAIN = 'write the line again with: gatewright user add';
const TWICE: Wrong = {
  problem: 'this user stands here twice',
  mend: 'remove one of the lines',
  inHash: false,
};
const BYTE_ORDER_MARK = '\ufeff';
const MARKED: Wrong = {
  problem: 'a byte order mark stands in front of this name, which nobody can see or type',
  mend: 'save the file as UTF-8 without a byte order mark',
  inHash: false,
};
const THIRD_FIELD: Wrong = {
  problem: 'a line is USER:HASH, and something follows the hash behind another colon',
  mend: 'cut the line behind the hash, from the second colon on',
  inHash: true,
};
const BCRYPT = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$/, 'an MD5 hash is too weak'],
  [/^\{SHA\}/, 'an SHA-1 hash is too weak'],
  [/^\$[56]\$/, 'an SHA-crypt hash is not supported'],
  [/^\$2[aby]\$/, 'this bcrypt hash is damaged'],
];

function whyNotLine(line: string): Wrong | null {
  if (line.startsWith(BYTE_ORDER_MARK)) return MARKED;
  const [, hash = '', ...more] = line.split(':');
  return more.length > 0 && BCRYPT.test(hash.trim()) ? THIRD_FIELD : null;
}

function whyNotUser(user: string): Wrong | null {
  if (user === '') return { problem: 'a line is USER:HASH', mend: AGAIN, inHash: false };
  if (user.length > 255 || /[\x00-\x1f\x7f:]/.test(user) || user !== user.trim())
    return {
      problem: 'a user name has 1 to 255 characters, without controls, colons or blanks around it',
      mend: 'choose another name',
      inHash: false,
    };
  return null;
}

function whyNotHash(hash: string): Wrong | null {
  const cost = BCRYPT.exec(hash)?.[1];
  if (cost === undefined) {
    const problem = OTHER_KINDS.find(([kind]) => kind.test(hash))?.[1] ?? 'this is no bcrypt hash';
    return { problem, mend: AGAIN, inHash: true };
  }
  if (Number(cost) >= 4 && Number(cost) <= COST_LIMIT) return null;
  return { problem: `the cost of a hash is 4 to ${COST_LIMIT}`, mend: AGAIN, inHash: true };
}
