// gatewright.yaml: its schema, and the way from its text to complete settings.
// Must not know file systems: whoever reads the file says how its relative paths resolve.
import { z } from 'zod';
import { type Fault, readDocument } from '../base/document.ts';
import { ok, type Result } from '../base/result.ts';
import { listenerFaults, listenerSchema, waysIn } from './_listeners.ts';
import {
  cidrSchema,
  crlUrlSchema,
  hostSchema,
  lineSchema,
  listenSchema,
  metaSchema,
  pathSchema,
  resolveSchema,
  timeZoneSchema,
  webAddressSchema,
} from './_setting-values.ts';
import { DURATION_MARK, DURATION_PATTERN, durationSchema, parseDuration } from './duration.ts';
import { limitsSchema } from './limits.ts';
import type { Settings } from './settings.ts';

/**
 * Reads settings from YAML. `resolvePath` turns a path as it is written into an absolute one.
 * Every fault has its place in the file; nothing is half-read.
 */
export function parseSettings(
  source: { readonly text: string; readonly file: string },
  resolvePath: (path: string) => string,
): Result<Settings, readonly Fault[]> {
  const read = readDocument(source, settingsSchema());
  if (!read.ok) return read;
  const { listeners, identity, ca, upstream, audit, allowlist, admin, settleTime, ...rest } =
    read.value.value;
  const orNull = (path: string | null) => (path === null ? null : resolvePath(path));
  const { keep: keepMs, fsync: fsyncMs } = audit;
  return ok({
    ...rest,
    policy: resolvePath(rest.policy),
    settleMs: settleTime,
    listeners: listeners.flatMap(({ proxy, socks, ...listener }) =>
      waysIn({ proxy, socks }).map((way) => ({ ...listener, ...way })),
    ),
    identity: { htpasswd: orNull(identity.htpasswd) },
    ca: { ...ca, dir: resolvePath(ca.dir) },
    upstream: {
      ...upstream,
      roots: upstream.roots === 'system' ? 'system' : upstream.roots.map(resolvePath),
    },
    audit: { dir: resolvePath(audit.dir), keepMs, fsyncMs },
    allowlist: {
      meta: allowlist.meta,
      everyMs: allowlist.every,
      categories: allowlist.categories.length === 0 ? null : allowlist.categories,
    },
    admin: {
      ...admin,
      tokenFile: resolvePath(admin.tokenFile),
      auditorTokenFile: orNull(admin.auditorTokenFile),
    },
  });
}

/** JSON Schema of gatewright.yaml, for editors. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(settingsSchema(), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema[DURATION_MARK] !== true) return;
      delete jsonSchema[DURATION_MARK];
      delete jsonSchema.anyOf;
      jsonSchema.type = 'string';
      jsonSchema.pattern = DURATION_PATTERN;
    },
  });
  return { ...schema, title: 'Gatewright settings' };
}

function settingsSchema() {
  return z
    .strictObject({
      policy: pathSchema().meta({ description: 'The policy file.', examples: ['policy.yaml'] }),
      settleTime: durationSchema({ minMs: 10, maxMs: 60_000 })
        .prefault('1s')
        .describe('How long a file that people change must stay the same before it is taken.'),
      timeZone: timeZoneSchema()
        .prefault('UTC')
        .describe('IANA time zone in which the days of the policy (`until`) end.'),
      listeners: z
        .array(listenerSchema())
        .min(1)
        .meta({
          description: 'Where clients connect.',
          examples: ['[{ name: office, proxy: "127.0.0.1:3128" }]'],
        }),
      identity: identitySchema(),
      ca: caSchema(),
      upstream: upstreamSchema(),
      audit: auditSchema(),
      allowlist: allowlistSchema(),
      admin: adminSchema(),
      workers: workersSchema()
        .prefault('auto')
        .describe('Processes that carry the traffic: 1 to 1024, or auto for one per core.'),
      limits: limitsSchema().describe('What the gate bears before it refuses.'),
      refusal: refusalSchema(),
    })
    .superRefine((settings, context) => {
      for (const { path, message, mend } of listenerFaults(settings))
        context.addIssue({ code: 'custom', path: [...path], message, params: { mend } });
    });
}

function identitySchema() {
  return z
    .strictObject({
      htpasswd: pathSchema().nullable().prefault(null).describe('File of users with bcrypt hashes.'),
    })
    .prefault({});
}

function caSchema() {
  return z
    .strictObject({
      dir: pathSchema().prefault('ca').describe('Folder of the certificate authority; its key is 0600.'),
      leafDays: z.int().min(1).max(47).default(7).describe('Days that a leaf certificate is valid.'),
      crlUrl: crlUrlSchema()
        .nullable()
        .prefault(null)
        .describe(
          'Where clients fetch the revocation list (plain http); by default from the first listener of HTTP.',
        ),
    })
    .prefault({});
}

function upstreamSchema() {
  return z
    .strictObject({
      roots: z
        .union([z.literal('system'), pathSchema().transform((file) => [file]), z.array(pathSchema()).min(1)])
        .prefault('system')
        .describe('Whom the gate believes upstream: the roots of the system, or PEM files.'),
      resolve: resolveSchema()
        .prefault({})
        .describe(
          'Destinations to addresses in place of DNS: "HOST:PORT", "*:PORT" or "*". null: it has none.',
        ),
      allowPrivate: z
        .array(cidrSchema())
        .prefault([])
        .describe('Private networks that DNS answers may lead to; all others are refused.'),
    })
    .prefault({});
}

function auditSchema() {
  return z
    .strictObject({
      dir: pathSchema().prefault('audit').describe('Folder of the record: one file per UTC day.'),
      keep: keepSchema()
        .prefault('30d')
        .describe('How long files of past days are kept: at least 1d, or forever.'),
      fsync: durationSchema({ minMs: 0, maxMs: 60_000 })
        .prefault('1s')
        .describe('Between two syncs to the disk; 0s syncs every write.'),
    })
    .prefault({});
}

function allowlistSchema() {
  return z
    .strictObject({
      meta: metaSchema()
        .nullable()
        .prefault(null)
        .describe("Where GitHub's list of domains is asked for and compared with the policy; null: nowhere."),
      every: durationSchema({ minMs: 60_000, maxMs: 7 * DAY_MS })
        .prefault('1d')
        .describe('How often; the gate only reports, and never changes the policy.'),
      categories: z
        .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'this is no category of the list'))
        .default([])
        .describe('The categories that are compared, such as website and copilot; empty: all.'),
    })
    .prefault({});
}

function adminSchema() {
  return z
    .strictObject({
      listen: listenSchema().prefault('127.0.0.1:3129').describe('Address and port of the admin API.'),
      tokenFile: pathSchema()
        .prefault('admin-token')
        .describe('File of the token that may do everything; made at the start (0600) when missing.'),
      auditorTokenFile: pathSchema()
        .nullable()
        .prefault(null)
        .describe('File of the token that may only read; made at the start (0600) when missing.'),
      metrics: z.enum(['token', 'open']).default('token').describe('Whether /metrics wants a token.'),
      stampSwitch: z
        .boolean()
        .default(false)
        .describe('Whether the admin API may switch the stamp off and on: for demos and trials.'),
      hosts: z
        .array(hostSchema())
        .prefault([])
        .describe('Further host names under which the admin API may be asked.'),
    })
    .prefault({});
}

function refusalSchema() {
  return z
    .strictObject({
      contact: lineSchema()
        .nullable()
        .prefault(null)
        .describe('Whom a refused user may ask; shown on refusals.'),
      helpUrl: webAddressSchema()
        .nullable()
        .prefault(null)
        .describe('A page that explains the rules; linked on refusals.'),
    })
    .prefault({});
}

const DAY_MS = 86_400_000;

function keepSchema(): z.ZodType<number | null, string> {
  return z.string().transform((text, context) => {
    const read = text === 'forever' ? ok(null) : parseDuration(text);
    if (read.ok && (read.value === null || read.value >= DAY_MS)) return read.value;
    context.addIssue({
      code: 'custom',
      message: 'the record is kept for a day or longer',
      params: { mend: 'write a time like "30d", or forever' },
    });
    return z.NEVER;
  });
}

function workersSchema(): z.ZodType<number | 'auto', number | string> {
  return z.union([z.int(), z.string()]).transform((written, context) => {
    if (written === 'auto') return written;
    if (typeof written === 'number' && written >= 1 && written <= 1_024) return written;
    context.addIssue({
      code: 'custom',
      message: 'this is no number of processes',
      params: { mend: 'write 1 to 1024, or auto' },
    });
    return z.NEVER;
  });
}
