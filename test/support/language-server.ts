// A language server driven over standard input and output as an editor does (Language Server Protocol 3.17).
// Must not know what the server asks of the network.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ROOT } from './processes.ts';
import type { TestScope } from './test-scope.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a server says of its own accord. */
export interface Notice {
  readonly method: string;
  readonly params: Json;
}

export interface LanguageServer {
  /** Resolves with the result; rejects with the error's message. */
  ask(method: string, params: Json): Promise<unknown>;
  tell(method: string, params: Json): void;
  /** Resolves with the first notice that `wanted` accepts, be it there or still to come. */
  noticed(wanted: (notice: Notice) => boolean): Promise<Notice>;
  /** Every notice so far. */
  readonly notices: readonly Notice[];
}

const DEADLINE_MS = 30_000;

/** Starts it; it is killed when the scope ends. `configuration` answers its questions, by section. */
export function startLanguageServer(
  t: TestScope,
  command: readonly string[],
  given: { readonly env: Readonly<Record<string, string | undefined>>; readonly configuration: Json },
): LanguageServer {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd: ROOT, env: { ...process.env, ...given.env }, stdio: 'pipe' });
  t.after(() => child.kill('SIGTERM'));
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  const send = (message: Json): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const asked = new Map<unknown, (answer: Json) => void>();
  const notices: Notice[] = [];
  const looks = new Set<() => void>();
  readMessages(child.stdout, (message) => {
    const { id, method } = message;
    if (typeof method !== 'string') return asked.get(id)?.(message);
    const params = objectOf(message['params']);
    if (id !== undefined) send({ id, result: answerOf(method, params, given.configuration) });
    notices.push({ method, params });
    for (const look of looks) look();
  });
  let lastId = 0;
  return {
    notices,
    tell: (method, params) => send({ method, params }),
    ask: (method, params) => {
      lastId += 1;
      const id = lastId;
      send({ id, method, params });
      return withinDeadline(method, (resolve, reject) => {
        asked.set(id, ({ result, error }) =>
          error === undefined ? resolve(result) : reject(new Error(String(objectOf(error)['message']))),
        );
      });
    },
    noticed: (wanted) =>
      withinDeadline('a notice', (resolve) => {
        const look = (): void => {
          const found = notices.find(wanted);
          if (found === undefined) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
  };
}

function withinDeadline<T>(
  what: string,
  run: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`No answer to ${what}`)), DEADLINE_MS);
    run(
      (value) => {
        clearTimeout(late);
        resolve(value);
      },
      (error) => {
        clearTimeout(late);
        reject(error);
      },
    );
  });
}

function answerOf(method: string, params: Json, configuration: Json): unknown {
  if (method !== 'workspace/configuration') return null;
  const items = params['items'];
  return Array.isArray(items)
    ? items.map((item) => configuration[String(objectOf(item)['section'])] ?? null)
    : [];
}

function readMessages(output: Readable, onMessage: (message: Json) => void): void {
  let unread = Buffer.alloc(0);
  output.on('data', (piece: Buffer) => {
    unread = Buffer.concat([unread, piece]);
    for (;;) {
      const end = unread.indexOf('\r\n\r\n');
      const length = Number(
        /^Content-Length: (\d+)$/im.exec(unread.subarray(0, Math.max(end, 0)).toString())?.[1],
      );
      if (end < 0 || unread.length < end + 4 + length) return;
      const body = unread.subarray(end + 4, end + 4 + length);
      unread = unread.subarray(end + 4 + length);
      onMessage(objectOf(JSON.parse(body.toString())));
    }
  });
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
