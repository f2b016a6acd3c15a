// A CA is followed by the next one without a day on which clients fail: both are handed out, then the next one signs,
// then the old one goes. Must not know leaves or listeners.
import type { KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Clock } from '../ports.ts';
import { createFile, moveFile, removeFile, replaceFile } from './_files.ts';
import { DAY_MS, LEAF_MAX_DAYS, OVERLAP_DAYS } from './_lifetimes.ts';
import {
  acceptGivenCa,
  type Candidate,
  chainText,
  type GivenCa,
  keyText,
  makeCa,
  type NewCa,
} from './_new-ca.ts';
import { type KeyStore, readKeyStore, readStoredKey, rotationText, storePaths } from './_store.ts';
import type { CaMade } from './ca-init.ts';
import { type CaFacts, showCa } from './ca-show.ts';
import { type AuthorityFault, fault } from './fault.ts';
import { subtreeText } from './name-constraints.ts';

/** The next CA: made here (by default for what the current one is permitted), or a company's own. */
export type NextCa = ({ readonly kind: 'create' } & Partial<NewCa>) | ({ readonly kind: 'import' } & GivenCa);

export interface Rotation {
  readonly dir: string;
  readonly clock: Clock;
  readonly next: NextCa;
  /** Days until the next CA signs, 0 to 3650; default 30. Time for every client to learn to trust it. */
  readonly activateInDays?: number | undefined;
}

/**
 * Begins a rotation: `ca.pem` then holds both CAs. Leaves are signed by the old CA until the activation, by the next
 * one from then on; a running gate switches by itself once it has read the store again. `ca-rotation` when one is going on.
 */
export async function rotateCa(rotation: Rotation): Promise<Result<CaMade, AuthorityFault>> {
  const { dir, clock } = rotation;
  const days = rotation.activateInDays ?? OVERLAP_DAYS;
  if (!Number.isInteger(days) || days < 0 || days > 3650)
    return err(
      fault(
        'ca-options',
        `Cannot activate the next CA in ${days} days: it is a whole number from 0 to 3650.`,
      ),
    );
  const store = await readKeyStore(dir);
  if (!store.ok) return store;
  if (store.value.nextSigner !== null) return err(going(store.value.nextSigner.activateAtMs));
  const leftover = await readStoredKey(storePaths(dir).nextKey);
  if (!leftover.ok) return leftover;
  const candidate = await candidateFor(rotation, store.value, leftover.value);
  if (!candidate.ok) return candidate;
  const stored = await storeNext({
    dir,
    store: store.value,
    candidate: candidate.value,
    leftover: leftover.value,
    activateAtMs: clock.now() + days * DAY_MS,
  });
  if (!stored.ok) return stored;
  const facts = await showCa(dir);
  return facts.ok ? ok({ facts: facts.value, warnings: candidate.value.warnings }) : facts;
}

/**
 * Ends a rotation: the old CA's key is gone and `ca.pem` holds the next CA alone. Refused before the activation.
 * Goes on where an interrupted attempt stopped.
 */
export async function retireCa(wanted: {
  readonly dir: string;
  readonly clock: Clock;
}): Promise<Result<CaFacts, AuthorityFault>> {
  const { dir, clock } = wanted;
  const paths = storePaths(dir);
  const store = await readKeyStore(dir);
  if (!store.ok) return store;
  const { nextSigner, signer } = store.value;
  if (nextSigner !== null && clock.now() < nextSigner.activateAtMs)
    return err(going(nextSigner.activateAtMs));
  if (nextSigner === null && store.value.planned !== signer.certificate.fingerprint)
    return err(
      fault('ca-rotation', 'Cannot retire the CA: no rotation is going on. Run gatewright ca rotate.'),
    );
  const remaining = nextSigner ?? signer;
  // In this order a crash leaves either the whole rotation, or the next CA as the only one that signs.
  const moved = nextSigner === null ? ok(null) : await moveFile(paths.nextKey, paths.key);
  if (!moved.ok) return moved;
  const pem = await replaceFile(paths.certificates, chainText(remaining), 0o644);
  if (!pem.ok) return pem;
  const ended = await removeFile(paths.rotation);
  return ended.ok ? showCa(dir) : ended;
}

function candidateFor(
  rotation: Rotation,
  store: KeyStore,
  leftover: KeyObject | null,
): Promise<Result<Candidate, AuthorityFault>> {
  const { next, clock } = rotation;
  if (next.kind === 'import') return acceptGivenCa(next, clock);
  const inherited = store.signer.certificate.constraints?.permitted ?? [];
  const permit =
    next.permit ?? inherited.filter((one) => one.kind === 'dns' || one.kind === 'ip').map(subtreeText);
  return makeCa({ ...next, permit }, clock, leftover);
}

/** The replacement of ca.pem is what begins the rotation; everything before it is unused until then. */
async function storeNext(wanted: {
  readonly dir: string;
  readonly store: KeyStore;
  readonly candidate: Candidate;
  readonly leftover: KeyObject | null;
  readonly activateAtMs: number;
}): Promise<Result<null, AuthorityFault>> {
  const { candidate, leftover, store } = wanted;
  const paths = storePaths(wanted.dir);
  if (candidate.certificate.fingerprint === store.signer.certificate.fingerprint)
    return err(
      fault('ca-rotation', 'Cannot rotate to the same CA: the next one has a certificate of its own.'),
    );
  if (leftover === null || !leftover.equals(candidate.key)) {
    const cleared = leftover === null ? ok(null) : await removeFile(paths.nextKey);
    const key = cleared.ok ? await createFile(paths.nextKey, keyText(candidate.key), 0o600) : cleared;
    if (!key.ok) return key;
  }
  const plan = await replaceFile(
    paths.rotation,
    rotationText(candidate.certificate, wanted.activateAtMs),
    0o644,
  );
  if (!plan.ok) return plan;
  return replaceFile(paths.certificates, chainText(store.signer) + chainText(candidate), 0o644);
}

function going(activateAtMs: number): AuthorityFault {
  const when = new Date(activateAtMs).toISOString();
  const detail = `A rotation is going on: the next CA signs from ${when} on. After that, and when the last old leaf is gone (${LEAF_MAX_DAYS} days at most), run gatewright ca retire.`;
  return fault('ca-rotation', detail);
}
