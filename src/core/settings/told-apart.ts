// Settings told apart from a policy, in any form that YAML has, faults and all.
// Must not know what either says.
import { parseDocument, visit } from 'yaml';

/** True for a text with a key at its top that only settings have: a policy with such a key is none. */
export function looksLikeSettings(text: string): boolean {
  const document = parseDocument(text, { strict: false, uniqueKeys: false, logLevel: 'silent' });
  let isSettings = false;
  visit(document, {
    Map: (_, map) => {
      isSettings = map.items.some(({ key }) => SETTINGS_KEYS.has(String(key)));
      return visit.BREAK;
    },
    Seq: () => visit.BREAK,
  });
  return isSettings;
}

const SETTINGS_KEYS: ReadonlySet<string> = new Set(['listeners', 'policy', 'upstream', 'audit', 'admin']);
