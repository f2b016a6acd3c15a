// Clients that `gatewright exec` leads through the gate, each with its own way to find proxies and certificates.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { cleanVariables } from '../support/clients.ts';
import { openDemo } from '../support/demo.ts';
import { type Ended, gatewright, ROOT } from '../support/processes.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool, type SystemTool } from '../support/tools.ts';

const demo = await openDemo(fileScope());
const MEMBER = 'ghp_MonaOctoClassic000000000000000000000';
const OUTSIDER = 'ghp_MonalisaClassic000000000000000000000';
const REFUSED =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';

const NODE_FETCH = `
const answer = await fetch('https://api.github.com/user', { headers: { authorization: 'Bearer ' + process.env.TOKEN } });
console.log(answer.status, await answer.text());`;

const undiciFetch = (allowH2: string): string => `
import { readFileSync } from 'node:fs';
import { fetch, ProxyAgent } from 'undici';
const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');
const dispatcher = new ProxyAgent({ uri: process.env.HTTPS_PROXY, requestTls: { ca }, allowH2: ${allowH2} });
const headers = { authorization: 'Bearer ' + process.env.TOKEN };
const answer = await fetch('https://api.github.com/user', { dispatcher, headers });
console.log(answer.status, await answer.text());
await dispatcher.close();`;

// Python 3.13 sets the flag by itself.
const PYTHON_URLLIB = `
import os, ssl, urllib.error, urllib.request
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
headers = {'Authorization': 'Bearer ' + os.environ['TOKEN']}
request = urllib.request.Request('https://api.github.com/user', headers=headers)
try:
    with urllib.request.urlopen(request, context=context) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())`;

interface Client {
  readonly name: string;
  readonly tool: SystemTool | null;
  readonly command: readonly string[];
  readonly input?: (token: string) => string;
}

const node = (script: string): readonly string[] => [process.execPath, '--input-type=module', '-e', script];
const VERIFIED = ['-verify_return_error', '-verify_hostname', 'api.github.com', '-x509_strict'];

const CLIENTS: readonly Client[] = [
  {
    name: 'curl',
    tool: 'curl',
    command: [
      'sh',
      '-c',
      'curl -sS -w "%{http_code}" -H "Authorization: Bearer $TOKEN" https://api.github.com/user',
    ],
  },
  { name: "Node's fetch", tool: null, command: node(NODE_FETCH) },
  { name: 'undici over HTTP/1.1', tool: null, command: node(undiciFetch('false')) },
  { name: 'undici over HTTP/2', tool: null, command: node(undiciFetch('true')) },
  { name: 'Python, verifying strictly', tool: 'python3', command: ['python3', '-c', PYTHON_URLLIB] },
  {
    name: 'openssl s_client',
    tool: 'openssl',
    command: [
      ...['openssl', 's_client', '-quiet', '-proxy', demo.office.replace('http://', '')],
      ...['-connect', 'api.github.com:443', '-servername', 'api.github.com', ...VERIFIED],
    ],
    input: (token) =>
      `GET /user HTTP/1.1\r\nHost: api.github.com\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  },
];

/** Runs a command as `gatewright exec -- COMMAND` does. */
function exec(
  t: TestContext,
  command: readonly string[],
  given: { readonly token: string; readonly input?: string },
): Promise<Ended> {
  const args = ['exec', '--proxy', demo.office, '--ca', demo.caFile, '--', ...command];
  const env = { ...cleanVariables(demo.folder), TOKEN: given.token, GH_TOKEN: given.token };
  return gatewright(t, args, { cwd: ROOT, env, input: given.input });
}

for (const { name, tool, command, input } of CLIENTS) {
  test(`gatewright exec leads ${name} through the gate as a member`, async (t) => {
    if (tool !== null && requireTool(t, tool) === null) return;
    const ended = await exec(t, command, { token: MEMBER, input: input?.(MEMBER) ?? '' });
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /"login":"mona_octo"/);
    assert.match(ended.stdout, /\b200\b/);
  });

  test(`gatewright exec shows ${name} GitHub's refusal of an outsider`, async (t) => {
    if (tool !== null && requireTool(t, tool) === null) return;
    const ended = await exec(t, command, { token: OUTSIDER, input: input?.(OUTSIDER) ?? '' });
    assert.equal(ended.status, 0, ended.stderr);
    assert.ok(ended.stdout.includes(REFUSED), ended.stdout);
    assert.match(ended.stdout, /\b403\b/);
  });
}

const GH: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: ['auth', 'status'], says: /Logged in to github\.com as mona_octo/ },
  { args: ['api', 'user', '--jq', '.login'], says: /^mona_octo$/m },
  { args: ['repo', 'view', 'octo-org/app'], says: /^name:\s+octo-org\/app$/m },
  {
    args: ['issue', 'create', '--repo', 'octo-org/app', '--title', 'Broken', '--body', 'Mend it'],
    says: /^https:\/\/github\.com\/octo-org\/app\/issues\/\d+$/m,
  },
];

for (const { args, says } of GH) {
  const words = args.slice(0, 2).join(' ');
  test(`gatewright exec leads gh ${words} through the gate as a member`, async (t) => {
    if (requireTool(t, 'gh') === null) return;
    const ended = await exec(t, ['gh', ...args], { token: MEMBER });
    assert.equal(ended.status, 0, ended.stderr);
    // `gh auth status` speaks on standard error.
    assert.match(`${ended.stdout}${ended.stderr}`, says);
  });

  test(`gatewright exec shows gh ${words} GitHub's refusal of an outsider`, async (t) => {
    if (requireTool(t, 'gh') === null) return;
    const since = new Date().toISOString();
    const ended = await exec(t, ['gh', ...args], { token: OUTSIDER });
    assert.equal(ended.status, 1);
    // `gh auth status` takes every refusal for a bad token and shows no message.
    if (words !== 'auth status') assert.ok(ended.stderr.includes(REFUSED), ended.stderr);
    const { decision, outcome } = await demo.recorded(
      (one) => one.decision.at >= since && one.outcome.said === 'refused',
    );
    assert.equal(outcome.status, 403);
    assert.match(decision.request?.userAgent ?? '', /GitHub CLI/);
  });
}

test('gatewright exec leads git through the gate', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const ended = await exec(t, ['git', 'ls-remote', 'https://github.com/open-org/hello'], { token: '' });
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /refs\/heads\/main/);
});
