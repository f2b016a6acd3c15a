// The real Copilot language server through the gate: a member's completion and chat, and every way in which it may not.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { CHAT_WORDS } from '../../src/simulator/copilot-talk.ts';
import { cleanVariables } from '../support/clients.ts';
import { type Demo, type DemoChoices, openDemo } from '../support/demo.ts';
import { type LanguageServer, startLanguageServer } from '../support/language-server.ts';
import { GATEWRIGHT, ROOT } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireClient } from '../support/tools.ts';

const SERVER = '@github/copilot-language-server/dist/language-server.js';
const MEMBER = 'gho_MonaOctoOauth00000000000000000000000';
const OUTSIDER = 'gho_MonalisaOauth00000000000000000000000';
const REFUSED =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const ADD = 'def add(a, b):';

interface Wish {
  readonly token: string;
  /** What stands in the demo's policy, and what shall stand there. */
  readonly policy?: readonly [from: string, to: string];
  /** Another example in place of the demo's policy. */
  readonly example?: string;
  /** Settings of the editor's section `github.copilot`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The server as `gatewright exec` runs it, signed in with a token, a Python file open; null where it is not installed. */
async function openEditor(
  t: TestContext,
  wish: Wish,
): Promise<{ readonly demo: Demo; readonly server: LanguageServer } | null> {
  const file = requireClient(t, 'copilot-language-server', SERVER);
  if (file === null) return null;
  const demo = await openDemo(t, await choicesOf(t, wish));
  const exec = [GATEWRIGHT, 'exec', '--proxy', demo.office, '--ca', demo.caFile, '--'];
  const command = [process.execPath, ...exec, process.execPath, file, '--stdio'];
  const server = startLanguageServer(t, command, {
    env: { ...cleanVariables(demo.folder), GH_COPILOT_TOKEN: wish.token },
    configuration: { 'github.copilot': wish.settings ?? {}, telemetry: { telemetryLevel: 'off' } },
  });
  await server.ask('initialize', {
    processId: process.pid,
    workspaceFolders: [],
    capabilities: { workspace: { workspaceFolders: true, configuration: true } },
    initializationOptions: {
      editorInfo: { name: 'Journey', version: '1.0' },
      editorPluginInfo: { name: 'journey', version: '1.0' },
    },
  });
  server.tell('initialized', {});
  server.tell('workspace/didChangeConfiguration', { settings: {} });
  server.tell('textDocument/didOpen', {
    textDocument: { uri: 'file:///add.py', languageId: 'python', version: 1, text: ADD },
  });
  return { demo, server };
}

async function choicesOf(t: TestContext, { example, policy }: Wish): Promise<DemoChoices> {
  if (example !== undefined) return { policyFile: join(ROOT, 'examples', example) };
  return policy === undefined ? {} : { policyFile: await changed(t, policy) };
}

async function changed(t: TestContext, [from, to]: readonly [string, string]): Promise<string> {
  const policy = await readFile(join(ROOT, 'examples', 'demo.policy.yaml'), 'utf8');
  assert.ok(policy.includes(from), `examples/demo.policy.yaml has no ${from}`);
  const file = join(await tempDir(t), 'policy.yaml');
  await writeFile(file, policy.replace(from, to));
  return file;
}

function complete(server: LanguageServer): Promise<unknown> {
  return server.ask('textDocument/inlineCompletion', {
    textDocument: { uri: 'file:///add.py', version: 1 },
    position: { line: 0, character: ADD.length },
    context: { triggerKind: 1 },
    formattingOptions: { tabSize: 4, insertSpaces: true },
  });
}

test('Copilot completes a function and chats for a member', async (t) => {
  const opened = await openEditor(t, { token: MEMBER });
  if (opened === null) return;
  const { demo, server } = opened;
  const answer = JSON.stringify(await complete(server));
  assert.ok(answer.includes(JSON.stringify(`${ADD}\n    return a + b`)), answer);

  const token = 'chat';
  await server.ask('conversation/create', {
    workDoneToken: token,
    turns: [{ request: 'Hello' }],
    capabilities: { skills: [], allSkills: false },
    source: 'panel',
    chatMode: 'Ask',
    model: 'gpt-4.1',
  });
  await server.noticed(
    ({ params }) => params['token'] === token && /"kind":"end"/.test(JSON.stringify(params)),
  );
  const replies = server.notices
    .filter(({ method, params }) => method === '$/progress' && params['token'] === token)
    .flatMap(({ params }) =>
      [...JSON.stringify(params).matchAll(/"reply":"(.*?)"/g)].map((match) => match[1]),
    );
  assert.equal(replies.join(''), CHAT_WORDS.join(''));

  const asked = (await demo.requests()).filter(({ host }) => host.endsWith('.githubcopilot.com'));
  assert.ok(asked.some(({ host }) => host === 'proxy.business.githubcopilot.com'));
  for (const { host, path, headers } of asked) {
    const stamps = headers.filter(([name]) => name.toLowerCase() === 'sec-github-allowed-enterprise');
    assert.deepEqual(
      stamps.map(([, value]) => value),
      ['12345'],
      `${host}${path}`,
    );
  }
});

test('Copilot completes under the example for Copilot alone, and GitHub hears of documented paths only', {
  timeout: 90_000,
}, async (t) => {
  const opened = await openEditor(t, { token: MEMBER, example: 'copilot-only.policy.yaml' });
  if (opened === null) return;
  const { demo, server } = opened;
  assert.notDeepEqual(await complete(server), { items: [] });
  const asked = (await demo.requests()).map(({ host, path }) => `${host}${path}`);
  assert.ok(asked.some((url) => url.startsWith('proxy.business.githubcopilot.com/v1/engines/')));
  const isDocumented = (url: string): boolean =>
    /^api\.github\.com\/(user$|copilot_internal\/)/.test(url) ||
    /^[a-z-]+\.business\.githubcopilot\.com\//.test(url) ||
    /^copilot-telemetry\.githubusercontent\.com\/telemetry/.test(url) ||
    /^(copilot-proxy|origin-tracker)\.githubusercontent\.com\//.test(url) ||
    url.startsWith('default.exp-tas.com/');
  assert.deepEqual(
    asked.filter((url) => !isDocumented(url)),
    [],
  );
});

test('Copilot shows an outsider nothing but the refusal that names the enterprise', {
  timeout: 90_000,
}, async (t) => {
  const opened = await openEditor(t, { token: OUTSIDER });
  if (opened === null) return;
  const { demo, server } = opened;
  await assert.rejects(complete(server), (error: Error) => error.message.includes(REFUSED));
  await server.noticed(({ params }) => params['message'] === REFUSED);
  const { outcome } = await demo.recorded(
    (one) => one.decision.request?.path === '/copilot_internal/v2/token',
  );
  assert.deepEqual([outcome.status, outcome.said], [403, 'refused']);
  const hosts = (await demo.requests()).map(({ host }) => host);
  assert.ok(!hosts.some((host) => host.endsWith('.githubcopilot.com')), hosts.join(', '));
});

test('Copilot of a plan that the policy leaves out is refused by the gate', {
  timeout: 90_000,
}, async (t) => {
  const opened = await openEditor(t, { token: MEMBER, policy: ['plans: [business]', 'plans: [enterprise]'] });
  if (opened === null) return;
  const { demo, server } = opened;
  assert.deepEqual(await complete(server), { items: [] });
  // It knows GitHub's answers by x-github-request-id, which the gate's do not carry.
  await server.noticed(({ params }) =>
    /403 .*does not appear to originate from GitHub/.test(String(params['message'])),
  );
  const decision = await demo.decided(
    ({ destination }) => destination === 'proxy.business.githubcopilot.com:443',
  );
  assert.deepEqual([decision.verdict, decision.reason.code], ['block', 'copilot-plan']);
  const hosts = (await demo.requests()).map(({ host }) => host);
  assert.ok(!hosts.some((host) => host.endsWith('.githubcopilot.com')), hosts.join(', '));
});

test("Copilot at another plan's host meets 421, and the record says that plan and host differ", {
  timeout: 90_000,
}, async (t) => {
  const opened = await openEditor(t, {
    token: MEMBER,
    policy: ['copilot:\n  plans: [business]\n', ''],
    settings: { internal: { completionsUrl: 'https://proxy.individual.githubcopilot.com' } },
  });
  if (opened === null) return;
  const { demo, server } = opened;
  assert.deepEqual(await complete(server), { items: [] });
  await server.noticed(({ params }) => /421/.test(String(params['message'])));
  const { decision, outcome } = await demo.recorded(
    (one) => one.outcome.said === 'plan-mismatch' && one.decision.request?.method === 'POST',
  );
  assert.deepEqual(
    [decision.destination, decision.verdict, outcome.status, outcome.by],
    ['proxy.individual.githubcopilot.com:443', 'forward', 421, 'upstream'],
  );
});
