// Names of users, devices, listeners and group members, as a policy writes them: which of them nobody can have.
// Must not know rules.
import { unseenIn } from '../../base/unseen.ts';

/** What is wrong with a name, and what would be right; both are middles of sentences. */
export interface NameFault {
  readonly problem: string;
  readonly mend: string;
}

/** Whose name it is. A member of a group may be a device, whose subject has commas: `CN=build-7,O=Octo`. */
export type NameKind = 'user' | 'listener' | 'device' | 'member';

/** Why no client can ever have this name; null for one that may be somebody's. */
export function nameFault(name: string, kind: NameKind): NameFault | null {
  if (CONTROL.test(name)) return controlFault(name);
  if (name.trim() !== name)
    return {
      problem: 'a blank stands at an end, so nobody has this name',
      mend: `write it as "${name.trim()}"`,
    };
  const unseen = unseenIn(name);
  if (unseen !== null)
    return {
      problem: `a character that is not seen (${unseen.code}) stands in it`,
      mend: 'type the name anew',
    };
  const isSubject = kind !== 'user' && kind !== 'listener' && name.includes('=');
  if (name.includes(',') && !isSubject)
    return {
      problem: 'several names in one string are one name, which nobody has',
      mend: `write ${listed(name)}`,
    };
  if (kind === 'user' && name.includes(':'))
    return { problem: 'a user name has no colon (RFC 7617)', mend: 'write the name alone' };
  return null;
}

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** In double quotes YAML reads `\b` as a backspace (YAML 1.2.2 section 5.7), and nobody sees it. */
function controlFault(name: string): NameFault {
  const written = [...name].map((char) => ESCAPES.get(char) ?? char).join('');
  const problem = 'a control character stands in it: in double quotes, \\b and its like are one';
  return CONTROL.test(written)
    ? { problem, mend: 'type the name anew' }
    : { problem, mend: `write it in single quotes: '${written}'` };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['\x85', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

function listed(name: string): string {
  const names = name.split(',').map((part) => part.trim());
  return `[${names.filter((part) => part !== '').join(', ')}]`;
}
