// CONNECTs, most of them spoilt, on every kind of listener: a tunnel opens only for an authority that the policy allows, in
// its one spelling, for who may come; and what goes through it is stamped and recorded. Must not know how the gate reads them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { credentialsOf } from '../support/gate.ts';
import { headerOf } from '../support/gate-answers.ts';
import { atProxy, type Office } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';
import { FuzzedOffice, WAYS } from './fuzzed-office.ts';
import { type Lane, tryCases } from './lane.ts';

const authority = fc.oneof(
  fc.constantFrom(
    'github.com:443',
    'github.com:443',
    'GitHub.com:443',
    'github.com.:443',
    'api.github.com:443',
  ),
  fc.constantFrom(
    ...[
      'a.example.org:443',
      'github.com',
      'github.com:0443',
      'github.com:80',
      'github.com:99999',
      '[::1]:443',
    ],
    ...['0x7f.1:443', 'github.com@evil.example:443', 'evil.example:443', 'github.com%2eevil.example:443'],
    ...[
      '127.0.0.1:443',
      'github.dev:443',
      'github.com.evil.example:443',
      'evilgithub.com:443',
      'github.com:22',
    ],
    ...[
      'gith\xfcb.com:443',
      'github\xe3\x80\x82com:443',
      '\xe2\x84\xaa.example.org:443',
      'xn--gthub-cta.com:443',
    ],
  ),
);
const head = fc.record({
  authority,
  version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
  host: fc.constantFrom('github.com:443', 'evil.example:443', 'github.com'),
  line: fc.constantFrom(
    ...['', '', 'Proxy-Connection: keep-alive\r\n', 'Content-Length: 0\r\n', 'Content-Length: 5\r\n'],
    ...['Transfer-Encoding: chunked\r\n', 'X-Forwarded-For: 10.20.7.7\r\n', 'Connection: close\r\n'],
  ),
});
const spice = fc.constantFrom(
  ...['', ' ', '\t', '\r', '\n', '\r\n', '\0', ':', '.', '/', '@', '%00', '\x80', '0', 'a', '443', ':443'],
);
const spoils = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat({ max: 2 }), spice),
  { maxLength: 2 },
);
const connectCase = fc
  .record({ way: fc.constantFrom(...WAYS), head, spoils })
  .map(({ way, head: { authority, version, host, line }, spoils }) => {
    const { user } = way.wish;
    const credentials =
      user === undefined ? '' : `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}\r\n`;
    // The credentials stay whole: a wrong password makes its address wait, and the rest of the cases with it.
    const text = spoils.reduce((said, [where, drop, what]) => {
      const at = Math.floor(where * said.length);
      return said.slice(0, at) + what + said.slice(at + drop);
    }, `CONNECT ${authority} HTTP/${version}\r\nHost: ${host}\r\n${line}`);
    return { way, text: `${text}${credentials}\r\n` };
  });

// What the office's policy lets pass, in any case, with or without a trailing dot.
const ALLOWED =
  /^(?:\r\n)?CONNECT (?:(?:(?:[a-z0-9-]+\.)*(?:github\.com|githubusercontent\.com|githubassets\.com|githubcopilot\.com)|(?:[a-z0-9-]+\.)+example\.org|ghcr\.io)\.?:443|github\.com\.?:80) HTTP\/1\.[01]\r\n/i;
// What a rule names is refused inside the tunnel: the refusal is all that is served there. While there is a restriction,
// GitHub's and Copilot's domains are named, whatever the port.
const REFUSED_INSIDE =
  /^(?:\r\n)?CONNECT (?:[a-z0-9-]+\.)*(?:github\.dev|github\.com|githubcopilot\.com)\.?:\d+ HTTP\/1\.[01]\r\n/i;

export const connectLane: Lane = {
  name: 'CONNECT',
  through: 'opened a tunnel',
  cases: 500,
  open: async (scope) => {
    const fuzzed = await FuzzedOffice.start(scope);
    return tryCases(connectCase, async ({ way, text }, number) => {
      let fate: 'through' | 'stopped' = 'stopped';
      await fuzzed.judge(number, way.stamp, async (t) => {
        const connection = await atProxy(t, fuzzed.office, way.wish);
        await connection.send(text).catch(() => undefined);
        if (/^(?:\r\n)?CONNECT github\.com:443 /i.test(text) && (await opens(connection))) {
          fate = 'through';
          assert.match(text, ALLOWED);
          await askInside(t, fuzzed.office, connection);
          return;
        }
        connection.socket.end();
        const said = (await connection.readToEnd()).toString('latin1');
        if (!said.startsWith('HTTP/1.1 200')) return;
        fate = 'through';
        assert.ok(ALLOWED.test(text) || REFUSED_INSIDE.test(text), JSON.stringify(text));
      });
      return fate;
    });
  },
};

async function opens(connection: RawConnection): Promise<boolean> {
  const answer = await connection.readAnswer('CONNECT').catch(() => null);
  if (answer?.status === 200) return true;
  connection.socket.end();
  await connection.readToEnd();
  return false;
}

/** The tunnel is one to the host that it was asked for. */
async function askInside(t: TestScope, office: Office, connection: RawConnection): Promise<void> {
  const secure = await connection.startTls(t, {
    ...{ servername: 'github.com', ALPNProtocols: ['http/1.1'], ca: [...office.roots] },
  });
  await secure.send('GET /inside HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
  const answer = await secure.readAnswer();
  assert.equal(answer.status, 200);
  assert.notEqual(headerOf(answer.headers, 'x-twin-nonce'), null);
}
