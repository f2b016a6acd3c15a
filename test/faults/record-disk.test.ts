// A record whose disk fails under a gate with two workers: traffic stops, health is red, all comes back by itself, and
// every request that upstream saw is in the record.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { verifyRecord } from '../../src/sinks/audit-verify.ts';
import { readPrintKey } from '../../src/sinks/secret-printer.ts';
import { gateSays } from '../support/gate-answers.ts';
import { atProxy, type Office, startOffice } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { type SmallDisk, smallDisk, withoutDisk } from '../support/small-disk.ts';
import { tempDir } from '../support/temp-dir.ts';
import { untilTrue } from '../support/until.ts';
import { oneInEach, untilServing } from '../support/workers.ts';

const FAULTS: readonly {
  name: string;
  cause: string;
  fault: (disk: SmallDisk) => void;
  mend: (disk: SmallDisk) => void;
}[] = [
  { name: 'is full', cause: 'ENOSPC', fault: (disk) => disk.fill(), mend: (disk) => disk.empty() },
  {
    name: 'has become read-only',
    cause: 'EROFS',
    fault: (disk) => disk.cover(),
    mend: (disk) => disk.uncover(),
  },
];

for (const { name, cause, fault, mend } of FAULTS) {
  test(`R-47 while the disk of the record ${name}, requests are told 503, and go on by themselves after it`, async (t) => {
    if (withoutDisk(t)) return;
    const disk = smallDisk(t);
    const office = await startOffice(t, { workers: 2, auditDir: disk.path });
    await untilServing(office.gate, 2);
    const held = await oneInEach(t, office, { workers: 2 });
    const brokenAt = performance.now();
    fault(disk);
    await untilAll(t, office, 503);
    // Within a second, on a machine that has nothing else to do.
    assert.ok(performance.now() - brokenAt < 4_000);
    await untilReady(office, 503);
    for (const { connection } of held) await untilRefused(office, connection);
    mend(disk);
    await untilAll(t, office, 200);
    await untilReady(office, 200);
    const resumed = office.gate
      .events()
      .flatMap((event) =>
        event.kind === 'gate' && event.what === 'record-resumed' ? [event.detail['cause']] : [],
      );
    assert.ok(resumed.length >= 2 && resumed.every((each) => each === cause), resumed.join(' '));
    await office.gate.stop();
    await assertWhole(office, disk.path);
  });
}

test('R-51 a record that is rotated under the workers loses nothing, and stays whole', async (t) => {
  const office = await startOffice(t, { workers: 2, auditDir: join(await tempDir(t), 'audit') });
  await untilServing(office.gate, 2);
  const held = await oneInEach(t, office, { workers: 2 });
  const files = (): string[] => readdirSync(office.gate.auditDir).filter((name) => name.endsWith('.jsonl'));
  const rotated = files();
  for (const name of rotated)
    renameSync(join(office.gate.auditDir, name), join(office.gate.auditDir, `${name}.1`));
  // Each process looks after its file about once a second, and finds another's too; what comes meanwhile is in either.
  await untilTrue(async () => {
    for (const { connection } of held) assert.equal(await ask(connection), 200);
    return files().length >= rotated.length;
  }, 'not every file is there again');
  assert.deepEqual(files(), rotated);
  await office.gate.stop();
  await assertWhole(office, office.gate.auditDir);
});

let count = 0;

function request(origin = '', more = ''): string {
  count += 1;
  return `GET ${origin}/disk-${process.pid}-${count} HTTP/1.1\r\nHost: github.com\r\n${more}\r\n`;
}

async function ask(connection: RawConnection): Promise<number> {
  await connection.send(request());
  return (await connection.readAnswer()).status;
}

/** Asks on fresh connections until every worker answers so: which of them answers is up to the system. */
async function untilAll(t: TestContext, office: Office, status: number): Promise<void> {
  let inARow = 0;
  await untilTrue(async () => {
    const connection = await atProxy(t, office);
    await connection.send(request('http://github.com', 'Connection: close\r\n'));
    inARow = (await connection.readAnswer()).status === status ? inARow + 1 : 0;
    connection.socket.destroy();
    return inARow === 16;
  }, `not all answers are ${status}`);
}

/**
 * On a tunnel that stood before, too; upstream sees nothing of it. Each worker looks for itself where its record is,
 * about once a second, and what it lets through until then is in it.
 */
async function untilRefused({ twin }: Office, connection: RawConnection): Promise<void> {
  await untilTrue(async () => {
    const before = twin.requests().length;
    await connection.send(request());
    const answer = await connection.readAnswer();
    if (answer.status !== 503) {
      assert.equal(answer.status, 200);
      return false;
    }
    assert.equal(gateSays(answer.headers).code, 'record-unavailable');
    assert.equal(twin.requests().length, before);
    return true;
  }, 'a worker does not notice');
}

async function untilReady({ gate }: Office, status: number): Promise<void> {
  const isSo = async (): Promise<boolean> => (await fetch(`${gate.adminUrl}/readyz`)).status === status;
  await untilTrue(isSo, `/readyz is not ${status}`);
}

/** Every request that upstream saw has its decision, and no chain is broken. */
async function assertWhole({ twin, plain }: Office, dir: string): Promise<void> {
  const lines = readdirSync(dir)
    .filter((name) => /^audit-.*\.jsonl(\.1)?$/.test(name))
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1));
  const recorded = new Set(lines.map((line) => JSON.parse(line).request?.path));
  const seen = [...twin.requests(), ...plain.requests()].map(({ target }) => target);
  assert.deepEqual(
    seen.filter((path) => !recorded.has(path)),
    [],
  );
  const { faults } = await verifyRecord({ paths: [dir], key: readPrintKey(join(dir, 'print.key')) });
  assert.deepEqual(faults, []);
}
