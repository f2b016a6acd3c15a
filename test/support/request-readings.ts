// One stream of bytes, read as requests by parsers of different leniency: what any server behind the gate might see.
// Must not know the gate, nor what a request should carry.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { duplexPair } from 'node:stream';

/** A request as one reading sees it. */
export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  /** Name and value by turns, as they came. */
  readonly headers: readonly string[];
  readonly trailers: readonly string[];
  /** Latin-1. */
  readonly body: string;
  /** `cut`: the bytes end inside its body. */
  readonly end: 'whole' | 'cut';
}

/** What a verdict on the stamp looks at. */
export type RequestLines = Pick<ReadRequest, 'method' | 'target' | 'headers' | 'trailers'>;

export interface Reading {
  readonly name: ReadingName;
  readonly requests: readonly ReadRequest[];
  /** Why the parser stopped before the end of the bytes; null when it did not. */
  readonly fault: string | null;
  /** Bytes after the last request that are no whole head. */
  readonly leftover: string;
}

export type ReadingName = 'llhttp-strict' | 'llhttp-lenient' | Dialect['name'];

/** Every reading of the bytes. `no-framing` takes bodies for heads: look at it only when no body looks like one. */
export async function readRequests(bytes: Uint8Array): Promise<readonly Reading[]> {
  const text = Buffer.from(bytes).toString('latin1');
  return [
    await readWithLlhttp(bytes, 'llhttp-strict'),
    await readWithLlhttp(bytes, 'llhttp-lenient'),
    ...DIALECTS.map((dialect) => readNaively(text, dialect)),
  ];
}

/** How a careless parser reads: where lines end, and whose word on the body's length it takes. */
interface Dialect {
  readonly name: 'blank-lines' | 'bare-lf' | 'bare-cr' | 'length-wins' | 'no-framing';
  readonly lineEnd: RegExp;
  readonly wins: 'length' | 'chunked' | 'neither';
  readonly length: 'first' | 'last';
}

const DIALECTS: readonly Dialect[] = [
  { name: 'blank-lines', lineEnd: /\r\n/g, wins: 'length', length: 'first' },
  { name: 'bare-lf', lineEnd: /\r?\n/g, wins: 'chunked', length: 'first' },
  { name: 'bare-cr', lineEnd: /\r\n|\r|\n/g, wins: 'chunked', length: 'last' },
  { name: 'length-wins', lineEnd: /\r?\n/g, wins: 'length', length: 'last' },
  { name: 'no-framing', lineEnd: /\r\n/g, wins: 'neither', length: 'first' },
];

/** Node's own parser, fed through an in-memory connection. */
async function readWithLlhttp(bytes: Uint8Array, name: 'llhttp-strict' | 'llhttp-lenient'): Promise<Reading> {
  const insecureHTTPParser = name === 'llhttp-lenient';
  // An upgrade is one more request here: the bytes after a real one are not given to this file.
  const shouldUpgradeCallback = (): boolean => false;
  const limits = { requireHostHeader: false, maxHeaderSize: 1 << 20 };
  const server = createServer({ insecureHTTPParser, shouldUpgradeCallback, ...limits });
  server.maxHeadersCount = 0;
  const seen = collectRequests(server);
  const [client, far] = duplexPair();
  const closed = new Promise<void>((resolve) => {
    client.on('close', resolve);
    far.on('close', resolve);
    far.on('end', () => setImmediate(resolve));
  });
  client.on('error', () => {});
  far.on('error', () => {});
  client.resume();
  server.emit('connection', far);
  client.end(bytes);
  await closed;
  far.destroy();
  client.destroy();
  return { name, requests: seen.requests.map((request) => request()), fault: seen.fault(), leftover: '' };
}

function collectRequests(server: Server): {
  readonly requests: readonly (() => ReadRequest)[];
  readonly fault: () => string | null;
} {
  const requests: (() => ReadRequest)[] = [];
  let fault: string | null = null;
  const note = (request: IncomingMessage): void => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    request.on('error', () => {});
    requests.push(() => ({
      ...{ method: request.method ?? '', target: request.url ?? '', headers: request.rawHeaders },
      ...{ trailers: request.rawTrailers, end: request.complete ? 'whole' : 'cut' },
      body: Buffer.concat(body).toString('latin1'),
    }));
  };
  server.on('request', (request, response) => {
    note(request);
    response.end();
  });
  server.on('checkExpectation', (request, response) => {
    note(request);
    response.end();
  });
  server.on('connect', note);
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // The end of the bytes inside a body is no fault of the bytes.
    if (error.code !== 'HPE_INVALID_EOF_STATE' && error.code !== 'ECONNRESET')
      fault ??= error.code ?? error.message;
    socket.destroy();
  });
  return { requests, fault: () => fault };
}

function readNaively(text: string, dialect: Dialect): Reading {
  const { name } = dialect;
  const requests: ReadRequest[] = [];
  for (let at = skipBlankLines(text, 0); at < text.length; at = skipBlankLines(text, at)) {
    const head = takeLines(text, at, dialect.lineEnd);
    if (head === null) return { name, requests, fault: null, leftover: text.slice(at) };
    const [startLine = '', ...lines] = head.lines;
    const headers = lines.flatMap(splitField);
    const body = takeBody({ text, at: head.next, headers, dialect });
    const [, method = '', target = ''] = /^\s*(\S+)\s+(\S+)/.exec(startLine) ?? [];
    const { trailers, data, end, fault } = body;
    requests.push({ method, target, headers, trailers, body: data, end });
    if (fault !== null) return { name, requests, fault, leftover: text.slice(head.next) };
    at = body.next;
  }
  return { name, requests, fault: null, leftover: '' };
}

function skipBlankLines(text: string, from: number): number {
  let at = from;
  while (text[at] === '\r' || text[at] === '\n') at += 1;
  return at;
}

/** The lines up to an empty one, and the place after it; null when there is none. */
function takeLines(text: string, from: number, lineEnd: RegExp): { lines: string[]; next: number } | null {
  const lines: string[] = [];
  let at = from;
  for (const match of text.slice(from).matchAll(lineEnd)) {
    const line = text.slice(at, from + match.index);
    at = from + match.index + match[0].length;
    if (line === '') return { lines, next: at };
    lines.push(line);
  }
  return null;
}

/** Anything before the first colon is taken for a name, folds included. */
function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

interface TakenBody {
  readonly data: string;
  readonly next: number;
  readonly trailers: readonly string[];
  readonly end: 'whole' | 'cut';
  readonly fault: string | null;
}

function takeBody(from: {
  readonly text: string;
  readonly at: number;
  readonly headers: readonly string[];
  readonly dialect: Dialect;
}): TakenBody {
  const { text, at, headers, dialect } = from;
  const chunked = valuesOf(headers, 'transfer-encoding').some((value) => /chunked/i.test(value));
  const lengths = valuesOf(headers, 'content-length').map((value) => Number.parseInt(value, 10));
  const length = (dialect.length === 'first' ? lengths : lengths.toReversed()).find((value) => value >= 0);
  if (dialect.wins === 'neither') return takeLength(text, at, 0);
  if (chunked && (dialect.wins === 'chunked' || length === undefined))
    return takeChunks(text, at, dialect.lineEnd);
  return takeLength(text, at, length ?? 0);
}

function takeLength(text: string, at: number, length: number): TakenBody {
  const data = text.slice(at, at + length);
  const end = data.length === length ? 'whole' : 'cut';
  return { data, next: at + data.length, trailers: [], end, fault: null };
}

function takeChunks(text: string, from: number, lineEnd: RegExp): TakenBody {
  let data = '';
  for (let at = from; ; ) {
    const cut: TakenBody = { data, next: text.length, trailers: [], end: 'cut', fault: null };
    const sizeLine = takeLine(text, at, lineEnd);
    if (sizeLine === null) return cut;
    const size = Number.parseInt(sizeLine.line, 16);
    if (!(size >= 0)) return { ...cut, next: at, fault: `no chunk size: ${JSON.stringify(sizeLine.line)}` };
    if (size === 0) {
      const rest = takeLines(text, sizeLine.next, lineEnd);
      if (rest === null) return cut;
      return {
        data,
        next: rest.next,
        trailers: rest.lines.flatMap(splitField),
        end: 'whole',
        fault: null,
      };
    }
    data += text.slice(sizeLine.next, sizeLine.next + size);
    if (sizeLine.next + size > text.length) return { ...cut, data };
    const afterData = takeLine(text, sizeLine.next + size, lineEnd);
    if (afterData === null) return cut;
    at = afterData.next;
  }
}

function takeLine(text: string, from: number, lineEnd: RegExp): { line: string; next: number } | null {
  const pattern = new RegExp(lineEnd);
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null ? null : { line: text.slice(from, match.index), next: match.index + match[0].length };
}

/** Names are compared as careless servers do: by their letters and digits alone, and without the `HTTP_` of CGI. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && sameName(headers[at - 1] ?? '', name));
}

export function sameName(one: string, other: string): boolean {
  const folded = (name: string): string => name.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
  return [folded(other), `http${folded(other)}`].includes(folded(one));
}
