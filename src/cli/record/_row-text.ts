// A row of a record, told to a person or to a program. Must not know how it was found.
import type { RecordRow } from '../../core/record/record-rows.ts';
import { printable } from '../printed.ts';

/** What stands above the rows. */
export function rowHead(): string {
  return columns(['time (UTC)', 'verdict', 'status', 'who', 'where', 'why']);
}

/** One line: when, what was decided, what the client saw, who, where to, why, and the reference. */
export function rowLine({ decision, outcome }: RecordRow): string {
  const { atMs, id } = decision ?? outcome ?? NOTHING;
  const ended = outcome === null ? 'open' : String(outcome.status ?? '-');
  const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
  const cells = [
    time,
    decision?.verdict ?? '-',
    ended,
    whoOf({ decision, outcome }),
    whereOf({ decision, outcome }),
  ];
  return `${columns([...cells, whyOf({ decision, outcome })])}  ${id}`;
}

/** The same as one object, each part under a name of its own. */
export function rowFields({ decision, outcome }: RecordRow): { readonly [part: string]: unknown } {
  const { atMs, id, user, address, destination } = decision ?? outcome ?? NOTHING;
  return {
    ...{ at: new Date(atMs).toISOString(), id, user, address, destination },
    ...{ verdict: decision?.verdict ?? null, reason: decision?.reason ?? null },
    wouldBlock: decision?.wouldBlock ?? null,
    ...{ method: decision?.request?.method ?? null, path: decision?.request?.path ?? null },
    ...{ ended: outcome !== null, status: outcome?.status ?? null, vendor: outcome?.vendor ?? null },
    said: outcome?.said ?? null,
    ...{
      failure: outcome?.failure ?? null,
      bytesIn: outcome?.bytesIn ?? null,
      bytesOut: outcome?.bytesOut ?? null,
    },
  };
}

const NOTHING = { atMs: 0, id: '', user: null, address: null, destination: null } as const;

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, at) => cell.padEnd(WIDTHS[at] ?? 0))
    .join('  ')
    .trimEnd();
}

const WIDTHS: readonly number[] = [19, 7, 6, 15, 40];

function whoOf({ decision, outcome }: RecordRow): string {
  const { user, address } = decision ?? outcome ?? NOTHING;
  return printable(user ?? address ?? '-');
}

function whereOf({ decision, outcome }: RecordRow): string {
  const destination = printable(decision?.destination ?? outcome?.destination ?? '-');
  const request = decision?.request ?? null;
  return request === null
    ? destination
    : `${printable(request.method)} ${destination}${printable(request.path)}`;
}

function whyOf({ decision, outcome }: RecordRow): string {
  const reason = decision?.reason ?? null;
  const decided =
    reason === null ? [] : [reason.rule === null ? reason.code : `${reason.code} (${reason.rule})`];
  const held = decision?.wouldBlock == null ? [] : [`would block: ${decision.wouldBlock.code}`];
  const said = outcome?.said == null ? [] : [`${outcome.vendor ?? ''} said ${outcome.said}`];
  const failure = outcome?.failure == null ? [] : [outcome.failure];
  return printable([...decided, ...held, ...said, ...failure].join(', '));
}
