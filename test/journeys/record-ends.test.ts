// How connections end in the record: every end names whose it was, where it led and what was sent.
// Must not know how it is written.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditEvent, OutcomeEvent } from '../../src/core/record/events.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { AGENT, basic, connectHead } from '../support/connect-heads.ts';
import { credentialsOf, startGateProcess } from '../support/gate.ts';
import {
  inside,
  type Office,
  officeGate,
  officePolicy,
  startOffice,
  UPSTREAM_NAMES,
} from '../support/office.ts';
import { proxyLineFor } from '../support/proxy-headers.ts';
import { connectThrough, openRaw, type RawConnection, tunnel } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { until } from '../support/until.ts';

const scope = fileScope();
const policy = { ...officePolicy(), otherwise: 'splice' };
const office = await startOffice(scope, {
  policy,
  resolve: { 'gone.example.com:443': '127.0.0.1:1' },
  limits: { identityFailures: 3 },
});

async function sendTo(t: TestScope, listener: string, text: string | Uint8Array): Promise<RawConnection> {
  const connection = await openRaw(t, office.gate.port(listener));
  await connection.send(text);
  return connection;
}

/** What an end must say of itself. */
interface Ending {
  readonly name: string;
  readonly does: (t: TestScope) => Promise<unknown>;
  readonly code: string | null;
  readonly listener: string;
  readonly address?: string;
  readonly user?: string;
  readonly destination: string | null;
  readonly userAgent?: string;
  readonly status: number | null;
}

const ENDINGS: readonly Ending[] = [
  {
    name: 'a wrong password',
    does: async (t) => {
      const connection = await sendTo(t, 'staff', connectHead('github.com:443', basic('dave:wrong')));
      assert.equal((await connection.readAnswer('GET')).status, 407);
    },
    code: 'credentials-wrong',
    ...{ listener: 'staff', destination: 'github.com:443', userAgent: 'probe/1.0', status: 407 },
  },
  {
    name: 'a wrong password for plain HTTP',
    does: async (t) => {
      const head = `GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n${AGENT}${basic('dave:no')}\r\n`;
      assert.equal((await (await sendTo(t, 'staff', head)).readAnswer()).status, 407);
    },
    code: 'credentials-wrong',
    ...{ listener: 'staff', destination: 'github.com:80', userAgent: 'probe/1.0', status: 407 },
  },
  {
    name: 'bytes that are no request',
    does: async (t) => (await sendTo(t, 'open', '\x16\x03\x01\x02\r\n\r\n')).readAnswer(),
    code: 'bad-request',
    ...{ listener: 'open', destination: null, status: 400 },
  },
  {
    name: 'bytes that are no request, from behind a balancer',
    does: async (t) => {
      const connection = await sendTo(t, 'balanced', proxyLineFor('10.9.8.7'));
      await connection.send('nonsense\r\n\r\n');
      await connection.readAnswer();
    },
    code: 'bad-request',
    ...{ listener: 'balanced', address: '10.9.8.7', destination: null, status: 400 },
  },
  {
    name: 'a CONNECT with a body',
    does: async (t) =>
      (await sendTo(t, 'open', connectHead('github.com:443', 'Content-Length: 1\r\n'))).readAnswer(),
    code: 'bad-request',
    ...{ listener: 'open', destination: 'github.com:443', userAgent: 'probe/1.0', status: 400 },
  },
  {
    name: 'a request for the port itself',
    does: async (t) =>
      (await sendTo(t, 'open', `GET /nothing HTTP/1.1\r\nHost: x\r\n${AGENT}\r\n`)).readAnswer(),
    code: 'bad-request',
    ...{ listener: 'open', destination: null, userAgent: 'probe/1.0', status: 400 },
  },
  {
    name: 'a spoilt head inside the tunnel of a user',
    does: async (t) => {
      const connection = await inside(t, office, { user: 'dave' });
      await connection.send('GET / HTTP/1.1\r\nBad Name: x\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 400);
    },
    code: 'bad-request',
    ...{ listener: 'staff', user: 'dave', destination: 'github.com:443', status: 400 },
  },
  {
    name: 'an upstream that is not there',
    does: async (t) => {
      const { answer } = await connectThrough(t, 'gone.example.com:443', {
        proxyPort: office.gate.port('open'),
      });
      assert.equal(answer.status, 502);
    },
    code: 'connect-failed',
    ...{ listener: 'open', destination: 'gone.example.com:443', status: 502 },
  },
  {
    name: 'a hello for another name',
    does: async (t) => {
      await assert.rejects(inside(t, office, { serverName: 'api.github.com' }));
    },
    code: 'sni-mismatch',
    ...{ listener: 'open', destination: 'github.com:443', status: null },
  },
];

describe('R-68 C3 an end in the record names its listener, its client, its destination and the status sent', () => {
  for (const row of ENDINGS) {
    test(`R-68 C3 ${row.name}`, async (t) => {
      office.gate.forgetEvents();
      await row.does(t);
      const outcome = await outcomeWith(office, row.code);
      const { listener, client, destination, status } = outcome;
      assert.deepEqual(
        { listener, address: client.address, user: client.user, destination, status },
        {
          listener: row.listener,
          address: row.address ?? '127.0.0.1',
          user: row.user ?? null,
          destination: row.destination,
          status: row.status,
        },
      );
      assert.ok(client.port > 0);
      if (row.userAgent !== undefined) assert.equal(client.userAgent, row.userAgent);
    });
  }
});

test('R-68 C3 each wrong password is in the record, also where the right one follows', async (t) => {
  const own = await startOffice(t, { limits: { identityFailures: 9 } });
  const connection = await openRaw(t, own.gate.port('staff'));
  for (const credentials of ['dave:one', 'dave:two', credentialsOf('dave')]) {
    await connection.send(connectHead('github.com:443', basic(credentials)));
    await connection.readAnswer('CONNECT');
  }
  await own.gate.event((event) => event.kind === 'decision');
  const wrong = outcomes(own.gate.events()).filter(({ failure }) => failure?.code === 'credentials-wrong');
  assert.deepEqual(
    wrong.map(({ status, by, stage }) => [status, by, stage]),
    [
      [407, 'gate', 'request'],
      [407, 'gate', 'request'],
    ],
  );
});

test('R-68 C3 a bad request at the proxy port is one line of the record, not two', async (t) => {
  office.gate.forgetEvents();
  const connection = await sendTo(t, 'open', 'nonsense\r\n\r\n');
  await connection.readToEnd();
  await outcomeWith(office, 'bad-request');
  await sendTo(t, 'open', 'other nonsense\r\n\r\n').then((other) => other.readToEnd());
  await until(() => (outcomes(office.gate.events()).length >= 2 ? true : null), 'no second outcome');
  assert.equal(outcomes(office.gate.events()).length, 2);
});

function outcomes(events: readonly AuditEvent[]): OutcomeEvent[] {
  return events.flatMap((event) => (event.kind === 'outcome' ? [event] : []));
}

async function outcomeWith({ gate }: Office, code: string | null): Promise<OutcomeEvent> {
  const isIt = (event: AuditEvent): boolean =>
    event.kind === 'outcome' && (event.failure?.code ?? null) === code;
  const found = await gate.event(isIt);
  assert.ok(found.kind === 'outcome');
  return found;
}

describe('C6 a client that refuses the gate’s certificate', () => {
  test('C6 is in the record with the program that its CONNECT named', async (t) => {
    office.gate.forgetEvents();
    const lines = ['User-Agent: octo-installer/2.1'];
    await assert.rejects(inside(t, office, { ca: office.authority.rootPem, lines }));
    const { id, client } = await outcomeWith(office, 'client-refused-leaf');
    const { decision } = await office.gate.pair((event) => event.id === id);
    assert.deepEqual(
      [client.userAgent, decision.client.userAgent],
      ['octo-installer/2.1', 'octo-installer/2.1'],
    );
  });

  test('C6 is one line for the operator, whichever worker served it', async (t) => {
    const authority = await createTestAuthority();
    const upstream = await startTwin(t, { tls: await authority.issue({ names: UPSTREAM_NAMES }) });
    const gate = await startGateProcess(t, { ...officeGate(authority, upstream.port), workers: 2 });
    for (let times = 0; times < 6; times += 1) {
      const refused = tunnel(t, 'github.com:443', { proxyPort: gate.port(), ca: authority.rootPem });
      await assert.rejects(refused);
    }
    await until(() => (refusalsIn(gate.events()) === 6 ? true : null), 'not all refusals are in the record');
    await gate.stop();
    assert.equal(gate.output().match(/"client":"127\.0\.0\.1".*github\.com:443/g)?.length, 1, gate.output());
  });
});

function refusalsIn(events: readonly AuditEvent[]): number {
  return outcomes(events).filter(({ failure }) => failure?.code === 'client-refused-leaf').length;
}
