// Text whose bytes outside ASCII stand as one character each, as a decoded path has them, read as UTF-8 and written back.
// Must not know paths.

/** What `map` makes of the text that the bytes spell. Bytes that are no UTF-8 (RFC 3629) stay where and what they are. */
export function mapUtf8(bytes: string, map: (text: string) => string): string {
  const text = spelled(bytes);
  const mapped = map(text);
  return mapped === text ? bytes : written(mapped);
}

/** A byte that is no UTF-8 is half a surrogate pair meanwhile, which no mapping of Unicode touches. */
const LONE = 0xdc00;

function spelled(bytes: string): string {
  let text = '';
  let copied = 0;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes.charCodeAt(at);
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const length = lengthAt(bytes, at, lead);
    text +=
      bytes.slice(copied, at) +
      (length === 1 ? String.fromCharCode(LONE | lead) : characterAt(bytes, at, length));
    at += length;
    copied = at;
  }
  return text + bytes.slice(copied);
}

/** Bytes of the character that begins there, by table 3-7 of Unicode; 1 where none does. */
function lengthAt(bytes: string, at: number, lead: number): number {
  const length = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes.charCodeAt(at + 1);
  if (lead === 0xe0 && second < 0xa0) return 1;
  if (lead === 0xed && second > 0x9f) return 1;
  if (lead === 0xf0 && second < 0x90) return 1;
  if (lead === 0xf4 && second > 0x8f) return 1;
  for (let more = 1; more < length; more += 1) if ((bytes.charCodeAt(at + more) & 0xc0) !== 0x80) return 1;
  return length;
}

function characterAt(bytes: string, at: number, length: number): string {
  let code = bytes.charCodeAt(at) & (0x7f >> length);
  for (let more = 1; more < length; more += 1) code = (code << 6) | (bytes.charCodeAt(at + more) & 0x3f);
  return String.fromCodePoint(code);
}

function written(text: string): string {
  let bytes = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    const end = at + (code > 0xffff ? 2 : 1);
    if (code >= 0x80) {
      bytes += text.slice(copied, at) + bytesOf(code);
      copied = end;
    }
    at = end;
  }
  return bytes + text.slice(copied);
}

function bytesOf(code: number): string {
  if (code >= LONE && code < LONE + 0x100) return String.fromCharCode(code & 0xff);
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), tail(0));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), tail(6), tail(0));
  return String.fromCharCode(0xf0 | (code >> 18), tail(12), tail(6), tail(0));
}
