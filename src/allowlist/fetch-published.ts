// One question to /meta, over a connection that is opened and proved elsewhere; its answer whole, or why not.
// Must not know how connections are made, nor what is in the list.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MetaPlace } from '../core/settings/settings.ts';
import { META_MOST_BYTES, META_REQUEST_HEADERS } from '../core/vendors/github/published-domains.ts';

export type PublishedAnswer =
  | { readonly kind: 'changed'; readonly body: string; readonly etag: string | null }
  | { readonly kind: 'unchanged' }
  /** `detail` is the end of a sentence. */
  | { readonly kind: 'failed'; readonly detail: string };

type Opened = Duplex | { readonly detail: string };

export interface PublishedQuestion {
  readonly place: MetaPlace;
  /** The ETag of the list that is known; null: none is. */
  readonly etag: string | null;
  readonly signal: AbortSignal;
  /** A connection to the place, its certificate proved; or why there is none. */
  open(): Promise<Opened>;
}

/** Never rejects. Redirects are not followed, and the answer is bounded in time and bytes. */
export async function fetchPublished(question: PublishedQuestion): Promise<PublishedAnswer> {
  const opened = await openedOrStopped(question);
  if ('detail' in opened) return { kind: 'failed', detail: opened.detail };
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const cut = (): void => void opened.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    signal.throwIfAborted();
    return await exchange(opened, question);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      kind: 'failed',
      detail: signal.aborted ? `no whole answer within ${PATIENCE_MS / 1_000} seconds` : why,
    };
  } finally {
    signal.removeEventListener('abort', cut);
    opened.destroy();
  }
}

const PATIENCE_MS = 30_000;

/** Dialing has limits of its own; whoever stops the gate does not wait for them. */
async function openedOrStopped({ open, signal }: PublishedQuestion): Promise<Opened> {
  const stopped = Promise.withResolvers<Opened>();
  const stop = (): void => stopped.resolve({ detail: 'the gate stops' });
  signal.addEventListener('abort', stop, { once: true });
  const opening = open();
  const first = await Promise.race([opening, stopped.promise]);
  signal.removeEventListener('abort', stop);
  if (signal.aborted) void opening.then((late) => ('detail' in late ? undefined : late.destroy()));
  return first;
}

function exchange(connection: Duplex, { place, etag }: PublishedQuestion): Promise<PublishedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PublishedAnswer>();
  connection.once('error', reject);
  connection.once('close', () => reject(new Error('the connection was closed')));
  const asked = request({
    createConnection: () => connection,
    method: 'GET',
    path: place.path,
    headers: [
      ...['host', place.port === HTTPS_PORT ? place.host : `${place.host}:${place.port}`],
      ...['user-agent', 'gatewright', 'connection', 'close', ...META_REQUEST_HEADERS],
      ...(etag === null ? [] : ['if-none-match', etag]),
    ],
  });
  asked.once('error', reject);
  asked.once('response', (answer) => {
    const { statusCode, headers } = answer;
    if (statusCode === 304 && etag !== null) return resolve({ kind: 'unchanged' });
    if (statusCode !== 200) return resolve({ kind: 'failed', detail: `the answer was ${statusCode}` });
    const pieces: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > META_MOST_BYTES)
        answer.destroy(new Error(`the answer has more than ${META_MOST_BYTES} bytes`));
    });
    answer.once('error', reject);
    answer.once('end', () => {
      const body = Buffer.concat(pieces).toString('utf8');
      resolve({ kind: 'changed', body, etag: headers.etag ?? null });
    });
  });
  asked.end();
  return promise;
}

const HTTPS_PORT = 443;
