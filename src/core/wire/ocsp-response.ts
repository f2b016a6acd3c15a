// What a responder says of certificates (OCSP, RFC 6960 section 4.2), as a server staples it to its handshake.
// Must not know keys or clocks: nothing here says that an answer is genuine or of today.
import { err, ok, type Result } from '../base/result.ts';
import { objectIdText, readOne, readTlvs, TAG, type Tlv } from './der.ts';

export interface OcspAnswer {
  readonly id: {
    readonly hashOid: string;
    readonly issuerName: Uint8Array;
    readonly issuerKey: Uint8Array;
    /** Big-endian octets. */
    readonly serial: Uint8Array;
  };
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdateMs: number;
  /** Null: newer information is always to be had. */
  readonly nextUpdateMs: number | null;
}

export interface OcspAnswers {
  readonly kind: 'answers';
  /** What the signature is over, in DER. */
  readonly signed: Uint8Array;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
  /** Certificates that came along, in DER: the responder's, where the issuer delegated. */
  readonly certificates: readonly Uint8Array[];
  readonly answers: readonly OcspAnswer[];
}

/** `silent`: the responder gave no answer, such as tryLater (3); such a response is not signed. */
export type OcspResponse = OcspAnswers | { readonly kind: 'silent'; readonly status: number };

/** Reads one response that fills `bytes`. The error says what is wrong with it. */
export function readOcspResponse(bytes: Uint8Array): Result<OcspResponse, string> {
  try {
    return ok(readResponse(bytes));
  } catch (thrown) {
    if (thrown instanceof RangeError) return err(thrown.message);
    throw thrown;
  }
}

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const CRITICAL = 0xff;

function readResponse(bytes: Uint8Array): OcspResponse {
  const [status, wrapped] = readTlvs(inside(readOne(bytes), TAG.sequence));
  const number = inside(status, ENUMERATED)[0] ?? 0;
  if (number !== 0) return { kind: 'silent', status: number };
  const [type, response] = readTlvs(readOne(inside(wrapped, context(0))).content);
  if (objectIdText(inside(type, TAG.objectId)) !== BASIC_RESPONSE)
    throw new RangeError('the response is of a kind that is not known');
  const [signed, algorithm, signature, certificates] = readTlvs(
    inside(readOne(inside(response, TAG.octetString)), TAG.sequence),
  );
  if (signed === undefined) throw new RangeError('the response is empty');
  return {
    kind: 'answers',
    signed: signed.whole,
    signatureOid: firstObjectId(algorithm),
    signature: inside(signature, TAG.bitString).subarray(1),
    certificates:
      certificates === undefined
        ? []
        : readTlvs(readOne(inside(certificates, context(0))).content).map(({ whole }) => whole),
    answers: readResponseData(inside(signed, TAG.sequence)),
  };
}

/** ResponseData: a version and the responder's name or key, both told apart by their tags, then the answers. */
function readResponseData(content: Uint8Array): readonly OcspAnswer[] {
  const fields = readTlvs(content);
  const answers = fields.find((field) => field.tag === TAG.sequence);
  refuseCritical(fields.find((field) => fields.indexOf(field) > 1 && field.tag === context(1)));
  return readTlvs(inside(answers, TAG.sequence)).map(readAnswer);
}

function readAnswer(answer: Tlv): OcspAnswer {
  const [id, status, thisUpdate, ...rest] = readTlvs(inside(answer, TAG.sequence));
  const [algorithm, issuerName, issuerKey, serial] = readTlvs(inside(id, TAG.sequence));
  const nextUpdate = rest.find((field) => field.tag === context(0));
  refuseCritical(rest.find((field) => field.tag === context(1)));
  return {
    id: {
      hashOid: firstObjectId(algorithm),
      issuerName: inside(issuerName, TAG.octetString),
      issuerKey: inside(issuerKey, TAG.octetString),
      serial: inside(serial, TAG.integer),
    },
    status: readStatus(status),
    thisUpdateMs: readTime(thisUpdate),
    nextUpdateMs: nextUpdate === undefined ? null : readTime(readOne(nextUpdate.content)),
  };
}

/** `good` [0] and `unknown` [2] are NULL, `revoked` [1] says when and why; all tagged implicitly. */
function readStatus(status: Tlv | undefined): OcspAnswer['status'] {
  switch (status?.tag) {
    case 0x80:
      return 'good';
    case context(1):
      return 'revoked';
    case 0x82:
      return 'unknown';
    default:
      throw new RangeError('a status is none of good, revoked and unknown');
  }
}

/** GeneralizedTime in seconds and UTC, the one form that RFC 6960 section 4.2.2.1 allows. */
function readTime(field: Tlv | undefined): number {
  const text = String.fromCharCode(...inside(field, TAG.generalizedTime));
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) throw new RangeError(`${JSON.stringify(text)} is no time`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** RFC 6960 section 4.4: an extension that is critical and not understood spoils the response; none is understood here. */
function refuseCritical(wrapped: Tlv | undefined): void {
  if (wrapped === undefined) return;
  for (const extension of readTlvs(readOne(wrapped.content).content)) {
    const isCritical = readTlvs(extension.content).some(
      ({ tag, content }) => tag === TAG.boolean && content[0] === CRITICAL,
    );
    if (isCritical) throw new RangeError('it has a critical extension that is not known');
  }
}

const ENUMERATED = 0x0a;

function context(number: number): number {
  return 0xa0 | number;
}

function inside(value: Tlv | undefined, tag: number): Uint8Array {
  if (value?.tag !== tag) throw new RangeError('a field is missing, or is of another kind');
  return value.content;
}

function firstObjectId(algorithm: Tlv | undefined): string {
  return objectIdText(inside(readTlvs(inside(algorithm, TAG.sequence))[0], TAG.objectId));
}
