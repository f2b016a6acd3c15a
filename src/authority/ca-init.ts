// A CA comes into being: made here, or imported from a company's own. Must not know leaves or listeners.
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Clock } from '../ports.ts';
import { createFile, ensureDirectory, readPublicFile } from './_files.ts';
import {
  acceptGivenCa,
  type Candidate,
  chainText,
  type GivenCa,
  keyText,
  makeCa,
  type NewCa,
} from './_new-ca.ts';
import { readStoredKey, storePaths } from './_store.ts';
import { type CaFacts, showCa } from './ca-show.ts';
import { type AuthorityFault, fault, type LintFinding } from './fault.ts';

/** What a new CA is, and what its administrator should know of it. */
export interface CaMade {
  readonly facts: CaFacts;
  readonly warnings: readonly LintFinding[];
}

interface Place {
  /** Made with mode 0700 where it is missing. */
  readonly dir: string;
  readonly clock: Clock;
}

/**
 * Makes a CA with a P-256 key, name-constrained to `permit`, and stores it: `ca.pem` (0644), `ca.key` (0600).
 * Never overwrites: `ca-exists` when a CA is there. A key that an interrupted attempt left without a certificate is used.
 */
export async function createCa(wanted: Place & NewCa): Promise<Result<CaMade, AuthorityFault>> {
  const found = await prepare(wanted.dir);
  if (!found.ok) return found;
  const candidate = await makeCa(wanted, wanted.clock, found.value);
  return candidate.ok ? store(wanted.dir, candidate.value, found.value) : candidate;
}

/**
 * Stores a CA that exists, when nothing in its certificate would be refused by clients: `ca-lint` says what is wrong,
 * `warnings` what could be better. The certificate may come with its chain. Never overwrites: `ca-exists`.
 */
export async function importCa(given: Place & GivenCa): Promise<Result<CaMade, AuthorityFault>> {
  const found = await prepare(given.dir);
  if (!found.ok) return found;
  const candidate = await acceptGivenCa(given, given.clock);
  if (!candidate.ok) return candidate;
  if (found.value !== null && !found.value.equals(candidate.value.key)) return err(exists(given.dir));
  return store(given.dir, candidate.value, found.value);
}

/** The key that stands there without a certificate, or null; a fault when a whole CA stands there. */
async function prepare(dir: string): Promise<Result<KeyObject | null, AuthorityFault>> {
  const directory = await ensureDirectory(dir);
  if (!directory.ok) return directory;
  const paths = storePaths(dir);
  const pem = await readPublicFile(paths.certificates);
  if (!pem.ok) return pem;
  if (pem.value !== null) return err(exists(dir));
  return readStoredKey(paths.key);
}

/** The key first: a certificate without its key would be a CA that cannot start. */
async function store(
  dir: string,
  candidate: Candidate,
  standing: KeyObject | null,
): Promise<Result<CaMade, AuthorityFault>> {
  const paths = storePaths(dir);
  const key = standing === null ? await createFile(paths.key, keyText(candidate.key), 0o600) : ok(null);
  if (!key.ok) return key;
  const pem = await createFile(paths.certificates, chainText(candidate), 0o644);
  if (!pem.ok) return pem;
  const facts = await showCa(dir);
  return facts.ok ? ok({ facts: facts.value, warnings: candidate.warnings }) : facts;
}

function exists(dir: string): AuthorityFault {
  const detail = `Cannot make a CA in ${JSON.stringify(dir)}: ${JSON.stringify(join(dir, 'ca.pem'))} or its key is there already. To replace it without breaking clients, run gatewright ca rotate.`;
  return fault('ca-exists', detail);
}
