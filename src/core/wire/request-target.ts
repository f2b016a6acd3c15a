// The forms of a request target (RFC 9112 section 3.2). Must not know whether one is right where it stands.

/** What stands behind the scheme: the authority, and path and query as they came; null for any other target. */
export function absoluteForm(
  target: string,
  scheme: 'http' | 'https',
): { readonly authority: string; readonly rest: string } | null {
  const match = ABSOLUTE_FORM.exec(target);
  const [, named = '', authority = '', rest = ''] = match ?? [];
  return match === null || named.toLowerCase() !== scheme ? null : { authority, rest };
}

/** Path and query of an absolute-form target. An empty path is `/`, or `*` for OPTIONS (sections 3.2.1 and 3.2.4). */
export function originForm(rest: string, method: string): string {
  if (rest.startsWith('/')) return rest;
  if (rest.startsWith('?')) return `/${rest}`;
  return method === 'OPTIONS' ? '*' : '/';
}

const ABSOLUTE_FORM = /^(https?):\/\/([^/?#]+)([/?][^#]*)?$/i;
