// The Copilot hosts, `*.githubcopilot.com`: models, chat, responses, completions, the MCP server.
// Must not know plans or the restriction header; the judge has spoken before.
import { apiError, json, noContent, text } from './answers.ts';
import type { Call, Handler, HandlerRoute } from './call.ts';
import {
  chatAnswer,
  chatEvents,
  completionEvents,
  MODELS,
  responseAnswer,
  responseEvents,
} from './copilot-talk.ts';
import { eventStream } from './event-stream.ts';
import { readJsonObject } from './fields.ts';
import { answerMcp } from './mcp.ts';
import { route } from './routes.ts';

const ping: Handler = () => text(200, 'OK\n');

export const COPILOT_ROUTES: readonly HandlerRoute[] = [
  route('GET /', ping),
  route('GET /_ping', ping),
  route(
    'GET /models',
    signedIn(() => json(200, { object: 'list', data: MODELS })),
  ),
  route(
    'POST /chat/completions',
    signedIn((call) => {
      const { stream, model } = readJsonObject(call.body);
      return stream === true
        ? eventStream(call, chatEvents(named(model)))
        : json(200, chatAnswer(named(model)));
    }),
  ),
  route(
    'POST /responses',
    signedIn((call) => {
      const { stream, model } = readJsonObject(call.body);
      return stream === true
        ? eventStream(call, responseEvents(named(model)))
        : json(200, responseAnswer(named(model)));
    }),
  ),
  route(
    'POST /v1/engines/:model/completions',
    signedIn((call) =>
      eventStream(
        call,
        completionEvents(named(readJsonObject(call.body)['prompt']), call.values['model'] ?? ''),
      ),
    ),
  ),
  route(
    'POST /embeddings',
    signedIn(() => json(200, { object: 'list', data: [], usage: { prompt_tokens: 0, total_tokens: 0 } })),
  ),
  // The client looks for agents before each chat.
  route(
    'GET /agents',
    signedIn(() => json(200, { agents: [] })),
  ),
  route('POST /mcp', signedIn(answerMcp)),
  route('POST /mcp/readonly', signedIn(answerMcp)),
  route(
    'GET /mcp/readonly',
    signedIn(() => apiError(405, 'Method Not Allowed', ['allow', 'POST'])),
  ),
  route(
    'DELETE /mcp/readonly',
    signedIn(() => noContent()),
  ),
];

/** Copilot answers nobody without a token, and no app for itself. */
function signedIn(handler: Handler): Handler {
  return (call: Call) => {
    const { caller } = call.verdict;
    if (caller.kind === 'user')
      return caller.plan === null ? apiError(403, 'No access to Copilot') : handler(call);
    return caller.kind === 'anonymous'
      ? apiError(401, 'unauthorized: AuthenticateToken authentication failed')
      : apiError(403, 'Resource not accessible by integration');
  };
}

function named(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
