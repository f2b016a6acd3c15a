// Exemptions that end while the gate runs: at midnight in the time zone of its settings, whatever stands open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, type Office, officePolicy, STAMP, startOffice } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { valuesOf } from '../support/request-readings.ts';
import type { TestScope } from '../support/test-scope.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const STREAM = 'GET /stream HTTP/1.1\r\nHost: github.com\r\n\r\n';

/** The midnight is written with the offset that holds from then on. */
const MIDNIGHTS: readonly (readonly [zone: string, until: string, midnight: string])[] = [
  ['UTC', '2027-03-31', '2027-04-01T00:00:00Z'],
  ['Asia/Kolkata', '2027-03-31', '2027-04-01T00:00:00+05:30'],
  ['Europe/Berlin', '2027-03-28', '2027-03-29T00:00:00+02:00'],
  ['America/New_York', '2027-11-07', '2027-11-08T00:00:00-05:00'],
  // Its clocks went from midnight to one.
  ['America/Sao_Paulo', '2018-11-03', '2018-11-04T01:00:00-02:00'],
];

for (const [zone, until, midnight] of MIDNIGHTS) {
  test(`R-52 an exemption until ${until} ends in ${zone} at ${midnight}, for the next request and for what runs`, async (t) => {
    const end = Date.parse(midnight);
    const clock = { nowMs: end - 1 };
    const office = await officeUntil(t, { zone, until, clock });
    const connection = await inside(t, office, { user: 'dave' });
    const running = await inside(t, office, { user: 'dave' });
    await running.send(STREAM);
    assert.match((await running.read(12)).toString('latin1'), /200/);
    const lasting = await inside(t, office, { user: 'carol' });
    await lasting.send(STREAM);
    assert.match((await lasting.read(12)).toString('latin1'), /200/);
    assert.deepEqual(await stampOf(office, connection), []);
    clock.nowMs = end;
    assert.deepEqual(await stampOf(office, connection), ['12345']);
    await running.readToEnd();
    await office.gate.event((event) => event.kind === 'outcome' && event.failure?.code === 'policy-changed');
    assert.equal(lasting.socket.destroyed, false, 'an exemption without a day goes on');
    lasting.socket.destroy();
  });
}

async function officeUntil(
  t: TestScope,
  {
    zone,
    until,
    clock,
  }: { readonly zone: string; readonly until: string; readonly clock: { nowMs: number } },
): Promise<Office> {
  return startOffice(t, {
    policy: {
      ...officePolicy(),
      exempt: [
        { name: 'some days', users: ['dave'], until },
        { name: 'people', groups: ['oss'] },
      ],
    },
    timeZone: zone,
    clock: { now: () => clock.nowMs, monotonic: () => performance.now() },
    twin: {
      answer: (request, response, nonce) => {
        request.resume();
        if (request.url !== '/stream') response.end(nonce);
        else if ('stream' in response) response.stream.write('data: 1\n\n');
        else response.write('data: 1\n\n');
      },
    },
  });
}

async function stampOf(office: Office, connection: RawConnection): Promise<readonly string[]> {
  await connection.send(GET);
  assert.equal((await connection.readAnswer()).status, 200);
  const last = office.twin.requests().findLast(({ target }) => target === '/x');
  return valuesOf(last?.headers ?? [], STAMP);
}
