// CONNECT lines, most of them spoilt: a tunnel opens only for an authority that the policy allows, in its one spelling.
// Must not know how the gate reads them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atProxy, startOffice } from '../support/office.ts';
import { withScope } from '../support/own-scope.ts';
import type { Lane } from './lane.ts';

const authority = fc.constantFrom(
  ...['github.com:443', 'GitHub.com:443', 'github.com.:443', 'api.github.com:443', 'a.example.org:443'],
  ...['github.com', 'github.com:0443', 'github.com:80', 'github.com:99999', '[::1]:443', '127.0.0.1:443'],
  ...['0x7f.1:443', 'github.com@evil.example:443', 'evil.example:443', 'github.com%2eevil.example:443'],
);
const head = fc
  .record({
    authority,
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    host: fc.constantFrom('github.com:443', 'evil.example:443', 'github.com'),
    line: fc.constantFrom(
      '',
      '',
      'Proxy-Connection: keep-alive\r\n',
      'Content-Length: 0\r\n',
      'Content-Length: 5\r\n',
    ),
  })
  .map(
    (parts) => `CONNECT ${parts.authority} HTTP/${parts.version}\r\nHost: ${parts.host}\r\n${parts.line}\r\n`,
  );
const spice = fc.constantFrom(
  ...['', ' ', '\t', '\r', '\n', '\r\n', '\0', ':', '.', '/', '@', '%00', '\x80', '0', 'a', '443', ':443'],
);
const spoilt = fc
  .tuple(head, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat({ max: 2 }), spice)
  .map(([text, where, drop, what]) => {
    const at = Math.floor(where * text.length);
    return text.slice(0, at) + what + text.slice(at + drop);
  });

// What the office's policy lets pass, in any case, with or without a trailing dot.
const ALLOWED =
  /^CONNECT (?:(?:(?:[a-z0-9-]+\.)*(?:github\.com|githubusercontent\.com|githubassets\.com|githubcopilot\.com)|(?:[a-z0-9-]+\.)+example\.org|ghcr\.io)\.?:443|github\.com\.?:80) HTTP\/1\.[01]\r\n/i;

export const connectLane: Lane = {
  name: 'CONNECT',
  through: 'opened a tunnel',
  cases: 1_000,
  open: async (scope) => {
    const office = await startOffice(scope, { limits: { connectHeadTimeout: '1s' } });
    const tried = { cases: 0, through: 0 };
    const property = fc.asyncProperty(fc.oneof(head, spoilt, spoilt), async (text) => {
      const said = await withScope(async (t) => {
        const connection = await atProxy(t, office);
        await connection.send(text).catch(() => undefined);
        connection.socket.end();
        return (await connection.readToEnd()).toString('latin1');
      });
      tried.cases += 1;
      if (!said.startsWith('HTTP/1.1 200')) return;
      tried.through += 1;
      assert.match(text, ALLOWED);
    });
    return { property, tried: () => tried };
  },
};
