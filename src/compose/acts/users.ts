// The acts on the users of an htpasswd file. Must not know passwords' hashes.
import fs from 'node:fs';
import type { Acts } from '../../acts.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { parseHtpasswd } from '../../identity/htpasswd.ts';
import { addUser, removeUser as removeLine } from '../../identity/htpasswd-edit.ts';
import { failed, thrownTrouble } from '../trouble.ts';

export const setUser: Acts['setUser'] = (options) =>
  attempt(options.file, async () => {
    const set = await addUser(options);
    return set.ok ? set : err(failed(set.error));
  });

export const removeUser: Acts['removeUser'] = (options) =>
  attempt(options.file, async () => {
    if (removeLine(options)) return ok(null);
    return err(failed(`Cannot remove "${options.user}": ${options.file} has no such user.`));
  });

export const listUsers: Acts['listUsers'] = (file) =>
  attempt(file, async () => {
    const read = parseHtpasswd({ text: Buffer.from(readRegularFile(file, fs)).toString(), file });
    return read.ok ? ok([...read.value.keys()]) : err({ kind: 'invalid', faults: read.error });
  });

async function attempt<T>(file: string, act: () => Promise<Result<T, Trouble>>): Promise<Result<T, Trouble>> {
  try {
    return await act();
  } catch (error) {
    return err(thrownTrouble(`Cannot use the users in "${file}"`, error));
  }
}
