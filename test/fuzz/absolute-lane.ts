// Requests in absolute form, in odd schemes, ports and hosts, on every kind of listener: clear text goes up only where the
// policy says `http://`, never to port 443 and never beside TLS. Must not know how the gate reads them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { credentialsOf } from '../support/gate.ts';
import { headerOf } from '../support/gate-answers.ts';
import { atProxy } from '../support/office.ts';
import { FuzzedOffice, WAYS } from './fuzzed-office.ts';
import { type Fate, type Lane, tryCases } from './lane.ts';

const scheme = fc.constantFrom(
  ...['http', 'http', 'http', 'http', 'http', 'HTTP', 'Http', 'https', 'HTTPS', 'ws', 'wss', 'ftp', 'file'],
  ...['h2c', 'http+unix', 'view-source:http', 'http ', ' http', 'http\t', '', 'http\0', 'https+http'],
);
const host = fc.constantFrom(
  ...['github.com', 'github.com', 'github.com', 'github.com', 'GitHub.com', 'github.com.', 'api.github.com'],
  ...['a.example.org', 'files.example.net', 'github.dev', 'ssh.github.com', 'api.githubcopilot.com'],
  ...['127.0.0.1', '[::1]', '0x7f.1', 'evil.example', 'evil@github.com', 'github.com%2eevil.example', ''],
);
const port = fc.constantFrom(
  ...['', '', '', '', ':', ':80', ':80', ':443', ':443', ':0443', ':443/', ':22', ':8080', ':8443', ':080'],
  ...[
    ':0',
    ':65535',
    ':65536',
    ':4\u00b3',
    ':443:80',
    ':80:443',
    ':+443',
    ':443 ',
    ': 80',
    ':%34%34%33',
    ':-1',
  ],
);
const path = fc.constantFrom('/x', '/x?y=http://github.com:443/', '', '?y', '/', '//x', '/x#y', '\\x');
/** A good target, mostly with one part of it odd; or all of it. */
const good = fc.record({
  scheme: fc.constantFrom('http', 'http', 'HTTP'),
  host: fc.constantFrom('github.com', 'github.com', 'GitHub.com', 'github.com.'),
  port: fc.constantFrom('', ':80'),
  path: fc.constantFrom('/x', '/x', '/x?y=http://github.com:443/'),
});
const oddPart = fc.oneof(
  scheme.map((odd) => ({ scheme: odd })),
  host.map((odd) => ({ host: odd })),
  port.map((odd) => ({ port: odd })),
  path.map((odd) => ({ path: odd })),
);
const target = fc.oneof(
  { weight: 2, arbitrary: good },
  { weight: 5, arbitrary: fc.tuple(good, oddPart).map(([whole, odd]) => ({ ...whole, ...odd })) },
  { weight: 1, arbitrary: fc.record({ scheme, host, port, path }) },
);
const absoluteCase = fc.record({
  way: fc.constantFrom(...WAYS),
  method: fc.constantFrom('GET', 'GET', 'POST', 'OPTIONS'),
  target,
  hostLine: fc.constantFrom('same', 'same', 'same', 'same', 'plain', 'other', 'secure'),
});

/** What the office's policy lets pass in clear text: github.com on port 80, in any case, with or without a trailing dot. */
const ALLOWED = /^http:\/\/github\.com\.?(?::|:80)?(?:[/?][^#\\]*)?$/i;
/** Those of them that must pass: what every client sends. */
const CONTROL = /^http:\/\/github\.com(?::80)?\/x$/;

export const absoluteLane: Lane = {
  name: 'absolute',
  through: 'reached upstream',
  cases: 400,
  open: async (scope) => {
    const fuzzed = await FuzzedOffice.start(scope);
    return tryCases(absoluteCase, async ({ way, method, target: asked, hostLine }, number) => {
      const { user } = way.wish;
      const uri = `${asked.scheme}://${asked.host}${asked.port}${asked.path}`;
      const lines = {
        ...{ same: `${asked.host}${asked.port}`, plain: 'github.com' },
        ...{ other: 'evil.example', secure: 'github.com:443' },
      };
      const credentials =
        user === undefined ? '' : `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}\r\n`;
      const text = `${method} ${uri} HTTP/1.1\r\nHost: ${lines[hostLine]}\r\n${credentials}Content-Length: 0\r\nConnection: close\r\n\r\n`;
      let answered: Fate = 'stopped';
      const fate = await fuzzed.judge(number, way.stamp, async (t) => {
        const connection = await atProxy(t, fuzzed.office, way.wish);
        await connection.send(text).catch(() => undefined);
        const answer = await connection.readAnswer(method).catch(() => null);
        connection.socket.end();
        await connection.readToEnd();
        answered = headerOf(answer?.headers ?? [], 'x-twin-nonce') === null ? 'stopped' : 'through';
        // A gateway's fault would mean that upstream was dialled.
        if (answered === 'stopped') assert.ok((answer?.status ?? 400) < 500, `${answer?.status} for ${uri}`);
      });
      if (fate === 'through') assert.ok(ALLOWED.test(uri) && !['other', 'secure'].includes(hostLine), uri);
      if (CONTROL.test(uri) && hostLine === 'same') assert.equal(answered, 'through', uri);
      return fate;
    });
  },
};
