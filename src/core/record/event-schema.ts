// The shape of every line of the record, for readers in other languages: `gatewright schema record`.
// Must not know how lines are written.
import { z } from 'zod';
import { REASON_CODES } from '../policy/decision.ts';
import type { RecordedEvent } from './events.ts';

/** Reads one parsed line of the record; unknown keys are refused, so that schema and events cannot drift apart. */
export const auditEventSchema: z.ZodType<RecordedEvent> = z.lazy(buildSchema);

/** JSON Schema (draft 2020-12) of one line of the record. */
export function auditEventJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(buildSchema()),
    title: 'One line of the Gatewright record',
  };
}

function buildSchema(): z.ZodType<RecordedEvent> {
  return z.discriminatedUnion('kind', [decisionSchema(), outcomeSchema(), gateSchema()]);
}

function decisionSchema() {
  return z.strictObject({
    ...common(),
    kind: z.literal('decision'),
    listener: listenerSchema(),
    client: clientSchema(),
    destination: z.string().describe('HOST:PORT, or the text that could not be read as one.'),
    scheme: z.enum(['https', 'http']),
    request: requestSchema().nullable().describe('Null at the connection stage.'),
    verdict: z.enum(['block', 'splice', 'forward']),
    reason: reasonSchema(),
    wouldBlock: reasonSchema().nullable().describe('Report mode: the reason that would have blocked.'),
    restricted: z.boolean().nullable().describe('Whether the stamp was set; null where no path is known.'),
    stamps: stampsSchema().describe('The header lines that were set.'),
    wouldStamps: stampsSchema().describe('Report mode of a restriction: the lines that would have been set.'),
    policy: z.string().describe('Revision of the policy that decided.'),
    signs: z.array(z.string()).describe('Signs of an attack that did not change the verdict.'),
  });
}

function stampsSchema() {
  return z.array(
    z.strictObject({
      vendor: z.string().describe('Whose header it is.'),
      header: z.string(),
      value: z.string(),
    }),
  );
}

function listenerSchema() {
  return z.string().describe('Name of the listener that accepted the connection.');
}

function clientSchema() {
  return z.strictObject({
    address: z
      .string()
      .describe('Address of the client; from a PROXY header only where a listed peer sent it.'),
    port: z.int().min(0).max(65_535),
    user: z.string().nullable().describe('The authenticated proxy user; null where none was asked for.'),
    userAgent: z
      .string()
      .nullable()
      .optional()
      .describe('User agent of the CONNECT, or of the absolute-form request.'),
  });
}

function requestSchema() {
  return z.strictObject({
    method: z.string(),
    path: z.string().describe('Path and query, secrets redacted, cut at 2,048 characters.'),
    httpVersion: z.enum(['1.0', '1.1', '2']),
    websocket: z.boolean(),
    userAgent: z.string().nullable(),
    tokenKind: z.string().nullable().describe('Kind of the token in Authorization; never the token.'),
    tokenPrint: z
      .string()
      .nullable()
      .describe('Keyed fingerprint: equal tokens compare equal within one installation.'),
  });
}

function outcomeSchema() {
  return z.strictObject({
    ...common(),
    kind: z.literal('outcome'),
    listener: listenerSchema().optional(),
    client: clientSchema().optional(),
    destination: z.string().nullable().optional().describe('As in a decision; null where none was named.'),
    status: z
      .int()
      .nullable()
      .describe('HTTP status the client saw; null for a splice or when none was sent.'),
    by: z.enum(['upstream', 'gate']).nullable().describe('Who wrote that answer.'),
    bytesIn: z.number().min(0).describe('Payload bytes from the client.'),
    bytesOut: z.number().min(0).describe('Payload bytes to the client.'),
    ms: z
      .number()
      .min(0)
      .describe('Milliseconds from the head (request) or the accept (connection) to the end.'),
    vendor: z
      .string()
      .nullable()
      .describe("Whose answer it was; null where upstream did not answer, or is no vendor's."),
    requestId: z.string().nullable().describe('What the vendor calls the request: x-github-request-id.'),
    repeats: z
      .array(z.string())
      .optional()
      .describe(
        'How upstream refused the request unprocessed or left its kept connection, once for each try in vain; absent where none was.',
      ),
    said: z
      .enum(['refused', 'header-wrong', 'plan-mismatch'])
      .nullable()
      .describe(
        "What the vendor said of the restriction; GitHub's: the enterprise 403, one of the three 400s, the 421 of a plan host.",
      ),
    failure: z
      .strictObject({
        code: z.string(),
        side: z.enum(['client', 'upstream', 'gateway']),
        phase: z.string(),
        detail: z.string(),
      })
      .nullable()
      .describe('The failure that ended it (docs/errors.md); null when it ended as it should.'),
  });
}

function gateSchema() {
  return z.strictObject({
    v: z.literal(1),
    at: z.iso.datetime({ precision: 3 }),
    kind: z.literal('gate'),
    what: z.enum([
      'start',
      'stop',
      'policy-loaded',
      'policy-refused',
      'leaf-signed',
      'worker-started',
      'worker-ended',
      'record-opened',
      'record-resumed',
      'record-closed',
      'record-sealed',
      'record-found',
      'record-expired',
      'stamp-off',
      'stamp-on',
      'allowlist-drift',
    ]),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    ...marks(),
  });
}

function reasonSchema() {
  return z.strictObject({
    code: z.enum(REASON_CODES),
    rule: z.string().nullable(),
    exemption: z.string().nullable(),
  });
}

function marks() {
  return {
    stream: z
      .string()
      .regex(/^[0-9a-z]{1,16}$/)
      .optional()
      .describe('The process that wrote the line; its files and the ids of its connections bear the name.'),
    seq: z.int().min(1).optional().describe('Number of the line in its stream: from 1, without gaps.'),
    prev: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .optional()
      .describe(
        'On the first line of each write: SHA-256 of the write before; null on the first line of a stream.',
      ),
  };
}

function common() {
  return {
    ...marks(),
    v: z.literal(1).describe('Version of this shape.'),
    at: z.iso.datetime({ precision: 3 }).describe('RFC 3339 time with milliseconds, UTC.'),
    id: z
      .string()
      .describe('The reference: the connection, and after a dot the number of the request on it.'),
    stage: z.enum(['connection', 'request']),
  };
}
