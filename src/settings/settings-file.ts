// gatewright.yaml on the disk: read whole, relative paths taken from its own folder.
// Must not know what a setting means.
import { dirname, resolve } from 'node:path';
import type { Fault } from '../core/base/document.ts';
import type { FileContent } from '../core/base/file-content.ts';
import { err, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import { parseSettings } from '../core/settings/settings-document.ts';
import { unreadable } from './unreadable.ts';
import { readContent, settledContents } from './watched-files.ts';

/** Reads the settings; a file that cannot be read is a fault too. Faults name the file as it was given. */
export function readSettingsFile(
  file: string,
  content: FileContent = readContent(file),
): Result<Settings, readonly Fault[]> {
  const folder = dirname(resolve(file));
  if (content.kind === 'unreadable') return err([unreadable(file, content.code)]);
  return parseSettings({ text: content.text, file }, (path) => resolve(folder, path));
}

/** The same once the file has settled: a gate that starts while it is written would run on half of it for good. */
export async function readSettledSettings(file: string): Promise<Result<Settings, readonly Fault[]>> {
  const first = readSettingsFile(file);
  if (!first.ok) return first;
  const content = await settledContents([file], first.value.settleMs);
  return readSettingsFile(file, content.get(file));
}
