// Git over HTTPS: the real `git http-backend` behind a CGI pipe that holds nothing in memory.
// Must not know the restriction header; the judge has spoken before.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { singleHeader } from '../core/base/header-lines.ts';
import { GIT_CREDENTIALS_WANTED } from '../core/contract/messages.ts';
import type { Surface } from '../core/contract/surface.ts';
import { feed } from './_feed.ts';
import { apiError, refusal, text } from './answers.ts';
import type { Call } from './call.ts';
import type { Answer, Exchange } from './exchange.ts';
import { accessTo } from './permissions.ts';

type GitSurface = Extract<Surface, { kind: 'git' }>;

/** Answers info/refs, upload-pack and receive-pack; Git LFS is not served. */
export async function answerGit(call: Call, surface: GitSurface): Promise<Answer> {
  const { exchange, services, verdict } = call;
  const { live, repositories } = services;
  const repository = live.repository(`${surface.owner}/${surface.repository}`);
  const access = repository === null ? 'none' : accessTo(live.world, verdict.caller, repository);
  if (repository === null || access === 'none') {
    return verdict.caller.kind === 'anonymous'
      ? refusal(surface, 401, GIT_CREDENTIALS_WANTED)
      : text(404, 'Repository not found.\n');
  }
  if (surface.write && access === 'read') {
    return text(403, `Permission to ${repository.name} denied to ${callerName(call)}.\n`);
  }
  const tail = exchange.head.path.split('/').slice(3).join('/');
  if (tail.startsWith('info/lfs')) return apiError(404, 'Git LFS is not served here.');
  const child = spawn('git', ['http-backend'], {
    env: { ...repositories.environment, ...cgiVariables(call, `/${repository.name}.git/${tail}`) },
  });
  return runBackend(child, exchange);
}

function callerName({ verdict: { caller } }: Call): string {
  if (caller.kind === 'user' || caller.kind === 'session') return caller.login;
  return caller.kind === 'installation' ? `${caller.app}[bot]` : 'anonymous';
}

/** RFC 3875 section 4.1; what is absent here is unset, so that a chunked body is read to its end. */
function cgiVariables(call: Call, pathInfo: string): Record<string, string> {
  const { head } = call.exchange;
  const variables: Record<string, string> = {
    GIT_PROJECT_ROOT: call.services.repositories.root,
    GIT_HTTP_EXPORT_ALL: '1',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: head.method,
    PATH_INFO: pathInfo,
    QUERY_STRING: head.query,
    REMOTE_ADDR: head.from,
  };
  const copy = (variable: string, header: string): void => {
    const value = singleHeader(head.headers, header);
    if (value !== null) variables[variable] = value;
  };
  copy('CONTENT_TYPE', 'content-type');
  copy('CONTENT_LENGTH', 'content-length');
  copy('HTTP_CONTENT_ENCODING', 'content-encoding');
  copy('GIT_PROTOCOL', 'git-protocol');
  // http-backend takes pushes only from somebody.
  if (call.verdict.caller.kind !== 'anonymous') variables['REMOTE_USER'] = callerName(call);
  return variables;
}

async function runBackend(child: ChildProcessWithoutNullStreams, exchange: Exchange): Promise<Answer> {
  const { message, response } = exchange;
  response.once('close', () => {
    if (response.writableFinished) return;
    // The backend's own children hold its pipes, so that its end alone would not end them.
    child.stdin.destroy();
    child.stdout.destroy();
    child.kill();
  });
  // How the process ended is seen in its output; a refused write to its input says nothing more.
  child.on('error', () => undefined);
  child.stderr.resume();
  if (exchange.head.method === 'POST') exchange.wantBody();
  feed(message, child.stdin);
  const head = await readCgiHead(child.stdout);
  if (head === null) return apiError(500, 'git http-backend gave no answer.');
  const write = (to: Writable): Promise<void> => pipeline(child.stdout, to);
  return { kind: 'stream', ...head, write };
}

interface CgiHead {
  readonly status: number;
  readonly headers: readonly string[];
}

/** Reads up to the blank line and leaves the rest in the stream; null when the output ends before it. */
function readCgiHead(output: Readable): Promise<CgiHead | null> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    const onReadable = (): void => {
      for (let chunk: Buffer | null = output.read(); chunk !== null; chunk = output.read()) {
        seen = Buffer.concat([seen, chunk]);
        const end = seen.indexOf('\r\n\r\n');
        if (end < 0) continue;
        output.off('readable', onReadable);
        if (seen.length > end + 4) output.unshift(seen.subarray(end + 4));
        resolve(parseCgiHead(seen.subarray(0, end).toString('latin1')));
        return;
      }
    };
    output.on('readable', onReadable);
    output.once('end', () => resolve(null));
    output.once('error', () => resolve(null));
    output.once('close', () => resolve(null));
  });
}

function parseCgiHead(head: string): CgiHead {
  let status = 200;
  const headers: string[] = [];
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else headers.push(name.toLowerCase(), value);
  }
  return { status, headers };
}
