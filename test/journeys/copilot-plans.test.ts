// Routing Copilot by plan through a running gate: what is refused says why in the form the client reads, what is open
// arrives, and GitHub's own 421 is told apart in the record.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, officePolicy, startOffice } from '../support/office.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const scope = fileScope();
const office = await startOffice(scope, {
  policy: { ...officePolicy(), copilot: { plans: ['business', 'enterprise'] } },
});
const open = await startOffice(scope, {
  policy: officePolicy(),
  // GitHub's answer to a token of another plan.
  twin: {
    answer: (request, response) => {
      response.statusCode = request.url === '/misdirected' ? 421 : 200;
      response.end('{}');
    },
  },
});

// Plans alone: no restriction, so nothing but the plans has the gate look at Copilot.
const PLANS_ALONE = {
  version: 1,
  copilot: { plans: ['business'] },
  allow: ['*.githubcopilot.com'],
  otherwise: 'splice',
};
const unstamped = await startOffice(scope, { policy: PLANS_ALONE });
const inspecting = await startOffice(scope, {
  policy: { ...PLANS_ALONE, inspect: ['*.githubcopilot.com'] },
});

interface Answered {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

interface Asked {
  readonly host: string;
  readonly path: string;
  readonly accept?: string;
}

type Ask = (t: TestScope, at: typeof office, asked: Asked) => Promise<Answered>;

const HTTP: Readonly<Record<string, Ask>> = {
  '1.1': async (t, at, { host, path, accept = '*/*' }) => {
    const connection = await inside(t, at, { authority: `${host}:443` });
    await connection.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accept}\r\n\r\n`);
    const { status, headers, body } = await connection.readAnswer();
    connection.socket.destroy();
    return { status, headers, body: body.toString('utf8') };
  },
  '2': async (t, at, { host, path, accept = '*/*' }) => {
    const session = await insideHttp2(t, at, { authority: `${host}:443` });
    const { status, headers, body } = await askHttp2(session, { ':path': path, accept });
    session.destroy();
    return { status, headers, body: body.toString('utf8') };
  },
};

const FORMS = {
  'a page': 'text/html,*/*;q=0.8',
  JSON: 'application/json',
  text: 'text/plain',
} as const;
const REFUSED = [
  { host: 'api.individual.githubcopilot.com', why: 'a host of the Copilot plan individual' },
  { host: 'api.githubcopilot.com', why: 'a host of no Copilot plan of its own' },
] as const;

for (const [http, ask] of Object.entries(HTTP)) {
  describe(`over HTTP/${http}`, () => {
    for (const { host, why } of REFUSED) {
      for (const [form, accept] of Object.entries(FORMS)) {
        test(`the refusal of ${host} says in ${form} which plans the network allows`, async (t) => {
          const answer = await ask(t, office, { host, path: '/chat/completions', accept });
          assert.equal(answer.status, 403);
          const says = gateSays(answer.headers);
          assert.deepEqual([says.code, says.rule], ['copilot-plan', 'copilot']);
          for (const part of [host, why, 'allows only the hosts of business and enterprise'])
            assert.ok(answer.body.includes(part), answer.body);
          const { decision, outcome } = await office.gate.pair(({ id }) => id === says.reference);
          assert.deepEqual([decision.verdict, decision.reason.code], ['block', 'copilot-plan']);
          assert.deepEqual([outcome.by, outcome.said], ['gate', null]);
        });
      }
    }

    test('a host of an allowed plan is reached', async (t) => {
      const answer = await ask(t, office, { host: 'api.business.githubcopilot.com', path: '/models' });
      assert.equal(answer.status, 200);
    });

    for (const { host, github } of [
      { host: 'api.business.githubcopilot.com', github: 'plan-mismatch' },
      { host: 'api.githubcopilot.com', github: null },
      { host: 'github.com', github: null },
    ]) {
      test(`GitHub's 421 on ${host} is recorded as ${github ?? 'nothing more'}`, async (t) => {
        const answer = await ask(t, open, { host, path: `/misdirected` });
        assert.deepEqual([answer.status, gateSays(answer.headers).code], [421, null]);
        const { decision, outcome } = await open.gate.pair(
          (event) => event.destination === `${host}:443` && event.request?.httpVersion === http,
        );
        assert.equal(decision.verdict, 'forward');
        assert.deepEqual([outcome.status, outcome.by, outcome.said], [421, 'upstream', github]);
      });
    }
  });
}

for (const [http, ask] of Object.entries(HTTP)) {
  describe(`plans alone, without restrict, over HTTP/${http}`, () => {
    for (const at of [unstamped, inspecting]) {
      test(`refuse the hosts of other plans inside the tunnel${at === inspecting ? ', with inspect too' : ''}`, async (t) => {
        for (const { host } of REFUSED) {
          const answer = await ask(t, at, { host, path: '/models' });
          assert.deepEqual([answer.status, gateSays(answer.headers).code], [403, 'copilot-plan'], host);
        }
      });
    }

    test('splice the hosts of open plans', async (t) => {
      const host = 'api.business.githubcopilot.com';
      assert.equal((await ask(t, unstamped, { host, path: '/models' })).status, 200);
      const { decision } = await unstamped.gate.pair(({ destination }) => destination === `${host}:443`);
      assert.deepEqual([decision.verdict, decision.reason.code], ['splice', 'named']);
    });
  });
}

test("another plan's host inside the tunnel of an open one is refused where Copilot is inspected", async (t) => {
  const connection = await inside(t, inspecting, { authority: 'api.business.githubcopilot.com:443' });
  await connection.send('GET /models HTTP/1.1\r\nHost: api.individual.githubcopilot.com\r\n\r\n');
  const answer = await connection.readAnswer();
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [421, 'authority-mismatch']);
  assert.deepEqual(
    inspecting.twin.requests().filter(({ target }) => target === '/models'),
    [],
  );
});
