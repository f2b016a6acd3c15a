// What holds for the difference of any two policies, over generated ones.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { diffPolicies } from '../../src/core/policy/compare/policy-diff.ts';
import { answerOf, changeBetween } from '../../src/core/policy/decide/answer.ts';
import { decideAsked } from '../../src/core/policy/decide/explain.ts';
import { parseQuestion } from '../../src/core/policy/decide/question.ts';
import { client, compiled, HOSTS, policySource } from './generated-policies.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ALL = { nowMs: NOW, examples: Number.POSITIVE_INFINITY };

describe('for every policy', () => {
  test('there is no difference to itself', () => {
    fc.assert(
      fc.property(policySource, (source) => {
        const diff = diffPolicies(compiled(source), compiled(source), ALL);
        assert.deepEqual(diff.changes, []);
        assert.equal(diff.unchanged, diff.asked.questions);
      }),
      { numRuns: 40 },
    );
  });

  test('a difference that anyone could meet is found', () => {
    const url = fc
      .tuple(
        fc.constantFrom('https://', 'http://'),
        fc.constantFrom(...HOSTS),
        fc.constantFrom('/', '/login', '/login/x', '/settings/tokens'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(policySource, policySource, url, client, (one, other, text, who) => {
        const question = parseQuestion(text);
        assert.ok(question.ok);
        const [was, is] = [compiled(one), compiled(other)];
        const asked = { question: question.value, client: who, method: 'GET', websocket: false, nowMs: NOW };
        const [before, after] = [was, is].map((policy) => answerOf(decideAsked(policy, asked)));
        assert.ok(before !== undefined && after !== undefined);
        if (changeBetween(before, after) !== 'effect') return;
        const { changes } = diffPolicies(was, is, ALL);
        assert.ok(
          changes.some(
            (group) => group.kind === 'effect' && group.was.act === before.act && group.is.act === after.act,
          ),
          text,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('a block that is planted at a host it lets through is named, with the place', () => {
    const place = fc.tuple(
      fc.constantFrom(...HOSTS.filter((host) => host.includes('.'))),
      fc.constantFrom('', '/planted', '/planted/*'),
    );
    fc.assert(
      fc.property(policySource, place, (source, [host, path]) => {
        const was = compiled(source);
        const is = compiled({
          ...source,
          block: [{ name: 'planted', to: `${host}${path}` }, ...blocksOf(source.block)],
        });
        const question = parseQuestion(`https://${host}${path.replace('*', 'x') || '/'}`);
        assert.ok(question.ok);
        const nobody = { user: null, groups: [], from: null, device: null, listener: null };
        const asked = {
          question: question.value,
          client: nobody,
          method: 'GET',
          websocket: false,
          nowMs: NOW,
        };
        const before = answerOf(decideAsked(was, asked));
        const after = answerOf(decideAsked(is, asked));
        if (before.act === 'block' || after.reason.rule !== 'planted') return;
        const { changes } = diffPolicies(was, is, ALL);
        const named = changes.filter((group) =>
          [group.is.reason.rule, group.is.wouldBlock?.rule].includes('planted'),
        );
        assert.ok(named.some(({ places }) => places.examples.some((at) => at.startsWith(`https://${host}`))));
      }),
      { numRuns: 100 },
    );
  });
});

function blocksOf<T>(block: string | readonly T[] | undefined): readonly (T | string)[] {
  if (block === undefined) return [];
  return typeof block === 'string' ? [block] : block;
}
