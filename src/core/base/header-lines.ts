// Header lines in the order in which they came: a flat list name, value, name, value, …
// The layout is that of Node's rawHeaders, so that no head is copied into another shape on its way.

/** Names and values alternate; names keep their spelling, values have no leading or trailing blanks. */
export type HeaderLines = readonly string[];

/** All values of a header, in order; `name` is lower-case. */
export function headerValues(lines: HeaderLines, name: string): string[] {
  const values: string[] = [];
  for (const [lineName, value] of headerPairs(lines)) if (lineName.toLowerCase() === name) values.push(value);
  return values;
}

/** The only value of a header, or null when there is none or more than one; `name` is lower-case. */
export function singleHeader(lines: HeaderLines, name: string): string | null {
  const values = headerValues(lines, name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** The lines as pairs. */
export function* headerPairs(lines: HeaderLines): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < lines.length; at += 2) yield [lines[at] ?? '', lines[at + 1] ?? ''];
}
