// How large a header block of HTTP/2 may be: as large as the same head over HTTP/1.1. Must not know sessions or streams.
import type { HeaderLines } from '../../core/base/header-lines.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { Http1FaultCode } from '../../core/wire/http1-faults.ts';
import type { WireFault } from '../../core/wire/step.ts';

export type HeadLimits = Pick<Limits, 'headBytes' | 'headerCount'>;

/** What node:http2 is told to take and to send. */
export interface BlockRoom {
  readonly maxHeaderListPairs: number;
  /** Announced in SETTINGS too; counted with 32 bytes for each field (RFC 9113 section 6.5.2). */
  readonly maxHeaderListSize: number;
  readonly maxSendHeaderBlockLength: number;
}

/**
 * Room for every head within the limits, and for those that are over them by as much again: Node resets the stream of what
 * is over its own, and tells nobody which limit it was.
 */
export function blockRoom({ headBytes, headerCount }: HeadLimits): BlockRoom {
  const maxHeaderListPairs = 2 * headerCount + PSEUDO_FIELDS;
  const size = headBytes + ROOM + FIELD_BYTES * maxHeaderListPairs;
  return { maxHeaderListPairs, maxHeaderListSize: size, maxSendHeaderBlockLength: size };
}

/** Which limit a head is over, counted as HTTP/1.1 counts it; null when none. Pseudo-headers are its start line. */
export function headLimitFault(
  raw: HeaderLines,
  { headBytes, headerCount }: HeadLimits,
): WireFault<Http1FaultCode> | null {
  let bytes = START_LINE_BYTES;
  let count = 0;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    if (name === ':scheme') continue;
    bytes += value.length;
    if (name === ':authority') bytes += HOST_BYTES;
    if (name.startsWith(':')) continue;
    bytes += name.length + LINE_BYTES;
    count += 1;
  }
  if (count > headerCount) return said('too-many-headers', `at most ${headerCount} header lines`);
  return bytes > headBytes ? said('head-too-large', `at most ${headBytes} bytes`) : null;
}

function said(code: Http1FaultCode, limit: string): WireFault<Http1FaultCode> {
  return { code, detail: `a head has ${limit}` };
}

const PSEUDO_FIELDS = 5;
const FIELD_BYTES = 32;
const ROOM = 65_536;
/** A Host line without its value. */
const HOST_BYTES = 8;
/** ": " and CR LF. */
const LINE_BYTES = 4;
/** Blanks, version and line end of a start line, and the line end behind the head. */
const START_LINE_BYTES = 14;
