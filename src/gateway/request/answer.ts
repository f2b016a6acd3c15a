// The gate's own answers: what was refused or failed, why, by which rule, where to get help, and the reference that
// finds the record. HTML, JSON or text by what the client accepts. Must not know how an answer is framed.

import { STATUS_CODES } from 'node:http';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { isApiEndpoint } from '../../core/vendors/github/endpoints.ts';
import type { RefusalWords } from '../context.ts';
import type { ProxyStatusError } from '../failure-table.ts';
import { answerPage } from './_answer-page.ts';
import { WEBSOCKET_VERSION } from './websocket-handshake.ts';

/** What an answer says. */
export interface GateAnswer {
  readonly status: number;
  /** A reason code of the policy or a failure code. */
  readonly code: string;
  readonly rule: string | null;
  /** One or two sentences for the person behind the client. */
  readonly text: string;
  /** The administrator's own sentence. */
  readonly say: string | null;
  /** The id under which the record has it. */
  readonly reference: string;
  /** Seconds after which it is worth trying again; null when nobody knows. */
  readonly retryAfter: number | null;
  /** What the answer's `Proxy-Status` says. */
  readonly error: ProxyStatusError;
}

export interface RenderedAnswer {
  readonly status: number;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

/** The form of an answer. */
export type AnswerForm = 'html' | 'json' | 'text';

/** HTML for browsers, JSON for API clients and API hosts, text for everyone else. */
export function answerForm(accept: string, host: string): AnswerForm {
  const wanted = accept.toLowerCase();
  if (wanted.includes('text/html')) return 'html';
  if (wanted.includes('json') || (!wanted.includes('text/') && isApiEndpoint(host))) return 'json';
  return 'text';
}

/** The answer as headers and body; headers are lower-case, so that both HTTP versions take them. */
export function renderAnswer(answer: GateAnswer, form: AnswerForm, words: RefusalWords): RenderedAnswer {
  const body = Buffer.from(BODIES[form](answer, words), 'utf8');
  const headers = [
    'content-type',
    CONTENT_TYPES[form],
    'content-length',
    String(body.length),
    'proxy-status',
    proxyStatus(answer),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
  ];
  if (form === 'html')
    headers.push('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  // RFC 6455 section 4.4.
  if (answer.status === 426) headers.push('sec-websocket-version', WEBSOCKET_VERSION);
  if (answer.retryAfter !== null) headers.push('retry-after', String(answer.retryAfter));
  return { status: answer.status, headers, body };
}

/** The `Proxy-Status` of an answer of the gate (RFC 9209). */
export function proxyStatus(answer: Pick<GateAnswer, 'error' | 'code' | 'rule' | 'reference'>): string {
  const details = [
    `code=${answer.code}`,
    ...(answer.rule === null ? [] : [`rule=${answer.rule}`]),
    `reference=${answer.reference}`,
  ].join(' ');
  return `Gatewright; error=${answer.error}; details="${quoted(details)}"`;
}

/** The phrase of a status line. */
export function statusPhrase(status: number): string {
  return STATUS_CODES[status] ?? 'Refused';
}

const CONTENT_TYPES: Readonly<Record<AnswerForm, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

function quoted(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
}

const BODIES: Readonly<Record<AnswerForm, (answer: GateAnswer, words: RefusalWords) => string>> = {
  json: (answer, words) =>
    `${JSON.stringify({
      // GitHub's clients show `message`.
      message: sentences(answer).join(' '),
      status: String(answer.status),
      refused_by: 'Gatewright',
      code: answer.code,
      rule: answer.rule,
      reference: answer.reference,
      contact: words.contact,
      help: words.helpUrl,
    })}\n`,
  text: (answer, words) => `${[...sentences(answer), ...help(answer, words)].join('\n')}\n`,
  html: page,
};

function sentences(answer: GateAnswer): string[] {
  return answer.say === null ? [answer.text] : [answer.text, answer.say];
}

function help(answer: GateAnswer, words: RefusalWords): string[] {
  const contact = words.contact === null ? [] : [`Contact: ${words.contact}`];
  const page = words.helpUrl === null ? [] : [`Help: ${words.helpUrl}`];
  return [...details(answer).map((pair) => pair.join(': ')), ...contact, ...page];
}

function details({ code, rule, reference }: GateAnswer): [name: string, value: string][] {
  const names: [string, string][] =
    code === 'rule' && rule !== null
      ? [['Rule', rule]]
      : [['Reason', rule === null ? code : `${code} (${rule})`]];
  return [...names, ['Reference', reference]];
}

function page(answer: GateAnswer, words: RefusalWords): string {
  return answerPage({
    ...answer,
    ...words,
    heading: HEADINGS[answer.status >= 500 ? 'failed' : 'refused'],
    details: details(answer),
  });
}

const HEADINGS: Readonly<Record<'refused' | 'failed', string>> = {
  refused: "Your company's network gate refused this request",
  failed: "Your company's network gate could not complete this request",
};
