// A record that cannot be written, and every way through the gate: each is 503, and nothing goes upstream.
// Must not know how a record is written.
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, type Office, officePolicy, startOffice } from '../support/office.ts';
import { connectThrough } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

interface Way {
  readonly name: string;
  readonly open: (
    t: TestScope,
    office: Office,
  ) => Promise<() => Promise<{ status: number; code: string | null }>>;
  /** What it is answered while the record can be written. */
  readonly well: number;
}

function connectTo(authority: string): Way['open'] {
  return async (t, { gate }) =>
    async () => {
      const { connection, answer } = await connectThrough(t, authority, { proxyPort: gate.port('open') });
      connection.socket.destroy();
      return { status: answer.status, code: gateSays(answer.headers).code };
    };
}

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';

const WAYS: readonly Way[] = [
  { name: 'a splice', open: connectTo('www.example.org:8443'), well: 200 },
  { name: 'an interception', open: connectTo('github.com:443'), well: 200 },
  {
    name: 'a request over HTTP/1.1',
    open: async (t, office) => {
      const connection = await inside(t, office);
      return async () => {
        await connection.send(GET);
        const { status, headers } = await connection.readAnswer();
        return { status, code: gateSays(headers).code };
      };
    },
    well: 200,
  },
  {
    name: 'a request over HTTP/2',
    open: async (t, office) => {
      const session = await insideHttp2(t, office);
      return async () => {
        const { status, headers } = await askHttp2(session, { ':path': '/x' });
        return { status, code: gateSays(headers).code };
      };
    },
    well: 200,
  },
  {
    name: 'plain HTTP',
    open: async (t, office) => {
      const connection = await atProxy(t, office);
      return async () => {
        await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
        const { status, headers } = await connection.readAnswer();
        return { status, code: gateSays(headers).code };
      };
    },
    well: 200,
  },
];

describe('R-47, R-56 while the record cannot be written', () => {
  for (const { name, open, well } of WAYS) {
    test(`R-47, R-56 ${name} is 503, and nothing is dialed or sent`, async (t) => {
      const office = await startOffice(t, { policy: { ...officePolicy(), otherwise: 'splice' } });
      const ask = await open(t, office);
      assert.equal((await ask()).status, well);
      await breakRecord(office);
      const before = seenBy(office);
      assert.deepEqual(await ask(), { status: 503, code: 'record-unavailable' });
      assert.deepEqual(seenBy(office), before);
    });
  }
});

function seenBy({ twin, plain }: Office): readonly number[] {
  return [twin, plain].flatMap((one) => [one.connections().length, one.requests().length]);
}

/** Puts a file where the folder of the record was, and waits until the gate has noticed. */
async function breakRecord({ gate }: Office): Promise<void> {
  renameSync(gate.auditDir, `${gate.auditDir}.gone`);
  rmSync(`${gate.auditDir}.gone`, { recursive: true });
  writeFileSync(gate.auditDir, '');
  await untilTrue(
    async () => (await fetch(`${gate.adminUrl}/readyz`)).status === 503,
    'the gate is ready still',
  );
}
