// gatewright.yaml on the disk: read whole, relative paths taken from its own folder.
// Must not know what a setting means.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Fault } from '../core/base/document.ts';
import { err, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import { parseSettings } from '../core/settings/settings-document.ts';
import { unreadable } from './_unreadable.ts';

/** Reads the settings; a file that cannot be read is a fault too. Faults name the file as it was given. */
export function readSettingsFile(file: string): Result<Settings, readonly Fault[]> {
  const folder = dirname(resolve(file));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return err([unreadable(file, error)]);
  }
  return parseSettings({ text, file }, (path) => resolve(folder, path));
}
