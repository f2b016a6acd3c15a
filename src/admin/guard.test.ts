// Which Host is the admin API's own, by the address that the request came to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignRefusal } from './_guard.ts';

const ROWS: readonly (readonly [localAddress: string, host: string, code: 'foreign-host' | null])[] = [
  ['127.0.0.1', 'localhost:3129', null],
  ['127.0.0.1', '127.0.0.2', null],
  ['::ffff:127.0.0.1', 'localhost', null],
  ['::1', '[::1]:3129', null],
  ['10.1.2.3', '10.1.2.3:3129', null],
  ['10.1.2.3', 'gate.example.com', null],
  // Whoever asks another address by the name of this one was led here.
  ['10.1.2.3', 'localhost:3129', 'foreign-host'],
  ['10.1.2.3', '127.0.0.1', 'foreign-host'],
  ['10.1.2.3', '[::1]', 'foreign-host'],
  ['127.0.0.1', '10.1.2.3', 'foreign-host'],
  ['127.0.0.1', '', 'foreign-host'],
];

for (const [localAddress, host, code] of ROWS)
  test(`R-60 the Host ${JSON.stringify(host)} at ${localAddress} is ${code ?? 'its own'}`, () => {
    const refused = foreignRefusal({ host }, { localAddress, hosts: ['gate.example.com'] });
    assert.equal(refused?.code ?? null, code);
  });
