// The values that settings are made of: addresses, networks, host names, web addresses, time zones.
// Must not know which setting holds them.
import { z } from 'zod';
import { parseDestination } from '../base/destination.ts';
import { type Hostname, parseHostname } from '../base/hostname.ts';
import { type Cidr, parseCidr, parseIpAddress } from '../base/ip-address.ts';
import type { Result } from '../base/result.ts';
import { CRL_URL_MEND, parseCrlUrl } from './crl-url.ts';
import type { ListenAddress, MetaPlace, ResolveRule } from './settings.ts';

/** `ADDRESS:PORT` to listen on; `[V6]:PORT`; port 0 lets the system choose. */
export function listenSchema(): z.ZodType<ListenAddress, string> {
  return z.string().transform((text, context) => {
    const found = /^(?:\[([^\]]+)\]|([^:[\]]+)):(0|[1-9][0-9]{0,4})$/.exec(text);
    const address = parseIpAddress(found?.[1] ?? found?.[2] ?? '');
    const port = Number(found?.[3] ?? Number.NaN);
    if (found !== null && address.ok && port <= 65_535) return { address: address.value, port };
    return refuse(
      context,
      'a listening place is an IP address and a port',
      'write "127.0.0.1:3128" or "[::1]:3128"',
    );
  });
}

/** A network in CIDR notation. */
export function cidrSchema(): z.ZodType<Cidr, string> {
  return parsed(parseCidr, 'write a network like "10.20.0.0/16"');
}

/** A host name. */
export function hostSchema(): z.ZodType<Hostname, string> {
  return parsed(parseHostname, 'write a host name like "gate.example.com"');
}

/** A file or folder; relative ones are taken from the folder of the settings file. */
export function pathSchema(): z.ZodType<string, string> {
  return z
    .string()
    .transform((text, context) =>
      text === '' || text.includes('\0')
        ? refuse(context, 'a path is missing', 'write a path, relative to this file or absolute')
        : text,
    );
}

/** Where clients fetch the revocation list. */
export function crlUrlSchema(): z.ZodType<string, string> {
  return parsed(parseCrlUrl, CRL_URL_MEND);
}

/** An http or https address that goes into pages as it stands. */
export function webAddressSchema(): z.ZodType<string, string> {
  return z
    .string()
    .transform((text, context) =>
      /^https?:\/\/[!-~]+$/.test(text) && URL.canParse(text)
        ? text
        : refuse(context, 'this is no http or https address', 'write one like "https://gate.example.com/…"'),
    );
}

/** An https address with a host name, in its parts. */
export function metaSchema(): z.ZodType<MetaPlace, string> {
  return z.string().transform((url, context) => {
    const found = /^https:\/\/([^/?#@\s]+)(\/[!"$-~]*)$/i.exec(url);
    const destination = parseDestination(found?.[1] ?? '', 443);
    if (destination.kind === 'name')
      return { url, host: destination.host, port: destination.port, path: found?.[2] ?? '/' };
    const mend = 'write one like "https://api.github.com/meta", or null';
    return refuse(context, 'this is no https address with a host name and a path', mend);
  });
}

/** A line of text for people: no control characters, at most 200 characters. */
export function lineSchema(): z.ZodType<string, string> {
  return z
    .string()
    .transform((text, context) =>
      text.length <= 200 && text !== '' && !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text)
        ? text
        : refuse(
            context,
            'this must be one line of 1 to 200 characters',
            'shorten it and leave out line breaks',
          ),
    );
}

/** An IANA time zone. */
export function timeZoneSchema(): z.ZodType<string, string> {
  return z.string().transform((text, context) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    } catch {
      return refuse(
        context,
        'this time zone is unknown',
        'write an IANA name like "Europe/Berlin", or "UTC"',
      );
    }
  });
}

/** The resolve map, as rules from the most exact to the least. */
export function resolveSchema(): z.ZodType<readonly ResolveRule[], Record<string, string | null>> {
  return z.record(z.string(), z.string().nullable()).transform((map, context) => {
    const rules = Object.entries(map).flatMap(([key, value]) => {
      const from = resolveKey(key);
      const to = value === null ? null : parseDestination(value);
      if (from === null) {
        const mend = 'write "HOST:PORT", "*:PORT" or "*"';
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `"${key}" names no destination`,
          params: { mend },
        });
        return [];
      }
      if (to !== null && to.kind !== 'address') {
        const mend = 'write an address and a port like "127.0.0.1:8443", or null for none';
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'this is no address with a port',
          params: { mend },
        });
        return [];
      }
      return [{ ...from, to: to === null ? null : { address: to.host, port: to.port } }];
    });
    return rules.toSorted((a, b) => exactness(b) - exactness(a));
  });
}

function resolveKey(key: string): Pick<ResolveRule, 'host' | 'port'> | null {
  if (key === '*') return { host: null, port: null };
  if (key.startsWith('*:')) {
    const port = parseDestination(`any.example${key.slice(1)}`);
    return port.kind === 'malformed' ? null : { host: null, port: port.port };
  }
  const destination = parseDestination(key);
  return destination.kind === 'malformed' ? null : { host: destination.host, port: destination.port };
}

function exactness(rule: ResolveRule): number {
  return (rule.host === null ? 0 : 2) + (rule.port === null ? 0 : 1);
}

function parsed<T>(parse: (text: string) => Result<T, string>, mend: string): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const read = parse(text);
    return read.ok ? read.value : refuse(context, read.error, mend);
  });
}

function refuse(context: z.RefinementCtx, message: string, mend: string): never {
  context.addIssue({ code: 'custom', message, params: { mend } });
  return z.NEVER;
}
