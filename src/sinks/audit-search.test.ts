// Finding a reference in the files of the record.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { outcomeEvent } from '../../test/support/outcome-event.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { findEvents } from './audit-search.ts';

function line(id: string): string {
  return `${JSON.stringify(outcomeEvent(id))}
`;
}

test('findEvents() finds a request with its connection, a connection with its requests, and nothing else', async (t) => {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'audit-2026-11-20-aaa.jsonl'), line('aaa-1'));
  writeFileSync(join(dir, 'audit-2026-11-20-bbb.jsonl'), line('bbb-1'));
  writeFileSync(
    join(dir, 'audit-2026-11-21-aaa.jsonl'),
    `${line('aaa-1.1')}not json "id":"aaa-1\n${line('aaa-1.2')}${line('aaa-12')}${line('aaa-1.22')}`,
  );
  const rows: readonly [string, readonly string[]][] = [
    ['aaa-1', ['aaa-1', 'aaa-1.1', 'aaa-1.2', 'aaa-1.22']],
    ['aaa-1.2', ['aaa-1', 'aaa-1.2']],
    ['bbb-1', ['bbb-1']],
    ['ccc-1', []],
  ];
  for (const [reference, ids] of rows) {
    const events = await findEvents(dir, reference);
    assert.deepEqual(
      events?.map((event) => ('id' in event ? event.id : '')),
      ids,
      reference,
    );
  }
  for (const wrong of ['', '../x', 'a b', 'a.b', '"', 'x'.repeat(100)])
    assert.equal(await findEvents(dir, wrong), null);
});
