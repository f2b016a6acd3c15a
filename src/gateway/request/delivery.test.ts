// A table of answers, and whether a client that leaves had them. Must not know sockets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivery } from './delivery.ts';

interface Row {
  readonly name: string;
  readonly method?: string;
  /** Null where no head was passed on. */
  readonly headers: readonly string[] | null;
  readonly passed: number;
  /** How many of the bytes left for the client. */
  readonly left?: 'all' | 'none';
  readonly ended?: 'yes';
  readonly whole: boolean;
}

const LENGTH_10 = ['content-length', '10'];
const ROWS: readonly Row[] = [
  { name: 'all that was announced', headers: LENGTH_10, passed: 10, whole: true },
  { name: 'less than was announced', headers: LENGTH_10, passed: 9, whole: false },
  { name: 'an end without a length', headers: [], passed: 9, ended: 'yes', whole: true },
  { name: 'no end and no length', headers: [], passed: 9, whole: false },
  { name: 'no body, announced', headers: ['content-length', '0'], passed: 0, whole: true },
  { name: 'no body, not announced, no end', headers: [], passed: 0, whole: false },
  { name: 'bytes that wait', headers: LENGTH_10, passed: 10, left: 'none', whole: false },
  { name: 'bytes that wait, at the end', headers: [], passed: 10, left: 'none', ended: 'yes', whole: false },
  { name: 'the answer to a HEAD', method: 'HEAD', headers: LENGTH_10, passed: 0, whole: true },
  { name: 'nothing at all', headers: null, passed: 0, whole: false },
];

for (const row of ROWS) {
  test(`C5 Delivery is ${row.whole ? 'whole' : 'not whole'} after ${row.name}`, () => {
    const delivery = new Delivery(row.method ?? 'GET');
    if (row.headers !== null) delivery.head(row.headers);
    if (row.passed > 0) delivery.passed(row.passed)(row.left === 'none' ? new Error('cancelled') : null);
    if (row.ended === 'yes') delivery.ended();
    assert.equal(delivery.isWhole, row.whole);
  });
}
