// A user who is removed, or has another password, keeps nothing that stands on the old one: no tunnel, no stream, no
// exemption. Must not know how users are told apart.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { AuditEvent } from '../../src/core/record/events.ts';
import { credentialsOf } from '../support/gate.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, type Office, startOffice } from '../support/office.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

/** Something of carol's that stands; `over` resolves when it does no longer. */
type Standing = (t: TestScope, office: Office) => Promise<{ readonly over: Promise<unknown> }>;

const standing: readonly (readonly [name: string, open: Standing])[] = [
  [
    'a tunnel of HTTP/1.1',
    async (t, office) => {
      const connection = await inside(t, office, { user: 'carol' });
      await connection.send('GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 200);
      return { over: connection.readToEnd() };
    },
  ],
  [
    'a tunnel of HTTP/2',
    async (t, office) => {
      const session = await insideHttp2(t, office, { user: 'carol' });
      const head = [':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', '/x'];
      assert.equal((await askHttp2(session, head)).status, 200);
      return { over: once(session, 'close') };
    },
  ],
  [
    'a splice',
    async (t, office) => {
      const authority = 'docs.example.org:443';
      const connection = await inside(t, office, { user: 'carol', authority });
      return { over: connection.readToEnd() };
    },
  ],
  [
    'plain HTTP',
    async (t, office) => {
      const connection = await atProxy(t, office, { user: 'carol' });
      const own = `Proxy-Authorization: Basic ${btoa(credentialsOf('carol'))}`;
      await connection.send(`GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n${own}\r\n\r\n`);
      assert.equal((await connection.readAnswer()).status, 200);
      return { over: connection.readToEnd() };
    },
  ],
];

const changes: readonly (readonly [name: string, change: (line: string) => string])[] = [
  ['is removed', () => ''],
  ['gets another password', () => `carol:${hashSync('another', 4)}`],
];

describe('R-52 when a user', () => {
  for (const [words, change] of changes) {
    for (const workers of [undefined, 2]) {
      test(`${words}, what stands on the old credentials ends, and others go on (workers: ${workers ?? 'none'})`, async (t) => {
        const office = await startOffice(t, workers === undefined ? {} : { workers });
        const dave = await inside(t, office, { user: 'dave' });
        const carols = await Promise.all(standing.map(([, open]) => open(t, office)));
        const file = join(office.gate.dir, 'users.htpasswd');
        const lines = readFileSync(file, 'utf8').split('\n');
        writeFileSync(
          file,
          lines.map((line) => (line.startsWith('carol:') ? change(line) : line)).join('\n'),
        );
        await Promise.all(carols.map(({ over }) => over));
        const isRevoked = (event: AuditEvent): boolean =>
          event.kind === 'outcome' && event.failure?.code === 'credentials-revoked';
        await untilTrue(
          () => office.gate.events().filter(isRevoked).length >= standing.length,
          'not every end is recorded',
        );
        await dave.send('GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n');
        assert.equal((await dave.readAnswer()).status, 200);
      });
    }
  }
});
