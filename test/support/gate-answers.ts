// What an answer says of who gave it: the gate names itself in Proxy-Status (RFC 9209). Must not know why it was given.

/** The value of a header; null when it is not there exactly once. */
export function headerOf(headers: readonly string[], name: string): string | null {
  const values = headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** The details of the gate's Proxy-Status; all null when somebody else answered. */
export function gateSays(headers: readonly string[]): {
  readonly code: string | null;
  readonly rule: string | null;
  readonly reference: string | null;
} {
  const status = headerOf(headers, 'proxy-status') ?? '';
  const detail = (name: string): string | null =>
    new RegExp(`details=".*?\\b${name}=([^"]*?)(?= (?:code|rule|reference)=|")`).exec(status)?.[1] ?? null;
  if (!status.startsWith('Gatewright;')) return { code: null, rule: null, reference: null };
  return { code: detail('code'), rule: detail('rule'), reference: detail('reference') };
}
