// What was seen of an answer in a few words, and whether it is what was expected.
// Must not know which scene is played.
import { headerValues } from '../../core/base/header-lines.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import type { Answered } from '../proxied-request.ts';
import { MESSAGE_BEGINNINGS } from './_page.ts';

/** Who spoke; `nobody`: there was no answer, and the text says why. */
export type Speaker = 'GitHub' | 'the gate' | 'nobody';

export interface Sight {
  /** 0 where nobody spoke. */
  readonly status: number;
  readonly by: Speaker;
  /** The answer's own words: its message, or who it was for. */
  readonly text: string | null;
}

/** A sight to compare with; a text of null is not compared. */
export interface Expectation extends Sight {
  /** Where the whole text cannot be known: how it ends. */
  readonly ending?: string;
}

/** Equal in status and speaker, and byte for byte in the text where one is expected. */
export function isAsExpected(expected: Expectation, seen: Sight): boolean {
  if (expected.status !== seen.status || expected.by !== seen.by) return false;
  if (expected.ending !== undefined && seen.text?.endsWith(expected.ending) !== true) return false;
  return expected.text === null || expected.text === seen.text;
}

/** An expectation in a line. */
export function expectationText({ ending, ...sight }: Expectation): string {
  return sightText(ending === undefined ? sight : { ...sight, text: `…${ending}` });
}

/** A sight in a line. */
export function sightText({ status, by, text }: Sight): string {
  switch (by) {
    case 'GitHub':
      return text === null ? String(status) : `${status} ${text}`;
    case 'the gate':
      return `${status} from the gate${text === null ? '' : `: ${text}`}`;
    case 'nobody':
      return `no answer: ${text ?? 'nothing is known'}`;
    default:
      return unreachable(by);
  }
}

/** What is seen of an answer. GitHub marks each of its answers with a request ID; the rest is the gate's. */
export function sightOf(answered: Answered): Sight {
  switch (answered.kind) {
    case 'silent':
      return { status: 0, by: 'nobody', text: answered.why };
    case 'refused':
      return { status: answered.status, by: 'the gate', text: reasonOf(answered) };
    case 'answered': {
      const { status, headers } = answered;
      const isGithub = headerValues(headers, 'x-github-request-id').length > 0;
      if (!isGithub) return { status, by: 'the gate', text: reasonOf(answered) };
      return { status, by: 'GitHub', text: wordsOf(answered) };
    }
    default:
      return unreachable(answered);
  }
}

/** A value in a JSON answer; null where the path leads nowhere or to no text. */
export function jsonText(answered: Answered, ...path: readonly string[]): string | null {
  if (answered.kind !== 'answered') return null;
  let value: unknown = readJson(answered.body);
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
  }
  return typeof value === 'string' ? value : null;
}

/** The value of a cookie that an answer sets; null where it sets none or takes it away. */
export function cookieSet(answered: Answered, name: string): string | null {
  if (answered.kind !== 'answered') return null;
  for (const line of headerValues(answered.headers, 'set-cookie')) {
    const match = /^([^=;]+)=([^;]+)/.exec(line);
    if (match?.[1] === name) return match[2] ?? null;
  }
  return null;
}

type Whole = Extract<Answered, { kind: 'answered' }>;

function wordsOf(answered: Whole): string | null {
  const [type = ''] = headerValues(answered.headers, 'content-type');
  if (type.includes('json')) {
    const paths = [['message'], ['login'], ['data', 'viewer', 'login'], ['full_name'], ['error']];
    return paths.map((path) => jsonText(answered, ...path)).find((words) => words !== null) ?? null;
  }
  if (type.includes('html')) return wordsOfPage(answered.body);
  return type.startsWith('text/plain') ? (answered.body.split('\n')[0] ?? '') : null;
}

/** The page's message, or who is signed in, or the page's heading. */
function wordsOfPage(html: string): string | null {
  const shown = html.replace(/<(head|script|style)\b.*?<\/\1>/gs, '');
  const runs = shown
    .split(/<[^>]*>/)
    .map((run) => unescaped(run).trim())
    .filter((run) => run !== '');
  const message = runs.find((run) => MESSAGE_BEGINNINGS.some((beginning) => run.startsWith(beginning)));
  if (message !== undefined) return message;
  // The first is how github.com says it, the second the simulator.
  const login = /<meta name="user-login" content="([^"]+)"/.exec(html) ?? /id="login">([^<]+)</.exec(html);
  return login?.[1] === undefined ? (runs[0] ?? null) : `signed in as ${login[1]}`;
}

function unescaped(text: string): string {
  const letters: Readonly<Record<string, string>> = { quot: '"', '#39': "'", lt: '<', gt: '>', amp: '&' };
  return text.replace(/&(quot|#39|lt|gt|amp);/g, (_, name: string) => letters[name] ?? '');
}

/** `rule codespaces` of `Proxy-Status: …; details="code=rule rule=codespaces …"`; other codes stand for themselves. */
function reasonOf({ headers }: { readonly headers: Whole['headers'] }): string | null {
  const [line = ''] = headerValues(headers, 'proxy-status');
  const [, code, rule] = /details="code=(\S+)(?: rule=(\S+))?/.exec(line) ?? [];
  if (code === undefined) return null;
  return code === 'rule' && rule !== undefined ? `rule ${rule}` : code;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
