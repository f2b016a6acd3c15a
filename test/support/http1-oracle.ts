// The requests that our own HTTP/1 readers take out of a stream of bytes, beside what llhttp takes out of the same bytes.
// Must not know sockets or the gate.
import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { bodyDecoder, isBodiless } from '../../src/core/wire/http1-body.ts';
import { type RequestHead, readRequestHead } from '../../src/core/wire/http1-head.ts';
import { type ReadRequest, readRequests } from './request-readings.ts';
import { latin1 } from './wire-steps.ts';

const LIMITS = { headBytes: 65_536, headerCount: 200, targetBytes: 16_384, chunkExtensionBytes: 256 };

/** What we take; it throws when llhttp, reading strictly, takes anything else out of the same bytes. */
export async function assertLlhttpAgrees(text: string): Promise<readonly ReadRequest[]> {
  const ours = readOurs(text);
  const [llhttp] = await readRequests(latin1(text.slice(0, ours.used)));
  assert.equal(llhttp?.name, 'llhttp-strict');
  assert.deepEqual([llhttp.requests, llhttp.fault], [ours.requests, null]);
  return ours.requests;
}

/** The requests that we accept from the start of the text, and where the last of them ends. */
export function readOurs(text: string): { readonly requests: readonly ReadRequest[]; readonly used: number } {
  const requests: ReadRequest[] = [];
  let used = 0;
  for (;;) {
    const bytes = Buffer.from(text.slice(used), 'latin1');
    const head = readRequestHead(bytes, LIMITS);
    if (head.kind !== 'done' || !isKnownToLlhttp(head.value)) return { requests, used };
    const { method, target, headers, framing, keepAlive, upgrade } = head.value;
    const taken = takeBody(framing, bytes.subarray(head.used));
    if (taken === null) return { requests, used };
    requests.push({ method, target, headers, trailers: taken.trailers, body: taken.data, end: 'whole' });
    used += head.used + taken.used;
    // What follows an upgrade is for another protocol, whoever decides on it.
    if (!keepAlive || upgrade !== null) return { requests, used };
  }
}

/** Any token is a method to us, and forms of targets are judged later: there llhttp says no, and never reads otherwise. */
function isKnownToLlhttp({ method, target }: RequestHead): boolean {
  return METHODS.includes(method) && /^(?:\/|\*$|https?:\/\/[a-z0-9.-]+(?:\/|$))/.test(target);
}

function takeBody(
  framing: Parameters<typeof isBodiless>[0],
  bytes: Uint8Array,
): { readonly data: string; readonly used: number; readonly trailers: readonly string[] } | null {
  if (framing.kind === 'none' || isBodiless(framing)) return { data: '', used: 0, trailers: [] };
  // llhttp refuses the blanks that RFC 9112 section 7.1.1 allows around the extensions of a chunk.
  if (framing.kind === 'chunked' && BLANKS_IN_EXTENSIONS.test(Buffer.from(bytes).toString('latin1')))
    return null;
  const step = bodyDecoder(framing, LIMITS).push(bytes);
  if (step.kind !== 'done') return null;
  const data = step.data.map((piece) => Buffer.from(piece).toString('latin1')).join('');
  return { data, used: step.used, trailers: step.trailers };
}

const BLANKS_IN_EXTENSIONS = /(?:^|\n)[0-9A-Fa-f]+(?:[ \t]+;|;[^\r\n]*[ \t])/;
