// curl through the gate, over both HTTP versions: who is refused, by whom, with which words, and what GitHub received.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { cleanVariables } from '../support/clients.ts';
import { as, openDemo } from '../support/demo.ts';
import { runToEnd } from '../support/processes.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const demo = await openDemo(file);
const STAMP = 'sec-github-allowed-enterprise';
const OUTSIDER = 'Authorization: Bearer ghp_MonalisaClassic000000000000000000000';
const MEMBER = 'Authorization: Bearer ghp_MonaOctoClassic000000000000000000000';
// GitHub Docs, "Restricting access to GitHub.com using a corporate proxy".
const API_MESSAGE =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';

interface Answer {
  /** Of the last head: that of the CONNECT comes before. */
  readonly status: number;
  readonly version: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

async function curl(t: TestContext, proxy: string, args: readonly string[]): Promise<Answer> {
  const command = ['curl', '--silent', '--show-error', '--include', '--suppress-connect-headers'];
  const trust = ['--proxy', proxy, '--cacert', demo.caFile];
  const ended = await runToEnd(t, [...command, ...trust, ...args], { env: cleanVariables(demo.folder) });
  assert.equal(ended.status, 0, ended.stderr);
  const [head = '', ...body] = ended.stdout.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const [, version = '', status] = /^HTTP\/(\S+) (\d+)/.exec(line) ?? [];
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { status: Number(status), version, headers: new Map(headers), body: body.join('\r\n\r\n') };
}

for (const [flag, version] of [
  ['--http1.1', '1.1'],
  ['--http2', '2'],
] as const) {
  test(`curl ${flag}: GitHub refuses an outsider's token with its own message`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    await demo.reset();
    const answer = await curl(t, demo.office, [flag, '-H', OUTSIDER, 'https://api.github.com/user']);
    assert.deepEqual([answer.status, answer.version], [403, version]);
    assert.equal(JSON.parse(answer.body).message, API_MESSAGE);
    const requestId = answer.headers.get('x-github-request-id');
    const { decision, outcome } = await demo.recorded(
      (one) => one.outcome.requestId === requestId && requestId !== undefined,
    );
    assert.deepEqual(
      [
        decision.verdict,
        decision.stamps[0]?.value ?? null,
        decision.request?.tokenKind,
        outcome.by,
        outcome.said,
      ],
      ['forward', '12345', 'ghp', 'upstream', 'refused'],
    );
  });

  test(`curl ${flag}: a member's token works`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const answer = await curl(t, demo.office, [flag, '-H', MEMBER, 'https://api.github.com/user']);
    assert.deepEqual([answer.status, answer.version], [200, version]);
    assert.equal(JSON.parse(answer.body).login, 'mona_octo');
  });

  test(`curl ${flag}: a stamp of the client's own is overwritten: one line, the company's`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    await demo.reset();
    const forged = ['-H', 'sec-GitHub-allowed-enterprise: 67890'];
    const asked = [flag, '-H', OUTSIDER, ...forged, 'https://api.github.com/user'];
    const answer = await curl(t, demo.office, asked);
    assert.equal(answer.status, 403);
    assert.equal(JSON.parse(answer.body).message, API_MESSAGE);
    const requests = await demo.requests();
    assert.equal(requests.length, 1);
    const stamps = requests[0]?.headers.filter(([name]) => name.toLowerCase() === STAMP);
    assert.deepEqual(
      stamps?.map(([, value]) => value),
      ['12345'],
    );
  });

  test(`curl ${flag}: carol is exempt with an outsider's token, and nothing is stamped`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    await demo.reset();
    const asked = [flag, '-H', OUTSIDER, 'https://api.github.com/user'];
    const answer = await curl(t, as('carol:carol-demo', demo.staff), asked);
    assert.deepEqual([answer.status, answer.version], [200, version]);
    assert.equal(JSON.parse(answer.body).login, 'monalisa');
    const names = (await demo.requests()).flatMap(({ headers }) =>
      headers.map(([name]) => name.toLowerCase()),
    );
    assert.equal(names.includes(STAMP), false);
    assert.equal(names.includes('proxy-authorization'), false);
  });

  test(`curl ${flag}: dave is not exempt on the same listener`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const asked = [flag, '-H', OUTSIDER, 'https://api.github.com/user'];
    const answer = await curl(t, as('dave:dave-demo', demo.staff), asked);
    assert.equal(answer.status, 403);
    assert.equal(JSON.parse(answer.body).message, API_MESSAGE);
  });

  for (const [accept, type] of [
    ['text/html', 'text/html'],
    ['application/json', 'application/json'],
    ['*/*', 'text/plain'],
  ] as const) {
    test(`curl ${flag}: the gate refuses github.dev readably to a client that accepts ${accept}`, async (t) => {
      if (requireTool(t, 'curl') === null) return;
      const answer = await curl(t, demo.office, [flag, '-H', `Accept: ${accept}`, 'https://github.dev/']);
      assert.deepEqual([answer.status, answer.version], [403, version]);
      assert.equal(answer.headers.get('content-type')?.split(';')[0], type);
      const reference = /reference=(\S+)"/.exec(answer.headers.get('proxy-status') ?? '')?.[1] ?? '';
      assert.ok(answer.body.includes(reference) && reference !== '', answer.body);
      assert.ok(answer.body.includes('codespaces'), answer.body);
      const { decision, outcome } = await demo.recorded((one) => one.decision.id === reference);
      assert.deepEqual(
        [decision.verdict, decision.reason.code, decision.reason.rule, outcome.by],
        ['block', 'rule', 'codespaces', 'gate'],
      );
    });
  }
}

test('curl: the listener for staff wants credentials, and says so before anything goes on', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  for (const proxy of [demo.staff, as('carol:wrong', demo.staff)]) {
    const command = ['curl', '--silent', '--include', '--proxy', proxy, 'https://api.github.com/user'];
    const ended = await runToEnd(t, command, { env: cleanVariables(demo.folder) });
    assert.notEqual(ended.status, 0);
    assert.match(ended.stdout, /^HTTP\/1\.1 407 /);
    assert.match(ended.stdout, /^proxy-authenticate: basic realm=/im);
  }
});

test('curl: the gate refuses plain HTTP that no rule allows, in words, and GitHub sees nothing of it', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  await demo.reset();
  const answer = await curl(t, demo.office, ['http://github.com/open-org/hello']);
  assert.equal(answer.status, 403);
  assert.match(answer.headers.get('proxy-status') ?? '', /code=not-allowed .*reference=/);
  assert.match(answer.body, /github\.com:80/);
  assert.deepEqual(await demo.requests(), []);
});
