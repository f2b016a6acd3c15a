// Does every reading of what upstream received see only requests with exactly one right stamp?
// Must not know sockets or the gate. Findings are structures, so that a failing test shows what was seen by whom.
import type { Reading, RequestLines } from './request-readings.ts';
import { sameName } from './request-readings.ts';

export interface Expectation {
  /** The restriction header's name; every spelling of it counts. */
  readonly header: string;
  /** The one right value; null where there must be none. A function says it for each request. */
  readonly value: string | null | ((request: RequestLines) => string | null);
  /** `count` looks at the reading that takes bodies for heads too; only when no body looks like a request. */
  readonly framingIgnored?: 'count' | 'skip';
}

export interface Finding {
  readonly connection: number;
  readonly reading: string;
  readonly what:
    | 'stamp-missing'
    | 'stamp-wrong'
    | 'stamp-doubled'
    | 'stamp-unwanted'
    | 'stamp-in-trailers'
    | 'no-request'
    | 'refused'
    | 'leftover'
    | 'readings-disagree';
  readonly request: string;
  readonly seen: readonly string[];
}

/** What is wrong with the readings of one connection; empty when nothing is. */
export function findFaults(
  connection: number,
  readings: readonly Reading[],
  expectation: Expectation,
): readonly Finding[] {
  const counted = readings.filter(
    ({ name }) => name !== 'no-framing' || expectation.framingIgnored === 'count',
  );
  const numbers = counted.map(({ requests }) => requests.length);
  const disagree = numbers.some((number) => number !== numbers[0]);
  const seen = counted.map(({ name, requests }) => `${name}: ${requests.length}`);
  return [
    ...(disagree
      ? [{ connection, reading: 'all', what: 'readings-disagree' as const, request: '', seen }]
      : []),
    ...counted.flatMap((reading) => faultsOfReading(connection, reading, expectation)),
  ];
}

/** What is wrong with the stamp of one request, in one word; null when it is right. */
export function stampFault(request: RequestLines, expectation: Expectation): Finding['what'] | null {
  const { header, value } = expectation;
  const wanted = typeof value === 'function' ? value(request) : value;
  const stamps = stampLines(request.headers, header);
  if (stampLines(request.trailers, header).length > 0) return 'stamp-in-trailers';
  if (wanted === null) return stamps.length > 0 ? 'stamp-unwanted' : null;
  if (stamps.length === 0) return 'stamp-missing';
  if (stamps.length > 1) return 'stamp-doubled';
  const [line] = stamps;
  return line?.value === wanted && line.name.toLowerCase() === header.toLowerCase() ? null : 'stamp-wrong';
}

function faultsOfReading(connection: number, reading: Reading, expectation: Expectation): Finding[] {
  const at = { connection, reading: reading.name };
  const findings: Finding[] = [];
  for (const request of reading.requests) {
    const line = `${request.method} ${request.target}`;
    const seen = stampLines(request.headers, expectation.header).map(
      ({ name, value }) => `${name}: ${value}`,
    );
    const what = isRequest(request) ? stampFault(request, expectation) : 'no-request';
    if (what !== null) findings.push({ ...at, what, request: line, seen });
  }
  if (reading.fault !== null) findings.push({ ...at, what: 'refused', request: '', seen: [reading.fault] });
  if (reading.leftover !== '')
    findings.push({ ...at, what: 'leftover', request: '', seen: [reading.leftover] });
  return findings;
}

function isRequest(request: RequestLines): boolean {
  return /^[A-Z]+$/.test(request.method) && request.target !== '';
}

function stampLines(lines: readonly string[], header: string): { name: string; value: string }[] {
  return lines.flatMap((name, at) =>
    at % 2 === 0 && sameName(name, header) ? [{ name, value: lines[at + 1] ?? '' }] : [],
  );
}
