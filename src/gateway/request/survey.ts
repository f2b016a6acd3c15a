// One pass over the headers of a request, for what the record, the refusal and the forwarding need of them.
// Must not know what is done with it.
import { type HeaderLines, headerValues } from '../../core/base/header-lines.ts';

export interface Survey {
  readonly authorization: string | null;
  readonly userAgent: string | null;
  readonly accept: string;
  /** `client-stamp`: the client sent a header that the policy may set. `stamp-nominated`: `Connection` named one. */
  readonly signs: readonly string[];
}

/** Reads the headers once; `connection` holds the lower-case options of `Connection`. */
export function survey(
  headers: HeaderLines,
  connection: readonly string[],
  isStampHeader: (name: string) => boolean,
): Survey {
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
    else if (isStampHeader(name)) signs = withSign(signs, 'client-stamp');
  }
  if (connection.some(isStampHeader)) signs = withSign(signs, 'stamp-nominated');
  return { authorization, userAgent, accept, signs };
}

/** The kinds of answer that the client takes, for a head that is answered whatever else it says. */
export function acceptOf(headers: HeaderLines): string {
  return headerValues(headers, 'accept').at(-1) ?? '';
}

const NO_SIGNS: string[] = [];

function withSign(signs: readonly string[], sign: string): string[] {
  return signs.includes(sign) ? [...signs] : [...signs, sign];
}
