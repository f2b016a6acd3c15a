// Flat fields of a body: a form or a JSON object. Must not know what they mean.
import { type HeaderLines, singleHeader } from '../core/base/header-lines.ts';

/** Strings and numbers by name; anything else is left out, and what cannot be read is no field. */
export function readFields(body: Uint8Array, headers: HeaderLines): Readonly<Record<string, string>> {
  const text = Buffer.from(body).toString();
  const type = singleHeader(headers, 'content-type') ?? '';
  if (!type.includes('json')) return Object.fromEntries(new URLSearchParams(text));
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(readJsonObject(body))) {
    if (typeof value === 'string' || typeof value === 'number') fields[name] = String(value);
  }
  return fields;
}

/** The members of a JSON object; none when the body is no JSON object. */
export function readJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
