// Who names and passwords of an htpasswd file belong to, asked as the gate asks, and what wrong ones cost.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { type IpAddress, parseIpAddress } from '../core/base/ip-address.ts';
import { BackOff } from './_back-off.ts';
import { parseHtpasswd } from './htpasswd.ts';
import { HtpasswdSource, htpasswdState } from './htpasswd-source.ts';
import { IdentityStack } from './stack.ts';

const MINUTE_MS = 60_000;

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const HERE = address('10.1.2.3');

function identityOf(t: TestContext, { users = `dave:${hashSync('right', 4)}\n`, queueLimit = 16 } = {}) {
  let ms = 0;
  const clock = { now: () => ms, monotonic: () => ms };
  const source = new HtpasswdSource({ queueLimit });
  t.after(() => source.close());
  const load = (text: string): void => {
    const read = parseHtpasswd({ text, file: 'users' });
    assert.ok(read.ok);
    // As it arrives in another process.
    source.take(structuredClone(htpasswdState(read.value)));
  };
  const identity = new IdentityStack({ sources: [source], clock, memoryMs: MINUTE_MS, failuresFree: 3 });
  load(users);
  const ask = (user: string, password: string, from = HERE) =>
    identity.authenticate({ kind: 'basic', user, password }, from);
  const advance = (by: number): void => {
    ms += by;
  };
  return { identity, load, ask, advance };
}

test('authenticate() knows a user by the right password alone', async (t) => {
  const { ask } = identityOf(t);
  const { holds, ...known } = { holds: undefined, ...(await ask('dave', 'right')) };
  assert.deepEqual(known, { kind: 'known', user: 'dave', groups: [] });
  assert.equal(holds?.(), true);
  const wrong = [
    ['dave', 'wrong'],
    ['dave', ''],
    ['Dave', 'right'],
    ['nobody', 'right'],
    ['', ''],
    ['dave', 'right\0'],
    ['dave', 'x'.repeat(5_000)],
  ] as const;
  let last = 0;
  for (const [user, password] of wrong) {
    last += 1;
    assert.equal(
      (await ask(user, password, address(`10.0.0.${last}`))).kind,
      'unknown',
      `${user}:${password}`,
    );
  }
});

test('authenticate() knows nobody before it was told of users, nor without a name and a password', async () => {
  const source = new HtpasswdSource({ queueLimit: 1 });
  const dave = { kind: 'basic', user: 'dave', password: 'right' } as const;
  assert.deepEqual(await source.authenticate(dave), { kind: 'unknown' });
  source.take({ kind: 'htpasswd', value: [{ name: 'dave', hash: hashSync('right', 4) }] });
  assert.equal((await source.authenticate(dave)).kind, 'known');
  for (const other of [{ kind: 'none' }, { kind: 'negotiate', token: 'YII=' }] as const)
    assert.deepEqual(await source.authenticate(other), { kind: 'unknown' });
  await source.close();
});

test('R-10a authenticate() remembers what it verified, until the time is over or the file changes', async (t) => {
  const { load, ask, advance } = identityOf(t);
  // A closed door answers nothing but what is remembered: three wrong attempts make this address wait.
  await ask('dave', 'right');
  for (const password of ['a', 'b', 'c']) await ask('dave', password);
  assert.equal((await ask('dave', 'd')).kind, 'wait');
  assert.equal((await ask('dave', 'right')).kind, 'known');
  load(`dave:${hashSync('other', 4)}`);
  assert.equal((await ask('dave', 'right')).kind, 'wait');
  advance(1_000);
  assert.equal((await ask('dave', 'right')).kind, 'unknown');
  advance(2_000);
  assert.equal((await ask('dave', 'other')).kind, 'known');
  for (const password of ['a', 'b', 'c']) await ask('dave', password);
  assert.equal((await ask('dave', 'other')).kind, 'known');
  advance(MINUTE_MS);
  for (const password of ['a', 'b', 'c']) await ask('dave', password);
  assert.equal((await ask('dave', 'other')).kind, 'wait');
});

test('R-10a wrong credentials make their address wait, twice as long each time; others go on', async (t) => {
  const { ask, advance } = identityOf(t);
  for (const password of ['a', 'b', 'c']) assert.equal((await ask('dave', password)).kind, 'unknown');
  assert.deepEqual(await ask('dave', 'd'), { kind: 'wait', seconds: 1 });
  advance(1_000);
  assert.equal((await ask('dave', 'd')).kind, 'unknown');
  assert.deepEqual(await ask('dave', 'e'), { kind: 'wait', seconds: 2 });
  assert.equal((await ask('dave', 'right', address('10.9.9.9'))).kind, 'known');
});

test('R-10a the queue is bounded, for all and for one address, and the event loop stays free', async (t) => {
  const { ask } = identityOf(t, { users: `dave:${hashSync('right', 9)}\n`, queueLimit: 12 });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const mine = await Promise.all(Array.from({ length: 20 }, (_, at) => ask('dave', `wrong-${at}`)));
  const others = await Promise.all(
    Array.from({ length: 40 }, (_, at) => ask('dave', `other-${at}`, address(`10.0.1.${at + 1}`))),
  );
  delay.disable();
  assert.equal(mine.filter(({ kind }) => kind === 'unknown').length, 8);
  assert.equal(others.filter(({ kind }) => kind === 'unknown').length, 12);
  assert.equal(others.filter(({ kind }) => kind === 'wait').length, 28);
  // Twenty comparisons of this cost are more than half a second of work.
  assert.ok(delay.percentile(90) < 60e6, `${delay.percentile(90)} ns`);
});

test('R-10a the same credentials at the same time are verified once', async (t) => {
  const { ask } = identityOf(t, { queueLimit: 1 });
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask('dave', 'right')));
  assert.deepEqual([...new Set(answers.map(({ kind }) => kind))], ['known']);
});

test('R-10a a file that changes while a password is being verified decides', async (t) => {
  const { load, ask } = identityOf(t);
  const asked = ask('dave', 'right');
  load(`dave:${hashSync('other', 4)}`);
  assert.notEqual((await asked).kind, 'known');
  assert.equal((await ask('dave', 'right')).kind, 'unknown');
});

const ofDave = (from: IpAddress) => ({ from, user: 'dave' });

test('R-10a BackOff counts a /64 as one, forgets in time, and stays bounded', () => {
  const backOff = new BackOff({ free: 1 });
  backOff.failed(ofDave(address('2001:db8::1')), 0);
  assert.equal(backOff.seconds(ofDave(address('2001:db8::ffff')), 0), 1);
  assert.equal(backOff.seconds(ofDave(address('2001:db8:0:1::1')), 0), 0);
  for (let failure = 0; failure < 8; failure += 1) backOff.failed(ofDave(HERE), 0);
  assert.equal(backOff.seconds(ofDave(HERE), 0), 60);
  assert.equal(backOff.seconds(ofDave(HERE), 700_000), 0);
  for (let at = 0; at < 20_000; at += 1)
    backOff.failed(ofDave(address(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)), 0);
  assert.equal(backOff.seconds(ofDave(address('2001:db8::1')), 0), 0);
});

test('R-10a C12 wrong passwords of one user at an address make nobody else there wait', async (t) => {
  const { ask, advance } = identityOf(t, {
    users: `dave:${hashSync('right', 4)}\nerin:${hashSync('right', 4)}\n`,
  });
  for (const password of ['a', 'b', 'c']) await ask('dave', password);
  assert.equal((await ask('dave', 'right')).kind, 'wait');
  assert.equal((await ask('erin', 'right')).kind, 'known');
  advance(1_000);
  assert.equal((await ask('dave', 'right')).kind, 'known');
});

test('R-10a C12 an address from which many users are tried waits as a whole, but for who is remembered', async (t) => {
  const { ask, advance } = identityOf(t, {
    users: `dave:${hashSync('right', 4)}\nerin:${hashSync('right', 4)}\n`,
  });
  const spray = async (upTo: number): Promise<number> => {
    let tried = 0;
    for (let at = 0; at < upTo; at += 1)
      if ((await ask(`user-${at}`, 'guess')).kind === 'unknown') tried += 1;
    return tried;
  };
  assert.equal((await ask('dave', 'right')).kind, 'known');
  assert.equal(await spray(100), 30);
  assert.deepEqual(await ask('erin', 'right'), { kind: 'wait', seconds: 15 });
  assert.equal((await ask('dave', 'right')).kind, 'known');
  assert.equal((await ask('erin', 'right', address('10.9.9.9'))).kind, 'known');
  // Four more in a minute, whatever was right meanwhile.
  advance(60_000);
  assert.equal(await spray(100), 4);
});

test('R-10a C12 what another process heard counts for the same user and address', async (t) => {
  const { identity, ask } = identityOf(t, {
    users: `dave:${hashSync('right', 4)}\nerin:${hashSync('right', 4)}\n`,
  });
  for (let at = 0; at < 3; at += 1) identity.hear(ofDave(HERE), 'wrong');
  assert.equal((await ask('dave', 'right')).kind, 'wait');
  assert.equal((await ask('erin', 'right')).kind, 'known');
  identity.hear(ofDave(HERE), 'right');
  assert.equal((await ask('dave', 'right')).kind, 'known');
});

test('A12 a password of more than 72 bytes is wrong, whatever its beginning', async (t) => {
  const longest = 'p'.repeat(72);
  const { ask } = identityOf(t, { users: `dave:${hashSync(longest, 4)}\n` });
  assert.equal((await ask('dave', longest)).kind, 'known');
  // Bytes, not letters: a two-byte letter stands over the end.
  for (const password of [`${longest}x`, `${'p'.repeat(71)}\u00fc`])
    assert.equal((await ask('dave', password)).kind, 'unknown', password);
});

test('R-10a A12 passwords that are too long cost a wait like other wrong ones', async (t) => {
  const { ask } = identityOf(t);
  for (let at = 0; at < 3; at += 1) assert.equal((await ask('dave', 'x'.repeat(100 + at))).kind, 'unknown');
  assert.equal((await ask('dave', 'right')).kind, 'wait');
});

test('B9 a user and a password are known in whatever way their letters were composed', async (t) => {
  const [composed, apart] = ['J\u00fcrgen', 'Ju\u0308rgen'];
  for (const [kept, said] of [
    [composed, apart],
    [apart, composed],
  ] as const) {
    const { ask } = identityOf(t, { users: `${kept}:${hashSync('p\u00e4ss', 4)}\n` });
    const answer = await ask(said, 'pa\u0308ss');
    assert.equal(answer.kind === 'known' && answer.user, composed);
  }
});

test('R-10a an unknown user costs a comparison as a known one does', async (t) => {
  const { ask } = identityOf(t, { users: `dave:${hashSync('right', 4)}\n`, queueLimit: 1 });
  const unknown = ask('nobody', 'guess');
  // The one place of the queue is taken, so somebody was put into it.
  assert.deepEqual(await ask('dave', 'right', address('10.0.0.9')), { kind: 'wait', seconds: 1 });
  assert.equal((await unknown).kind, 'unknown');
});
