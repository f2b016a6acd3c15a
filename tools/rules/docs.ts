// A page's tables and the code's own lists name the same things.
// Must not know which pages and lists there are.
import type { Finding } from './source-tree.ts';

export interface Agreement {
  readonly page: string;
  /** Null where the page is missing. */
  readonly text: string | null;
  /** The first heading cell of the tables that count, such as `code`. */
  readonly column: string;
  readonly known: readonly string[];
  /** Where the list stands in the code, for the message. */
  readonly list: string;
}

/** Every known name has a row in such a table, once, and every row of such a table has a known name. */
export function disagreements(agreement: Agreement): Finding[] {
  const { page, text, column, known, list } = agreement;
  if (text === null) return [{ file: page, line: 1, message: `this page is missing; it explains ${list}.` }];
  const rows = rowsOf(text, column);
  const missing = known.filter((name) => !rows.some((row) => row.name === name));
  return [
    ...missing.map((name) => ({
      file: page,
      line: 1,
      message: `\`${name}\` of ${list} has no row. Explain it.`,
    })),
    ...rows.flatMap(({ name, line }, at) => {
      if (!known.includes(name)) {
        return [
          {
            file: page,
            line,
            message: `\`${name}\` is not in ${list}. Take the row away, or mend its name.`,
          },
        ];
      }
      const isSecond = rows.findIndex((row) => row.name === name) < at;
      return isSecond ? [{ file: page, line, message: `\`${name}\` has two rows. Keep one.` }] : [];
    }),
  ];
}

/** The first cells of the rows of every table whose first heading cell is `column`, without backticks. */
export function rowsOf(text: string, column: string): { readonly name: string; readonly line: number }[] {
  const rows: { name: string; line: number }[] = [];
  let heading: string | null = null;
  for (const [at, line] of text.split('\n').entries()) {
    const cell = /^\|\s*(.*?)\s*\|/.exec(line)?.[1];
    if (cell === undefined) heading = null;
    else if (heading === null) heading = cell;
    else if (heading === column && !/^:?-+:?$/.test(cell))
      rows.push({ name: cell.replaceAll('`', ''), line: at + 1 });
  }
  return rows;
}
