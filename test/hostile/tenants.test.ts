// The headers of a second vendor beside GitHub's, on the bytes that upstream received: each on its own hosts, one line each,
// and a client's copies nowhere. Over both HTTP versions, clear text, WebSockets and the bridge between the versions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spellingsOf } from '../../src/core/base/spellings.ts';
import { headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, type Office, officePolicy, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import type { Twin } from '../support/twin.ts';
import { clientFrame } from '../support/websocket-frames.ts';

const policy = {
  ...officePolicy(),
  tenants: { slack: { requester: 'T0123ABCD', workspaces: ['T0123ABCD', 'E0456EFGH'] } },
  allow: ['slack.com', '*.slack.com', 'http://slack.com', 'github.com', 'http://github.com', '*.example.org'],
  inspect: ['*.example.org'],
};
const scope = fileScope();
const office = await startOffice(scope, { policy, twin: { extendedConnect: 'yes' } });
/** Its upstream takes WebSockets over HTTP/1.1 alone. */
const bridging = await startOffice(scope, { policy });

const GITHUB = ['sec-GitHub-allowed-enterprise', '12345'];
const SLACK = [
  ...['X-Slack-Allowed-Workspaces-Requester', 'T0123ABCD'],
  ...['X-Slack-Allowed-Workspaces', 'T0123ABCD,E0456EFGH'],
];
const HOSTS: readonly { readonly host: string; readonly lines: readonly string[] }[] = [
  { host: 'github.com', lines: GITHUB },
  { host: 'slack.com', lines: SLACK },
  { host: 'files.eu.slack.com', lines: SLACK },
  { host: 'docs.example.org', lines: [] },
];

const IS_STAMP = [
  'sec-GitHub-allowed-enterprise',
  'X-Slack-Allowed-Workspaces-Requester',
  'X-Slack-Allowed-Workspaces',
].map(spellingsOf);
/** Copies of each header, in lower case, so that HTTP/2 carries them too. */
const COPIES = [
  ...['sec-github-allowed-enterprise', '9', 'sec_github_allowed_enterprise', '9'],
  ...['x-slack-allowed-workspaces-requester', 'T9', 'x_slack_allowed_workspaces_requester', 'T9'],
  ...[
    'x-slack-allowed-workspaces',
    'T9',
    'x-slack-allowed-workspaces',
    'T8',
    'http_x_slack_allowed_workspaces',
    'T9',
  ],
  ...['xslackallowedworkspaces', 'T9', 'x.slack.allowed-workspaces_', 'T9'],
];
const COPY_LINES = Array.from(
  { length: COPIES.length / 2 },
  (_, at) => `${COPIES[2 * at]}: ${COPIES[2 * at + 1]}\r\n`,
).join('');
const UPGRADE =
  'Connection: Upgrade, x-slack-allowed-workspaces\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

const OVER_HTTP2: readonly { readonly name: string; readonly at: Office; readonly method: string }[] = [
  { name: 'on a WebSocket over HTTP/2', at: office, method: 'CONNECT' },
  { name: 'on a WebSocket over HTTP/2 that goes up over HTTP/1.1', at: bridging, method: 'GET' },
];

for (const { host, lines } of HOSTS) {
  describe(`R-01, R-02 ${host} gets ${lines.length / 2} lines of the gate's and none of the client's`, () => {
    test('over HTTP/1.1', async (t) => {
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\n${COPY_LINES}\r\n`);
      assertLines(office.twin, await connection.readAnswer(), lines);
    });

    test('over HTTP/2', async (t) => {
      const session = await insideHttp2(t, office, { authority: `${host}:443` });
      const head = [':method', 'GET', ':scheme', 'https', ':authority', host, ':path', '/x'];
      assertLines(office.twin, await askHttp2(session, [...head, ...COPIES]), lowered(lines));
    });

    test('on a WebSocket over HTTP/1.1', async (t) => {
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\n${UPGRADE}${COPY_LINES}\r\n`);
      assertLines(office.twin, await connection.readAnswer(), lines);
    });

    for (const { name, at, method } of OVER_HTTP2) {
      test(name, async (t) => {
        const request = assertLines(at.twin, await openedHttp2(t, at, host), lowered(lines));
        assert.equal(request.method, method);
      });
    }

    test('in trailers, of which none is a header', async (t) => {
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(
        `POST /x HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n${COPY_LINES}grpc-status: 0\r\n\r\n`,
      );
      const request = assertLines(office.twin, await connection.readAnswer(), lines);
      assert.deepEqual(request.trailers, ['grpc-status', '0']);
    });
  });
}

for (const { host, lines } of HOSTS.slice(0, 2)) {
  test(`R-01, R-02 ${host} over clear text gets the same lines`, async (t) => {
    const connection = await atProxy(t, office, { authority: `${host}:80` });
    await connection.send(`GET http://${host}/x HTTP/1.1\r\nHost: ${host}\r\n${COPY_LINES}\r\n`);
    assertLines(office.plain, await connection.readAnswer(), lines);
  });
}

test('R-31 the record names what was set by vendor, and the signs of what a client sent', async (t) => {
  const connection = await inside(t, office, { authority: 'slack.com:443' });
  await connection.send(
    'GET /told HTTP/1.1\r\nHost: slack.com\r\nConnection: x_slack_allowed_workspaces\r\nX-Slack-Allowed-Workspaces: T9\r\n\r\n',
  );
  await connection.readAnswer();
  const { decision, outcome } = await office.gate.pair((event) => event.request?.path === '/told');
  assert.deepEqual(
    decision.stamps.map(({ vendor, header, value }) => [vendor, header, value]),
    [
      ['slack', 'X-Slack-Allowed-Workspaces-Requester', 'T0123ABCD'],
      ['slack', 'X-Slack-Allowed-Workspaces', 'T0123ABCD,E0456EFGH'],
    ],
  );
  assert.deepEqual([...decision.signs].sort(), ['client-stamp', 'stamp-nominated']);
  assert.deepEqual([decision.reason.rule, outcome.vendor, outcome.said], ['tenants.slack', 'slack', null]);
});

async function openedHttp2(t: Parameters<typeof inside>[0], at: Office, host: string) {
  const session = await insideHttp2(t, at, { authority: `${host}:443` });
  const head = [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'https', ':authority', host];
  return askHttp2(session, [...head, ':path', '/x', 'sec-websocket-version', '13', ...COPIES], clientFrame());
}

function lowered(lines: readonly string[]): string[] {
  return lines.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
}

/** Of the request that the answer belongs to: the lines that any server could take for a vendor's, as they came. */
function assertLines(
  upstream: Twin,
  answer: { readonly status: number; readonly headers: readonly string[] },
  lines: readonly string[],
) {
  const nonce = headerOf(answer.headers, 'x-twin-nonce');
  const request = upstream.requests().find((one) => one.nonce === nonce);
  assert.ok(nonce !== null && request !== undefined, `answered ${answer.status}`);
  const seen = request.headers.flatMap((name, at) =>
    at % 2 === 0 && IS_STAMP.some((isStamp) => isStamp(name)) ? [name, request.headers[at + 1] ?? ''] : [],
  );
  assert.deepEqual(seen, lines);
  return request;
}
