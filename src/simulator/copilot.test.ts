// Copilot: its token, its hosts, its streams, as its clients meet them. Must not know the judge.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as requestHttp1 } from 'node:https';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  type Answered,
  freshGithub,
  type SimulatedGithub,
  START_MS,
} from '../../test/support/simulated-github.ts';
import { CHAT_WORDS } from './copilot-talk.ts';

const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const MONA = ['Authorization', 'Bearer ghu_MonaOctoApp0000000000000000000000000'];
const LISA = ['Authorization', 'Bearer ghu_MonalisaApp0000000000000000000000000'];
const INSIDE = ['sec-GitHub-allowed-enterprise', '12345'];

async function copilotToken(
  github: SimulatedGithub,
  as: readonly string[],
): Promise<Record<string, unknown> & { token: string; endpoints: Record<string, string> }> {
  return JSON.parse(
    (await github.ask({ url: 'https://api.github.com/copilot_internal/v2/token', headers: as })).body,
  );
}

function bearer(token: string): string[] {
  return ['Authorization', `Bearer ${token}`];
}

test('a Copilot token is exchanged for, with the hosts of the plan', async (t) => {
  const github = await freshGithub(t);
  const answer = await copilotToken(github, MONA);
  const expires = START_MS / 1_000 + 1_800;
  assert.match(
    answer.token,
    new RegExp(`^tid=[0-9a-f]+;exp=${expires};sku=copilot_for_business_seat_quota;`),
  );
  assert.equal(answer['expires_at'], expires);
  assert.deepEqual(answer.endpoints, {
    api: 'https://api.business.githubcopilot.com',
    proxy: 'https://proxy.business.githubcopilot.com',
    telemetry: 'https://telemetry.business.githubcopilot.com',
    'origin-tracker': 'https://origin-tracker.business.githubcopilot.com',
  });
  const models = await github.ask({
    url: `${answer.endpoints['api']}/models`,
    headers: [...bearer(answer.token), ...INSIDE],
  });
  assert.ok(JSON.parse(models.body).data.some((model: { id: string }) => model.id === 'gpt-4o'));
  github.wait(1_800_000);
  assert.equal(
    (await github.ask({ url: `${answer.endpoints['api']}/models`, headers: bearer(answer.token) })).status,
    401,
  );
});

test('C-COPILOT-OUT an outsider gets no Copilot token inside, and one from outside does not work', async (t) => {
  const github = await freshGithub(t);
  const refused = await github.ask({
    url: 'https://api.github.com/copilot_internal/v2/token',
    headers: [...LISA, ...INSIDE],
  });
  assert.equal(refused.status, 403);
  assert.equal(JSON.parse(refused.body).message, API_OCTO);
  const { token } = await copilotToken(github, LISA);
  const url = 'https://api.individual.githubcopilot.com/models';
  assert.equal((await github.ask({ url, headers: bearer(token) })).status, 200);
  const answered = await github.ask({ url, headers: [...bearer(token), ...INSIDE] });
  assert.equal(answered.status, 403);
  assert.equal(JSON.parse(answered.body).message, API_OCTO);
});

test('C-COPILOT-PLAN a token of another plan is misdirected on a plan host, and not on the generic one', async (t) => {
  const github = await freshGithub(t);
  const { token } = await copilotToken(github, MONA);
  for (const [host, status] of [
    ['api.enterprise', 421],
    ['proxy.individual', 421],
    ['api.business', 200],
    ['api', 200],
  ] as const) {
    assert.equal(
      (await github.ask({ url: `https://${host}.githubcopilot.com/models`, headers: bearer(token) })).status,
      status,
      host,
    );
  }
});

interface Row {
  readonly url: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly status: number;
  readonly says?: RegExp;
}

/** What the Copilot language server asks on its way to a completion, and what else clients need. */
const ROWS: readonly Row[] = [
  { url: 'https://api.github.com/copilot_internal/user', status: 200, says: /"copilot_plan":"business"/ },
  { url: 'https://api.github.com/copilot_internal/managed_settings', status: 200, says: /^\{/ },
  { url: 'https://api.github.com/embeddings/models', status: 200, says: /^\{"models":\[\]\}$/ },
  { url: 'https://api.githubcopilot.com/_ping', status: 200 },
  { url: 'https://copilot-proxy.githubusercontent.com/_ping', status: 200 },
  { url: 'https://origin-tracker.githubusercontent.com/', status: 200 },
  {
    url: 'https://copilot-telemetry.githubusercontent.com/telemetry',
    status: 200,
    says: /"Features":\[\],"Flights":\{\},"Configs":\[\{"Id":/,
  },
  { url: 'https://copilot-telemetry.githubusercontent.com/telemetry', method: 'POST', body: [], status: 200 },
  {
    url: 'https://telemetry.business.githubcopilot.com/telemetry',
    status: 200,
    says: /"AssignmentContext":/,
  },
  { url: 'https://default.exp-tas.com/vscode/ab', status: 200, says: /"AssignmentContext":/ },
  { url: 'https://dc.services.visualstudio.com/v2/track', method: 'POST', body: {}, status: 200 },
  { url: 'https://proxy.business.githubcopilot.com/models', status: 200 },
  { url: 'https://api.business.githubcopilot.com/agents', status: 200, says: /^\{"agents":\[\]\}$/ },
  {
    url: 'https://api.githubcopilot.com/mcp/readonly',
    method: 'POST',
    body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-03-26' } },
    status: 200,
    says: /"protocolVersion":"2025-03-26"/,
  },
  {
    url: 'https://api.githubcopilot.com/mcp/readonly',
    method: 'POST',
    body: { jsonrpc: '2.0', method: 'notifications/initialized' },
    status: 202,
  },
  {
    url: 'https://api.githubcopilot.com/mcp/readonly',
    method: 'POST',
    body: { jsonrpc: '2.0', id: 2, method: 'x' },
    status: 200,
    says: /-32601/,
  },
  {
    url: 'https://api.githubcopilot.com/chat/completions',
    method: 'POST',
    body: { model: 'gpt-4o' },
    status: 200,
    says: /"finish_reason":"stop"/,
  },
  {
    url: 'https://api.githubcopilot.com/responses',
    method: 'POST',
    body: {},
    status: 200,
    says: /"object":"response"/,
  },
  {
    url: 'https://proxy.business.githubcopilot.com/v1/engines/gpt-41-copilot/completions',
    method: 'POST',
    body: { prompt: 'def add(a, b):', stream: true },
    status: 200,
    says: /return .*a \+ b.*data: \[DONE\]\n\n$/s,
  },
];

test('a member is answered by every host that the Copilot client asks', async (t) => {
  const github = await freshGithub(t);
  for (const { url, method = 'GET', body, status, says = /(?:)/ } of ROWS) {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answered = await github.ask({ url, method, headers: [...MONA, ...INSIDE], ...sent });
    assert.equal(answered.status, status, url);
    assert.match(answered.body, says, url);
    assert.ok(answered.headers['x-github-request-id'], url);
  }
});

test('Copilot answers nobody without a token, and no installation', async (t) => {
  const github = await freshGithub(t);
  const chat = { url: 'https://api.githubcopilot.com/chat/completions', method: 'POST', body: '{}' };
  assert.equal((await github.ask(chat)).status, 401);
  assert.equal(
    (
      await github.ask({
        ...chat,
        headers: ['Authorization', 'Bearer ghs_OctoBotInstall0000000000000000000000'],
      })
    ).status,
    403,
  );
});

/** Reads a stream event by event. */
class Events {
  readonly #source: Readable;
  readonly #stream: AsyncIterator<Buffer>;
  #read = '';

  constructor(stream: Readable) {
    this.#source = stream;
    this.#stream = stream[Symbol.asyncIterator]();
  }

  /** True when something has come that nobody has asked for. */
  hasMore(): boolean {
    return this.#read !== '' || this.#source.readableLength > 0;
  }

  /** The next event's data, or null at the end. */
  async next(): Promise<string | null> {
    for (;;) {
      const end = this.#read.indexOf('\n\n');
      if (end >= 0) {
        const event = this.#read.slice(0, end);
        this.#read = this.#read.slice(end + 2);
        return event.replace(/^(?:event: .*\n)?data: /, '');
      }
      const { done, value } = await this.#stream.next();
      if (done === true) return null;
      this.#read += value.toString();
    }
  }
}

async function chatStream(github: SimulatedGithub, http: '1.1' | '2', id: string): Promise<Readable> {
  const body = JSON.stringify({ model: 'gpt-4o', stream: true });
  const host = 'api.githubcopilot.com';
  const headers = { authorization: `${MONA[1]}`, 'x-simulator-stream': id };
  if (http === '2') {
    const stream = github
      .http2(host)
      .request({ ':method': 'POST', ':path': '/chat/completions', ...headers });
    stream.end(body);
    await once(stream, 'response');
    return stream;
  }
  const { simulator } = github;
  const request = requestHttp1({
    host: '127.0.0.1',
    port: simulator.port,
    servername: host,
    ca: simulator.caPem,
    path: '/chat/completions',
    method: 'POST',
    headers: { host, ...headers },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  return response;
}

function release(github: SimulatedGithub, id: string): Promise<Answered> {
  return github.ask({ url: `https://localhost/_simulator/streams/${id}/next`, method: 'POST' });
}

for (const http of ['1.1', '2'] as const) {
  test(`a chat stream over HTTP/${http} sends its head at once and each event when it is released`, async (t) => {
    const github = await freshGithub(t);
    // The head is here before anything was released.
    const events = new Events(await chatStream(github, http, 's1'));
    for (const word of CHAT_WORDS) {
      // Whatever was written before this round trip would be here after it.
      await github.ask({ url: 'https://api.githubcopilot.com/_ping' });
      assert.equal(events.hasMore(), false);
      const next = events.next();
      await release(github, 's1');
      assert.equal(JSON.parse((await next) ?? '').choices[0].delta.content, word);
    }
    await release(github, 's1');
    await release(github, 's1');
    assert.equal(JSON.parse((await events.next()) ?? '').choices[0].finish_reason, 'stop');
    assert.equal(await events.next(), '[DONE]');
    assert.equal(await events.next(), null);
  });
}

test('a stream that nobody holds runs by itself', async (t) => {
  const github = await freshGithub(t);
  const answered = await github.ask({
    url: 'https://api.githubcopilot.com/responses',
    method: 'POST',
    headers: MONA,
    body: '{"stream":true}',
  });
  const types = [...answered.body.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
  assert.deepEqual(
    [types[0], types[1], types.at(-1)],
    ['response.created', 'response.output_text.delta', 'response.completed'],
  );
});
