// Workers that do nothing but talk: when they are replaced, and how they are changed together.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { untilTrue } from '../../test/support/until.ts';
import type { Settings } from '../core/settings/settings.ts';
import { backOffMs, Crew } from './crew.ts';
import type { FromWorker, WorkerOrders } from './messages.ts';
import type { WorkerEnd } from './worker.ts';
import { WorkerProcess } from './worker-process.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Says what it is told back, as an address of credentials; a change of sources whose first kind is `bad` for its number it refuses. */
const TALKER = `
let number = 0;
process.on('message', (message) => {
  const say = (words) => process.send({ kind: 'credentials', from: number + ' ' + words, verdict: 'right' });
  if (message.kind === 'begin') {
    number = message.orders.number;
    process.send({ kind: 'ready', stream: 's' + number });
    say('began with ' + message.orders.policy.revision);
  }
  if (message.kind === 'prepare' && message.change.sources?.[0]?.kind === 'silence of ' + number) {
    for (;;);
  }
  if (message.kind === 'prepare') {
    const fault = message.change.sources?.[0]?.kind === 'bad for ' + number ? 'it is bad' : null;
    process.send({ kind: 'prepared', id: message.id, fault });
  }
  if (message.kind === 'commit') say('committed ' + message.id);
  if (message.kind === 'stop') process.exit(0);
});
process.on('disconnect', () => process.exit(0));
`;

async function talkers(t: TestContext, script = TALKER) {
  // Before the folder goes: whoever is replaced meanwhile wants the file.
  const open: { crew: Crew | null } = { crew: null };
  t.after(() => open.crew?.stop(1_000));
  const file = join(await tempDir(t), 'worker.mjs');
  writeFileSync(file, script);
  const said: string[] = [];
  const ends: (WorkerEnd & { readonly number: number })[] = [];
  const order = { revision: 'one' };
  const crew = new Crew({
    size: 2,
    hire: (number, onMessage) =>
      new WorkerProcess(number, { file, fds: [], output: 'inherit' }, { nowMs: clock.now(), onMessage }),
    clock,
    orders: (number) => ordersFor(number, order.revision),
    onReady: () => undefined,
    onEnded: ({ number }, end) => ends.push({ ...end, number }),
    onMessage: (message: FromWorker) => {
      if (message.kind === 'credentials') said.push(message.from);
    },
  });
  open.crew = crew;
  return { crew, said, ends, order };
}

function ordersFor(number: number, revision: string): WorkerOrders {
  // What they are ordered to serve is nothing to these workers.
  const rest = { workers: 2, listeners: [], adminPort: 0, sources: [], settings: {} as Settings };
  return { ...rest, number, policy: { revision, document: {} as WorkerOrders['policy']['document'] } };
}

test('R-53 backOffMs() replaces at once what ended after a while, and slows what keeps ending as it begins', () => {
  const rows: readonly [shortLives: number, ms: number][] = [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 100],
    [4, 200],
    [9, 6_400],
    [10, 10_000],
    [1_000, 10_000],
  ];
  for (const [shortLives, ms] of rows) assert.equal(backOffMs(shortLives), ms, String(shortLives));
});

test('R-52 Crew has every worker take a change that all have prepared', async (t) => {
  const { crew, said } = await talkers(t);
  assert.equal(await crew.start(), null);
  await crew.change({ sources: [{ kind: 'good', value: null }] });
  await crew.change({ sources: [{ kind: 'better', value: null }] });
  await untilTrue(() => said.includes('1 committed 2') && said.includes('2 committed 2'), 'no commit');
  assert.deepEqual(
    said.filter((words) => words.startsWith('1 ')),
    ['1 began with one', '1 committed 1', '1 committed 2'],
  );
});

test('R-52 Crew has others take a change while one worker stands still', async (t) => {
  const { crew, said, ends } = await talkers(t);
  await crew.start();
  const changing = crew.change({ sources: [{ kind: 'silence of 2', value: null }] });
  await untilTrue(() => said.includes('1 committed 1'), 'the one that answers waits');
  assert.deepEqual(ends, []);
  await changing;
  await untilTrue(() => said.filter((words) => words.startsWith('2 began')).length === 2, 'not replaced');
  assert.deepEqual(ends, [{ number: 2, cause: 'stuck', detail: 'SIGKILL' }]);
});

test('R-52 Crew replaces a worker that cannot take a change by one that begins with it', async (t) => {
  const { crew, said, ends, order } = await talkers(t);
  await crew.start();
  order.revision = 'two';
  await crew.change({ sources: [{ kind: 'bad for 2', value: null }] });
  await untilTrue(() => said.includes('2 began with two') && said.includes('1 committed 1'), 'not replaced');
  assert.ok(!said.includes('2 committed 1'));
  assert.deepEqual(ends, [{ number: 2, cause: 'stuck', detail: 'SIGKILL' }]);
});

test('R-53 Crew waits a minute for a worker to begin, and ten seconds for one that serves', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const script = "process.on('message', ({ kind }) => kind === 'stop' && process.send({ kind: 'ready' }));";
  const { crew, ends } = await talkers(t, script);
  const starting = crew.start();
  t.mock.timers.tick(30_000);
  crew.tell({ kind: 'stop' });
  assert.equal(await starting, null);
  t.mock.timers.tick(11_000);
  await untilTrue(() => ends.length === 2, 'they live on');
  assert.deepEqual(new Set(ends.map(({ cause }) => cause)), new Set(['stuck']));
});

test('Crew.start() resolves with the end of a worker that cannot begin', async (t) => {
  const { crew } = await talkers(t, 'process.exit(7);');
  assert.match((await crew.start()) ?? '', /^worker [12] ended \(exit 7\)$/);
});

test('R-53 WorkerProcess kills a worker that says nothing for too long, and not one that speaks', async (t) => {
  const file = join(await tempDir(t), 'worker.mjs');
  writeFileSync(file, "process.on('message', (message) => process.send({ kind: 'ready', stream: 's' }));");
  const heard = new EventTarget();
  const worker = new WorkerProcess(
    1,
    { file, fds: [], output: 'inherit' },
    { nowMs: 0, onMessage: () => heard.dispatchEvent(new Event('message')) },
  );
  t.after(() => worker.kill());
  const speaking = once(heard, 'message');
  for (let tick = 0; tick < 3; tick += 1) worker.tick(3);
  worker.send({ kind: 'stop' });
  await speaking;
  for (let tick = 0; tick < 3; tick += 1) worker.tick(3);
  assert.equal(worker.stream, 's');
  const again = once(heard, 'message').then(() => 'speaks');
  worker.send({ kind: 'stop' });
  assert.equal(await Promise.race([again, worker.ended]), 'speaks');
  for (let tick = 0; tick < 4; tick += 1) worker.tick(3);
  assert.deepEqual(await worker.ended, { cause: 'stuck', detail: 'SIGKILL' });
});
