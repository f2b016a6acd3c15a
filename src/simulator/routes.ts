// A table of routes: method and path pattern to handler. Must not know hosts, tokens or pages.

export interface Route<H> {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: H;
}

/** The values of a pattern's `:names`, percent-decoded where they can be. */
export type PathValues = Readonly<Record<string, string>>;

/**
 * `GET /repos/:owner/:name` matches one segment per name; a final `*` matches any rest, empty too, as `rest`.
 * `ANY` as the method matches every method; GET answers HEAD as well.
 */
export function route<H>(line: string, handler: H): Route<H> {
  const space = line.indexOf(' ');
  const path = line.slice(space + 1);
  const names: string[] = [];
  const segments = path.replace(/\*$/, '').replaceAll(/[.+?()[\]{}|^$\\]/g, '\\$&');
  const pattern = segments.replaceAll(/:([a-z]+)/g, (_, name: string) => {
    names.push(name);
    return '([^/]+)';
  });
  if (!path.endsWith('*'))
    return { method: line.slice(0, space), pattern: new RegExp(`^${pattern}$`), names, handler };
  return {
    method: line.slice(0, space),
    pattern: new RegExp(`^${pattern}(.*)$`),
    names: [...names, 'rest'],
    handler,
  };
}

/** The first route that takes the method and the path. */
export function findRoute<H>(
  routes: readonly Route<H>[],
  method: string,
  path: string,
): { readonly handler: H; readonly values: PathValues } | null {
  for (const candidate of routes) {
    if (!takesMethod(candidate.method, method)) continue;
    const match = candidate.pattern.exec(path);
    if (match === null) continue;
    const values = Object.fromEntries(
      candidate.names.map((name, at) => [name, decoded(match[at + 1] ?? '')]),
    );
    return { handler: candidate.handler, values };
  }
  return null;
}

function takesMethod(routed: string, method: string): boolean {
  return routed === 'ANY' || routed === method || (routed === 'GET' && method === 'HEAD');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
