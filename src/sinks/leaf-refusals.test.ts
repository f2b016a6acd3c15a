// One line an hour for each client that refuses the certificate. Must not know how it is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeafRefusals } from './leaf-refusals.ts';

test('C6 LeafRefusals tells of each client once an hour', () => {
  const told: string[] = [];
  let now = 0;
  const refusals = new LeafRefusals({
    clock: { monotonic: () => now },
    tell: ({ client, reference }) => void told.push(`${client} ${reference}`),
  });
  const refuse = (client: string, reference: string): void =>
    refusals.leafRefused({ client, reference, user: null, userAgent: null, destination: null });
  refuse('10.1.2.3', 'a-1');
  refuse('10.1.2.3', 'a-2');
  refuse('10.1.2.4', 'a-3');
  now = 3_599_999;
  refuse('10.1.2.3', 'a-4');
  now = 3_600_000;
  refuse('10.1.2.3', 'a-5');
  refuse('10.1.2.3', 'a-6');
  assert.deepEqual(told, ['10.1.2.3 a-1', '10.1.2.4 a-3', '10.1.2.3 a-5']);
});

test('C6 LeafRefusals keeps ten thousand clients in mind and no more', () => {
  let told = 0;
  const tell = (): void => {
    told += 1;
  };
  const refusals = new LeafRefusals({ clock: { monotonic: () => 0 }, tell });
  const refuse = (client: number): void =>
    refusals.leafRefused({
      client: `c${client}`,
      ...{ reference: 'a-1', user: null, userAgent: null, destination: null },
    });
  for (let client = 0; client <= 10_000; client += 1) refuse(client);
  refuse(0);
  refuse(10_000);
  assert.equal(told, 10_002);
});
