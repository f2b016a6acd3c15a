// Where the body of an HTTP/1 message ends (RFC 9112 section 6), with every doubt refused.
// Must not know how bodies are moved.
import type { HeaderLines } from '../base/header-lines.ts';
import { err, ok, type Result } from '../base/result.ts';
import { spellingsOf } from '../base/spellings.ts';
import type { Http1FaultCode } from './http1-faults.ts';
import type { WireFault } from './step.ts';

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Responses only: the body ends with the connection. */
  | { readonly kind: 'until-close' };

/** The framing fields of a head, as they came; transfer encodings in lower case. */
export interface FramingFields {
  readonly contentLengths: readonly string[];
  readonly transferEncodings: readonly string[];
}

/** A request without Content-Length and Transfer-Encoding has no body. */
export function requestFraming(
  version: '1.0' | '1.1',
  fields: FramingFields,
): Result<BodyFraming, WireFault<Http1FaultCode>> {
  const explicit = explicitFraming(version, fields);
  return explicit.ok && explicit.value === null ? ok({ kind: 'none' }) : narrow(explicit);
}

/** A response to HEAD, 1xx, 204 and 304 has no body whatever its fields say; without fields it runs until close. */
export function responseFraming(response: {
  readonly version: '1.0' | '1.1';
  readonly fields: FramingFields;
  readonly status: number;
  readonly method: string;
}): Result<BodyFraming, WireFault<Http1FaultCode>> {
  const { status, method } = response;
  // What follows a 101 is another protocol. Some servers say how they will frame it all the same; the field is dropped.
  if (status === 101 && response.fields.contentLengths.length === 0) return ok({ kind: 'none' });
  const explicit = explicitFraming(response.version, response.fields);
  if (!explicit.ok) return explicit;
  const bodiless = status < 200 || status === 204;
  if (bodiless && response.fields.transferEncodings.length > 0) {
    return fault('bad-framing', `a ${status} response has no Transfer-Encoding`);
  }
  // RFC 9110 section 8.6. Servers do send `Content-Length: 0` with 204; any other length announces bytes that a
  // client would take for the next response.
  if (bodiless && explicit.value?.kind === 'length' && explicit.value.bytes > 0) {
    return fault('bad-framing', `a ${status} response has no Content-Length`);
  }
  if (bodiless || status === 304 || method === 'HEAD') return ok({ kind: 'none' });
  return ok(explicit.value ?? { kind: 'until-close' });
}

/**
 * True for a name that is not Content-Length or Transfer-Encoding and that some server takes for one of them: it would
 * frame the body in its own way. `lowerName` is in lower case.
 */
export function isFramingAlias(lowerName: string): boolean {
  if (lowerName === 'content-length' || lowerName === 'transfer-encoding') return false;
  return isContentLength(lowerName) || isTransferEncoding(lowerName);
}

/** Why these lines could be framed in another way than it seems; null when they could not. */
export function aliasFault(headers: HeaderLines): WireFault<Http1FaultCode> | null {
  const alias = headers.find((name, at) => at % 2 === 0 && isFramingAlias(name.toLowerCase()));
  if (alias === undefined) return null;
  return { code: 'bad-framing', detail: `some servers take "${alias}" for a header that frames the body` };
}

const isContentLength = spellingsOf('content-length');
const isTransferEncoding = spellingsOf('transfer-encoding');

const LENGTH = /^(?:0|[1-9][0-9]{0,14})$/;

function explicitFraming(
  version: '1.0' | '1.1',
  fields: FramingFields,
): Result<BodyFraming | null, WireFault<Http1FaultCode>> {
  const { contentLengths, transferEncodings } = fields;
  if (transferEncodings.length > 0) {
    if (contentLengths.length > 0)
      return fault('bad-framing', 'a message has Content-Length or Transfer-Encoding, never both');
    if (version === '1.0') return fault('bad-framing', 'HTTP/1.0 has no Transfer-Encoding');
    if (transferEncodings.length > 1 || transferEncodings[0] !== 'chunked') {
      return fault('bad-framing', 'the only Transfer-Encoding is one "chunked"');
    }
    return ok({ kind: 'chunked' });
  }
  if (contentLengths.length === 0) return ok(null);
  const [length = ''] = contentLengths;
  if (contentLengths.length > 1 || !LENGTH.test(length))
    return fault('bad-framing', 'Content-Length is one decimal number, given once');
  return ok({ kind: 'length', bytes: Number(length) });
}

function narrow(
  result: Result<BodyFraming | null, WireFault<Http1FaultCode>>,
): Result<BodyFraming, WireFault<Http1FaultCode>> {
  if (!result.ok) return result;
  return ok(result.value ?? { kind: 'none' });
}

function fault(code: Http1FaultCode, detail: string): Result<never, WireFault<Http1FaultCode>> {
  return err({ code, detail });
}
