// A Copilot chat as an event stream through the gate: each event is read before the next one is sent.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fetch, ProxyAgent } from 'undici';
import { CHAT_WORDS } from '../../src/simulator/copilot-talk.ts';
import { cleanVariables } from '../support/clients.ts';
import { openDemo } from '../support/demo.ts';
import { start } from '../support/processes.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const demo = await openDemo(file);
const CHAT = 'https://api.business.githubcopilot.com/chat/completions';
const MEMBER = 'gho_MonaOctoOauth00000000000000000000000';
const OUTSIDER = 'gho_MonalisaOauth00000000000000000000000';
const BODY = JSON.stringify({
  model: 'gpt-4.1',
  stream: true,
  messages: [{ role: 'user', content: 'Hello' }],
});
// A word each, the end of the choice, and `[DONE]`.
const EVENTS = CHAT_WORDS.length + 2;

const eventsIn = (text: string): number => text.split('\n\n').length - 1;

for (const [flag, version] of [
  ['--http1.1', '1.1'],
  ['--http2', '2'],
] as const) {
  test(`curl ${flag} reads each event of a chat before the next one is sent`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const stream = `curl${version}`;
    const asked = ['-H', `Authorization: Bearer ${MEMBER}`, '-H', `x-simulator-stream: ${stream}`];
    const body = ['-H', 'Content-Type: application/json', '--data', BODY];
    const proxy = ['--proxy', demo.office, '--cacert', demo.caFile];
    const curl = start(t, ['curl', '--no-buffer', '-sS', flag, ...proxy, ...asked, ...body, CHAT], {
      env: cleanVariables(demo.folder),
    });
    for (let sent = 1; sent <= EVENTS; sent += 1) {
      await demo.releaseNext(stream);
      const seen = await curl.until(new RegExp(`^(?:data: .*\\n\\n){${sent}}`));
      assert.equal(eventsIn(seen), sent);
    }
    const ended = await curl.ended;
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /data: \[DONE\]\n\n$/);
    const { decision, outcome } = await demo.recorded(
      (one) =>
        one.decision.request?.path === '/chat/completions' && one.decision.request.httpVersion === version,
    );
    assert.deepEqual(
      [decision.restricted, decision.stamps[0]?.value ?? null, outcome.status, outcome.failure],
      [true, '12345', 200, null],
    );
  });
}

for (const allowH2 of [false, true]) {
  test(`undici with HTTP/${allowH2 ? '2' : '1.1'} reads each event of a chat before the next one is sent`, async (t) => {
    const ca = await readFile(demo.caFile, 'utf8');
    const dispatcher = new ProxyAgent({ uri: demo.office, requestTls: { ca }, allowH2 });
    t.after(() => dispatcher.destroy());
    const stream = `undici${allowH2}`;
    const answer = await fetch(CHAT, {
      dispatcher,
      method: 'POST',
      headers: {
        authorization: `Bearer ${MEMBER}`,
        'content-type': 'application/json',
        'x-simulator-stream': stream,
      },
      body: BODY,
    });
    assert.equal(answer.status, 200);
    assert.ok(answer.body !== null);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    for (let sent = 1; sent <= EVENTS; sent += 1) {
      await demo.releaseNext(stream);
      while (eventsIn(seen) < sent)
        seen += (await reader.read()).value ?? assert.fail('the stream ended early');
      assert.equal(eventsIn(seen), sent);
    }
    assert.equal((await reader.read()).done, true);
    const arrived = (await demo.requests()).find(({ headers }) =>
      headers.some(([, value]) => value === stream),
    );
    assert.equal(arrived?.httpVersion, allowH2 ? '2' : '1.1');
  });
}

test("curl gets GitHub's refusal instead of a stream with an outsider's token", async (t) => {
  if (requireTool(t, 'curl') === null) return;
  const asked = [
    '-H',
    `Authorization: Bearer ${OUTSIDER}`,
    '-H',
    'Content-Type: application/json',
    '--data',
    BODY,
  ];
  const proxy = ['--proxy', demo.office, '--cacert', demo.caFile];
  const { ended } = start(t, ['curl', '-sS', ...proxy, ...asked, CHAT], { env: cleanVariables(demo.folder) });
  assert.match((await ended).stdout, /except for the octo-corp Enterprise/);
});
