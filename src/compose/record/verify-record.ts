// The check of a record for the command line. Must not know what is checked.
import { existsSync } from 'node:fs';
import type { Acts } from '../../acts.ts';
import { err, ok } from '../../core/base/result.ts';
import { verifyRecord as verify } from '../../sinks/audit-verify.ts';
import { readPrintKey } from '../../sinks/secret-printer.ts';
import { failed, thrownTrouble } from '../trouble.ts';

export const verifyRecord: Acts['verifyRecord'] = async ({ paths, keyFile }) => {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined)
    return err(failed(`Cannot check the record "${missing}": there is no such folder, and no such file.`));
  try {
    const isThere = keyFile.asked === 'by-name' || existsSync(keyFile.path);
    const key = isThere ? readPrintKey(keyFile.path) : null;
    if (key === null && keyFile.asked === 'by-name')
      return err(failed(`Cannot read the key "${keyFile.path}": there is no such file.`));
    return ok(await verify({ paths, key }));
  } catch (error) {
    return err(thrownTrouble('Cannot check the record', error));
  }
};
