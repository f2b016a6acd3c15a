// The identity source of a gate: the htpasswd file, watched; a text that is wrong changes nothing.
// Must not know listeners.
import type { Trouble } from '../cli/shell.ts';
import { faultText } from '../core/base/document.ts';
import type { FileContent } from '../core/base/file-content.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import { HtpasswdIdentity } from '../identity/htpasswd-identity.ts';
import type { IdentitySource, Log } from '../ports.ts';
import { unreadableWords } from '../settings/unreadable.ts';
import { WatchedFile } from '../settings/watched-file.ts';
import { systemClock } from './clock.ts';
import { failed } from './trouble.ts';

export interface OpenedIdentity extends IdentitySource {
  close(): Promise<void>;
}

/** Null when no listener requires credentials. */
export function openIdentity(settings: Settings, log: Log): Result<OpenedIdentity | null, Trouble> {
  const asking = settings.listeners.find(({ credentials }) => credentials === 'required');
  const file = settings.identity.htpasswd;
  if (asking === undefined) return ok(null);
  if (file === null) {
    return err(
      failed(
        `Cannot open the listener "${asking.name}": it requires credentials, and identity.htpasswd names no file. Add one with: gatewright user add`,
      ),
    );
  }
  const { identityQueue, identityMemoryMs, identityFailures } = settings.limits;
  const identity = new HtpasswdIdentity({
    clock: systemClock,
    queueLimit: identityQueue,
    memoryMs: identityMemoryMs,
    failuresFree: identityFailures,
  });
  const watched = new WatchedFile({
    file,
    onChange: (content) => report(log, take(identity, file, content)),
  });
  const first = take(identity, file, watched.content());
  if (!first.ok) {
    watched.close();
    return err(first.error);
  }
  return ok({
    authenticate: (credentials, from) => identity.authenticate(credentials, from),
    close: async () => {
      watched.close();
      await identity.close();
    },
  });
}

function take(identity: HtpasswdIdentity, file: string, content: FileContent): Result<number, Trouble> {
  if (content.kind === 'unreadable') {
    const { problem } = unreadableWords(content.code);
    const mend = `Add one with: gatewright user add --file ${file} NAME`;
    return err(failed(`Cannot read the users in "${file}": ${problem}. ${mend}`));
  }
  const loaded = identity.load({ text: content.text, file });
  return loaded.ok ? loaded : err({ kind: 'invalid', faults: loaded.error });
}

function report(log: Log, taken: Result<number, Trouble>): void {
  if (taken.ok) log.info('The users were loaded.', { users: taken.value });
  else if (taken.error.kind === 'failed') log.error(taken.error.message);
  else
    log.error('The users were not loaded; those before stay known.', {
      faults: taken.error.faults.map(faultText),
    });
}
