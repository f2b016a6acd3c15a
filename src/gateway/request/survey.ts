// One pass over the headers of a request, for what the record, the refusal and the forwarding need of them.
// Must not know what is done with it.
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { isRestrictionHeader } from '../../core/policy/decide/rewrite.ts';

export interface Survey {
  readonly authorization: string | null;
  readonly userAgent: string | null;
  readonly accept: string;
  /** `client-stamp`: the client sent the restriction header. `stamp-nominated`: `Connection` named it. */
  readonly signs: readonly string[];
}

/** Reads the headers once; `connection` holds the lower-case options of `Connection`. */
export function survey(headers: HeaderLines, connection: readonly string[]): Survey {
  let authorization: string | null = null;
  let userAgent: string | null = null;
  let accept = '';
  let signs: string[] = NO_SIGNS;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    // Told apart by length first: most headers are none of these.
    if (name.length === 13 && name.toLowerCase() === 'authorization') authorization = value;
    else if (name.length === 10 && name.toLowerCase() === 'user-agent') userAgent = value;
    else if (name.length === 6 && name.toLowerCase() === 'accept') accept = value;
    else if (isRestrictionHeader(name)) signs = withSign(signs, 'client-stamp');
  }
  if (connection.some(isRestrictionHeader)) signs = withSign(signs, 'stamp-nominated');
  return { authorization, userAgent, accept, signs };
}

const NO_SIGNS: string[] = [];

function withSign(signs: readonly string[], sign: string): string[] {
  return signs.includes(sign) ? [...signs] : [...signs, sign];
}
