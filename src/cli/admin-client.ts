// Asking a gate's admin API, and saying in one line why there is no answer.
// Must not know what is asked.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Cli } from './cli.ts';
import { readText } from './files.ts';
import { printable } from './printed.ts';

/** Where the demo's admin API and its token are; other gates name their own. */
export const DEFAULT_ADMIN = 'http://127.0.0.1:3129';
export const DEFAULT_TOKEN_FILE = '.gatewright/admin-token';

export interface AdminClient {
  /** The JSON of a 2xx answer, in the shape that is wanted; anything else is trouble. */
  ask<T>(question: AdminQuestion<T>): Promise<Result<T, Trouble>>;
}

export interface AdminQuestion<T> {
  readonly method: 'GET' | 'POST';
  /** `/api/v1/…` */
  readonly path: string;
  readonly body?: unknown;
  readonly shape: z.ZodType<T>;
}

/** Reads the token; nothing is asked yet. */
export function adminClient(
  cli: Cli,
  options: { readonly admin: string; readonly tokenFile: string },
): Result<AdminClient, Trouble> {
  const { admin, tokenFile } = options;
  if (!/^https?:\/\/[^/?#@\s]+\/?$/.test(admin) || !URL.canParse(admin)) {
    return failed(`Cannot ask ${JSON.stringify(admin)}: write the admin API as http://HOST:PORT.`);
  }
  const token = readText(cli, tokenFile, 'the admin token');
  if (!token.ok) return token;
  const word = token.value.text.trim();
  if (!/^[\x21-\x7e]+$/.test(word)) {
    return failed(`Cannot use ${JSON.stringify(tokenFile)} as admin token: a token is one word on one line.`);
  }
  return ok({ ask: (question) => ask({ admin, tokenFile, token: word }, question) });
}

interface Access {
  readonly admin: string;
  readonly tokenFile: string;
  readonly token: string;
}

const ANSWER_MS = 10_000;

async function ask<T>(access: Access, question: AdminQuestion<T>): Promise<Result<T, Trouble>> {
  const answered = await send(access, question);
  if (!answered.ok) return answered;
  const { status, body } = answered.value;
  const json = readJson(body);
  if (status >= 400) return failed(refusalText(access, status, json));
  const read = question.shape.safeParse(json);
  if (read.success) return ok(read.data);
  return failed(
    `Cannot read what ${access.admin} answered: it is no admin API of a gate. Name it with --admin.`,
  );
}

function send<T>(
  access: Access,
  { method, path, body }: AdminQuestion<T>,
): Promise<Result<{ readonly status: number; readonly body: string }, Trouble>> {
  const url = new URL(path, access.admin);
  const json = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${access.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': json.length }),
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const giveUp = (error: NodeJS.ErrnoException): void => resolve(failed(silenceText(access, error)));
    // An agent of its own: the process's may lead through the very gate that is asked about.
    const asked = request(url, { method, headers, agent: false, timeout: ANSWER_MS }, (answer) => {
      text(answer).then((whole) => resolve(ok({ status: answer.statusCode ?? 0, body: whole })), giveUp);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer came within 10 seconds')));
    asked.on('error', giveUp);
    asked.end(json);
  });
}

function silenceText({ admin }: Access, error: NodeJS.ErrnoException): string {
  if (error.code !== 'ECONNREFUSED') return `Cannot ask the gate at ${admin}: ${error.message}.`;
  return `Cannot ask the gate at ${admin}: nothing listens there. Start one with: gatewright demo; or name another with --admin.`;
}

/** What the API said, with what to do where this command line can say it better. */
function refusalText({ admin, tokenFile }: Access, status: number, json: unknown): string {
  const refusal = REFUSAL.safeParse(json);
  const { code = '', message = '' } = refusal.success ? refusal.data.error : {};
  const what = `Cannot ask the gate at ${admin}:`;
  if (code === 'token-unknown')
    return `${what} it does not know the token in ${JSON.stringify(tokenFile)}. Name its own with --token-file.`;
  if (code === 'admin-wanted')
    return `${what} the token in ${JSON.stringify(tokenFile)} may read and change nothing. Name the admin's with --token-file.`;
  return refusal.success
    ? `${what} ${printable(message)}`
    : `${what} it answered ${status}, as no gate does.`;
}

const REFUSAL = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function failed(message: string): Result<never, Trouble> {
  return err({ kind: 'failed', message });
}
