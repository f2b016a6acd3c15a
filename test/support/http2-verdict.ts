// Does every reading of an HTTP/2 request see one right stamp? The frames as they are, and the request as a careless
// front server would pass it on over HTTP/1.1. Must not know sockets or the gate.
import { METHODS } from 'node:http';
import { asHttp1Head, type Http2Request, pseudoOf } from './http2-readings.ts';
import { type RequestLines, readRequests } from './request-readings.ts';
import { type Expectation, type Finding, findFaults, stampFault } from './stamp-verdict.ts';

/** What is wrong with one request; empty when nothing is. */
export async function http2Faults(
  connection: number,
  request: Http2Request,
  expectation: Expectation,
): Promise<readonly Finding[]> {
  const lines = linesOf(request);
  const what = shapeFault(request) ?? stampFault(lines, expectation) ?? caseFault(request);
  const line = `${lines.method} ${lines.target}`;
  const inFrames =
    what === null ? [] : [{ connection, reading: 'frames', what, request: line, seen: lines.headers }];
  return [...inFrames, ...(await downgradeFaults(connection, request, expectation))];
}

/** Method, target and lines of a request, as the other readings have them. */
export function linesOf({ fields, trailers }: Http2Request): RequestLines {
  return {
    method: pseudoOf(fields, ':method') ?? '',
    target: pseudoOf(fields, ':path') ?? '',
    headers: fields.flat(),
    trailers: trailers.flat(),
  };
}

/** RFC 9113 section 8.3: pseudo-headers once each, before all others; and one name for the host. */
function shapeFault({ fields, trailers }: Http2Request): Finding['what'] | null {
  const names = fields.map(([name]) => name);
  const pseudo = names.filter((name) => name.startsWith(':'));
  const isLate = names.slice(0, pseudo.length).some((name) => !name.startsWith(':'));
  if (isLate || new Set(pseudo).size !== pseudo.length) return 'refused';
  if (trailers.some(([name]) => name.startsWith(':'))) return 'refused';
  const hosts = fields.filter(([name]) => name === 'host' || name === ':authority').map(([, host]) => host);
  return new Set(hosts).size === 1 ? null : 'readings-disagree';
}

/** Names are in lower case on HTTP/2 (section 8.2.1). */
function caseFault({ fields, trailers }: Http2Request): Finding['what'] | null {
  return [...fields, ...trailers].some(([name]) => name !== name.toLowerCase()) ? 'refused' : null;
}

async function downgradeFaults(
  connection: number,
  request: Http2Request,
  expectation: Expectation,
): Promise<readonly Finding[]> {
  const text = asHttp1Head(request);
  const method = text.slice(0, text.indexOf(' '));
  // llhttp knows a list of methods, where the gate and HTTP take any token.
  const known = METHODS.includes(method) ? text : `POST${text.slice(method.length)}`;
  const readings = await readRequests(Buffer.from(known, 'latin1'));
  const count = readings.some(({ requests }) => requests.length !== 1);
  const found = findFaults(connection, readings, expectation);
  const named = found.map((finding) => ({ ...finding, reading: `as HTTP/1: ${finding.reading}` }));
  if (!count || named.length > 0) return named;
  return [{ connection, reading: 'as HTTP/1', what: 'readings-disagree', request: known, seen: [] }];
}
