// The running gate with the twin behind it: whatever upstream received of a spoilt stream, every parser reads alike, as
// requests with exactly one stamp. Must not know how the gate works.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readOurs } from '../support/http1-oracle.ts';
import { http1Stream } from '../support/http1-streams.ts';
import { inside, type Office, STAMP, startOffice } from '../support/office.ts';
import { withScope } from '../support/own-scope.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { readRequests } from '../support/request-readings.ts';
import { findFaults } from '../support/stamp-verdict.ts';
import type { Lane } from './lane.ts';

/** Put into a stream at a place, so that clients speak for the gate in every spelling. */
const forged = fc.constantFrom(
  ...['', '', '', `\r\n${STAMP}: 99999`, '\r\nsec_github_allowed_enterprise: 1', `\n${STAMP}: 9`],
  ...[
    `\r\nConnection: ${STAMP}`,
    `\r\n${STAMP} : 9`,
    `\r\n ${STAMP}: 9`,
    '\r\nSEC.GITHUB.ALLOWED.ENTERPRISE:9',
  ],
);
const text = fc.tuple(http1Stream, forged, fc.nat({ max: 5 })).map(([stream, lines, which]) => {
  const ends = [...stream.matchAll(/(?=\r\n)/g)];
  const at = ends[which % Math.max(1, ends.length)]?.index ?? 0;
  return stream.slice(0, at) + lines + stream.slice(at);
});

export const gateLane: Lane = {
  name: 'gate',
  through: 'reached upstream',
  cases: 300,
  open: async (scope) => {
    const office = await startOffice(scope, { limits: { headTimeout: '2s', idleTimeout: '2s' } });
    const tried = { cases: 0, through: 0 };
    const property = fc.asyncProperty(text, async (stream) => {
      const before = office.twin.connections().map(({ bytes }) => bytes().length);
      await withScope(async (t) => deliver(await inside(t, office), stream));
      await untilQuiet(office);
      const reached = await judge(office, before);
      tried.cases += 1;
      if (reached) tried.through += 1;
    });
    return { property, tried: () => tried };
  },
};

/** Sends it all, reads as many answers as there are whole requests in it, then leaves. */
async function deliver(connection: RawConnection, stream: string): Promise<void> {
  await connection.send(stream).catch(() => undefined);
  for (const { method } of readOurs(stream).requests) {
    const answer = await connection.readAnswer(method).catch(() => null);
    if (answer === null || answer.status === 101) break;
  }
  connection.socket.end();
  await connection.readToEnd();
}

/** Looks at what upstream received of this case alone; true when it received anything. */
async function judge(office: Office, before: readonly number[]): Promise<boolean> {
  let reached = false;
  for (const [at, { id, bytes }] of office.twin.connections().entries()) {
    const fresh = bytes().subarray(before[at] ?? 0);
    if (fresh.length === 0) continue;
    reached = true;
    const faults = findFaults(id, await readRequests(untilUpgrade(fresh)), { header: STAMP, value: '12345' });
    // Any token is a method to the gate; llhttp knows a list of them and stops at all others.
    const isStrange = faults.some(({ seen }) => seen.includes('HPE_INVALID_METHOD'));
    const counted = faults.filter(({ what }) => !isStrange || what.startsWith('stamp'));
    assert.deepEqual(counted, [], fresh.toString('latin1'));
  }
  return reached;
}

/** What a client sent before it left may still be on its way: everything runs on this event loop, in a few turns of it. */
async function untilQuiet({ twin }: Office): Promise<void> {
  const received = (): number => twin.connections().reduce((sum, { bytes }) => sum + bytes().length, 0);
  let last = received();
  for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (received() === last) continue;
    last = received();
    turns = 0;
  }
}

const QUIET_TURNS = 10;

/** What follows an upgrade is no HTTP; the gate writes the upgrade last in a head. */
function untilUpgrade(bytes: Buffer): Buffer {
  const at = bytes.indexOf(UPGRADE_END);
  return at < 0 ? bytes : bytes.subarray(0, at + UPGRADE_END.length);
}

const UPGRADE_END = '\r\nUpgrade: websocket\r\n\r\n';
