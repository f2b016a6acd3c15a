// Several sources as one: who decides, and what becomes of a client where some cannot say.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  basicSource,
  FIRST_TOKEN,
  negotiateSource,
  type PlayedSource,
  SERVER_TOKEN,
  tokenOf,
} from '../../test/support/identity-sources.ts';
import { type IpAddress, parseIpAddress } from '../core/base/ip-address.ts';
import type { Credential, IdentityAnswer } from '../ports.ts';
import { IdentityStack } from './stack.ts';

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const HERE = address('10.1.2.3');
const DOWN: IdentityAnswer = { kind: 'down', detail: 'the directory does not answer' };

function stackOf(...sources: readonly PlayedSource[]) {
  let ms = 0;
  const clock = { now: () => ms, monotonic: () => ms };
  const stack = new IdentityStack({ sources, clock, memoryMs: 60_000, failuresFree: 3 });
  const ask = (credential: Credential) => stack.authenticate(credential, HERE);
  const basic = (user: string, password = `${user}-secret`) => ask({ kind: 'basic', user, password });
  const negotiate = (token: string) => ask({ kind: 'negotiate', token });
  const advance = (by: number): void => {
    ms += by;
  };
  return { stack, ask, basic, negotiate, advance };
}

const userOf = (answer: IdentityAnswer) => (answer.kind === 'known' ? answer.user : answer.kind);

describe('IdentityStack', () => {
  test('asks in order, and the first that knows decides', async () => {
    const [first, second] = [basicSource(['dave']), basicSource(['dave', 'erin'])];
    const { basic } = stackOf(first, second);
    assert.equal(userOf(await basic('dave')), 'dave');
    assert.deepEqual([first.asked.length, second.asked.length], [1, 0]);
    assert.equal(userOf(await basic('erin')), 'erin');
    assert.deepEqual([first.asked.length, second.asked.length], [2, 1]);
    assert.equal(userOf(await basic('zoe')), 'unknown');
  });

  test('offers what its sources offer, each once, in their order', () => {
    const { stack } = stackOf(negotiateSource([]), basicSource([]), basicSource([]));
    assert.deepEqual(stack.challenges, ['Negotiate', 'Basic realm="played"']);
  });

  test('lets a source that is down be made up for by one that knows, and by none that does not', async () => {
    const [first, second] = [basicSource(['dave']), basicSource(['erin'])];
    const { basic } = stackOf(first, second);
    first.says(DOWN);
    assert.equal(userOf(await basic('erin')), 'erin');
    assert.deepEqual(await basic('dave'), DOWN);
    first.says(null);
    assert.equal(userOf(await basic('dave')), 'dave');
  });

  test('is closed where all are down, where one fails, and where there is none', async () => {
    const [first, second] = [basicSource(['dave']), basicSource(['dave'])];
    for (const source of [first, second]) source.says(DOWN);
    assert.equal((await stackOf(first, second).basic('dave')).kind, 'down');
    assert.equal((await stackOf().basic('dave')).kind, 'down');
    const failing = { ...basicSource(['dave']), authenticate: () => Promise.reject(new Error('a bug')) };
    assert.equal((await stackOf(failing).basic('dave')).kind, 'down');
  });

  test('R-10a counts a wrong password of one source while another is down', async () => {
    const [first, second] = [basicSource(['dave']), basicSource([])];
    const { basic } = stackOf(first, second);
    second.says(DOWN);
    for (const guess of ['a', 'b', 'c']) assert.equal((await basic('dave', guess)).kind, 'down');
    assert.deepEqual(await basic('dave', 'd'), { kind: 'wait', seconds: 1 });
  });

  test('R-10a a user of the second source costs no wait, though the first does not know the password', async () => {
    const [first, second] = [basicSource(['dave']), basicSource(['erin'])];
    const { basic, advance } = stackOf(first, second);
    for (let at = 0; at < 10; at += 1) {
      assert.equal(userOf(await basic('erin')), 'erin');
      // What is remembered is forgotten, what was wrong is not.
      advance(60_000);
    }
    assert.deepEqual([first.asked.length, second.asked.length], [10, 10]);
    for (const guess of ['a', 'b', 'c']) assert.equal(userOf(await basic('erin', guess)), 'unknown');
    assert.equal(userOf(await basic('erin', 'd')), 'wait');
  });

  test('waits as long as the source that waits longest, unless another knows', async () => {
    const [first, second] = [basicSource([]), basicSource([])];
    const { basic } = stackOf(first, second, basicSource(['dave']));
    first.says({ kind: 'wait', seconds: 2 });
    second.says({ kind: 'wait', seconds: 5 });
    assert.deepEqual(await basic('erin'), { kind: 'wait', seconds: 5 });
    assert.equal(userOf(await basic('dave')), 'dave');
  });

  test('R-52 forgets whom it knew when a source changes, and tells who listens', async () => {
    const [first, second] = [basicSource(['dave']), basicSource(['erin'])];
    const { stack, basic } = stackOf(first, second);
    let changes = 0;
    stack.onChange(() => {
      changes += 1;
    });
    const known = await basic('erin');
    await basic('erin');
    assert.deepEqual(second.asked, ['basic']);
    second.forget();
    assert.equal(changes, 1);
    assert.equal(known.kind === 'known' && known.holds(), false);
    assert.equal(userOf(await basic('erin')), 'unknown');
  });

  test('R-52 knows nobody of whom the source would not say it any more once it has answered', async () => {
    const source = basicSource(['dave']);
    const { basic } = stackOf(source);
    source.says({ kind: 'known', user: 'dave', groups: [], holds: () => false });
    assert.deepEqual(await basic('dave'), { kind: 'wait', seconds: 1 });
    source.says(null);
    assert.equal(userOf(await basic('dave')), 'dave');
  });
});

describe('IdentityStack, with a source that takes two steps', () => {
  test('leads the exchange to its end with the source that began it', async () => {
    const [basics, tokens] = [basicSource(['dave']), negotiateSource(['erin'])];
    const { negotiate } = stackOf(basics, tokens);
    const begun = await negotiate(FIRST_TOKEN);
    assert.ok(begun.kind === 'more');
    assert.equal(begun.challenge, `Negotiate ${SERVER_TOKEN}`);
    const known = await begun.next.answer({ kind: 'negotiate', token: tokenOf('erin') });
    assert.ok(known.kind === 'known');
    assert.deepEqual([known.user, known.groups], ['erin', ['oss']]);
    assert.equal(basics.asked.length, 1);
    assert.equal(tokens.abandoned, 0);
  });

  test('knows nobody by a last step that is wrong, nor by a first one alone', async () => {
    const { negotiate } = stackOf(negotiateSource(['erin']));
    const begun = await negotiate(FIRST_TOKEN);
    assert.ok(begun.kind === 'more');
    assert.equal((await begun.next.answer({ kind: 'negotiate', token: tokenOf('dave') })).kind, 'unknown');
    assert.equal((await negotiate(tokenOf('erin'))).kind, 'unknown');
  });

  test('gives an exchange up for a client that says something else, and begins anew with that', async () => {
    const [basics, tokens] = [basicSource(['dave']), negotiateSource(['erin'])];
    const { negotiate } = stackOf(basics, tokens);
    for (const [credential, user] of [
      [{ kind: 'basic', user: 'dave', password: 'dave-secret' }, 'dave'],
      [{ kind: 'none' }, 'unknown'],
    ] as const) {
      const begun = await negotiate(FIRST_TOKEN);
      assert.ok(begun.kind === 'more');
      assert.equal(userOf(await begun.next.answer(credential)), user);
    }
    assert.equal(tokens.abandoned, 2);
  });

  test('hands on that the client left', async () => {
    const tokens = negotiateSource(['erin']);
    const begun = await stackOf(tokens).negotiate(FIRST_TOKEN);
    assert.ok(begun.kind === 'more');
    begun.next.abandon();
    assert.equal(tokens.abandoned, 1);
  });
});
