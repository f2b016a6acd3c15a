// Every line of GitHub's two pages on firewalls and Copilot through a running gate: what the client saw and what upstream received.
// The core answers the same lines in test/policy.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BARE_POLICY, PAGES, type PageLine, policyFor } from '../policy/copilot-pages.ts';
import { askCase, type CaseSighting, placeOf } from '../support/case-client.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { startTestGate, type TestGate } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';

const scope = fileScope();
const authority = await createTestAuthority({ name: 'Upstream Root' });
const lines = PAGES.flatMap((page) => page.lines);
const urls = lines.flatMap(({ reach, above, beside }) => [reach, above, beside]);
const leaf = await authority.issue({ names: [...new Set(urls.map((url) => placeOf(url).host))] });
const twin = await startTwin(scope, { tls: leaf, extendedConnect: 'yes' });
const gates = new Map<string, Promise<TestGate>>();
let nextSource = 30_000;

function gateFor(policy: string): Promise<TestGate> {
  const known = gates.get(policy);
  if (known !== undefined) return known;
  const started = startTestGate(scope, {
    policy,
    listeners: [{ name: 'office', proxyProtocol: ['127.0.0.0/8'] }],
    roots: authority.rootPem,
    resolve: { '*': `127.0.0.1:${twin.port}` },
  });
  gates.set(policy, started);
  return started;
}

async function ask(t: TestScope, policy: string, url: string): Promise<CaseSighting> {
  const gate = await gateFor(policy);
  nextSource += 1;
  return askCase(t, {
    door: 'proxy',
    ...{ place: placeOf(url), proxyPort: gate.port(), from: '10.1.2.3', sourcePort: nextSource },
    ...{ credentials: null, method: 'GET', websocket: false, http: '1.1', spoof: '99999' },
    roots: [gate.caPem, authority.rootPem],
  });
}

/** The gate refused it, and upstream never heard of it. */
function assertRefused({ answer }: CaseSighting, url: string): void {
  assert.equal(answer.status, 403, url);
  assert.notEqual(gateSays(answer.headers).code, null, url);
  assert.equal(headerOf(answer.headers, 'x-twin-nonce'), null, url);
}

async function assertKept(t: TestScope, line: PageLine): Promise<void> {
  const policy = policyFor(line);
  const reached = await ask(t, policy, line.reach);
  assert.equal(reached.answer.status, 200, reached.answer.body);
  const nonce = headerOf(reached.answer.headers, 'x-twin-nonce');
  const request = twin.requests().find((one) => one.nonce === nonce);
  assert.equal(request?.target, placeOf(line.reach).target);
  for (const url of [line.above, line.beside]) assertRefused(await ask(t, policy, url), url);
  assertRefused(await ask(t, BARE_POLICY, line.reach), line.reach);
}

for (const { title, lines: own } of PAGES) {
  describe(`a running gate keeps a line of "${title}":`, () => {
    for (const line of own) test(line.line, (t) => assertKept(t, line));
  });
}
