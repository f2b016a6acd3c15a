// gatewright.yaml on the disk: read whole, relative paths taken from its own folder.
// Must not know what a setting means.
import { dirname, resolve } from 'node:path';
import type { Fault } from '../core/base/document.ts';
import { err, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import { parseSettings } from '../core/settings/settings-document.ts';
import { unreadable } from './unreadable.ts';
import { readContent } from './watched-files.ts';

/** Reads the settings; a file that cannot be read is a fault too. Faults name the file as it was given. */
export function readSettingsFile(file: string): Result<Settings, readonly Fault[]> {
  const folder = dirname(resolve(file));
  const content = readContent(file);
  if (content.kind === 'unreadable') return err([unreadable(file, content.code)]);
  return parseSettings({ text: content.text, file }, (path) => resolve(folder, path));
}
