// Every worked decision, through the core.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultText } from '../../src/core/base/document.ts';
import { type IpAddress, parseIpAddress } from '../../src/core/base/ip-address.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { decideAsked, type Explanation, explain } from '../../src/core/policy/decide/explain.ts';
import { parseQuestion } from '../../src/core/policy/decide/question.ts';
import { REASON_CODES } from '../../src/core/policy/decision.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import { CASES_DAY, loadCases, type PolicyCase } from './load-cases.ts';

const NOW = Date.parse(`${CASES_DAY}T12:00:00Z`);

const COMPILED = new Map<string, Policy>();

function policyOf(row: PolicyCase): Policy {
  const known = COMPILED.get(row.policyName) ?? compiled(row);
  COMPILED.set(row.policyName, known);
  return known;
}

function compiled(row: PolicyCase): Policy {
  const parsed = parsePolicy({ text: row.policyText, file: `${row.policyName}.yaml` }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: row.policyName });
}

/** The answer to a row's question, the HTTP status where it is a block, and the stamp that report mode held back. */
function answerOf(row: PolicyCase): {
  readonly answer: Explanation;
  readonly status: number | null;
  readonly wouldStamp: string | null;
} {
  const question = parseQuestion(row.to);
  assert.ok(question.ok);
  const { user, groups, device, listener, method, websocket } = row;
  const client = { user, groups, from: addressOf(row.from), device, listener };
  const asked = { question: question.value, client, method, websocket, nowMs: NOW };
  const policy = policyOf(row);
  const decision = decideAsked(policy, asked);
  return {
    answer: explain(policy, asked),
    status: decision.kind === 'block' ? decision.status : null,
    wouldStamp: decision.kind === 'forward' ? (decision.wouldStamps[0]?.value ?? null) : null,
  };
}

function addressOf(text: string | null): IpAddress | null {
  if (text === null) return null;
  const address = parseIpAddress(text);
  assert.ok(address.ok);
  return address.value;
}

describe('decide() on a worked case', () => {
  for (const row of loadCases()) {
    test(row.title, () => {
      const { answer, status, wouldStamp } = answerOf(row);
      const { expected } = row;
      assert.equal(answer.verdict, expected.verdict, answer.text);
      if (expected.code !== null) assert.equal(answer.reason.code, expected.code, answer.text);
      if (expected.restricted !== null) assert.equal(answer.restricted, expected.restricted);
      if (expected.rule !== null) assert.equal(answer.reason.rule, expected.rule);
      assert.equal(answer.reason.exemption, expected.exemption);
      assert.equal(answer.wouldBlock?.code ?? null, expected.wouldBlock);
      if (expected.wouldStamp !== undefined) assert.equal(wouldStamp, expected.wouldStamp);
      const stamp = answer.edits.find((edit) => edit.op === 'overwrite');
      if (expected.value !== null) assert.equal(stamp?.value, expected.value);
      assert.equal(answer.edits.length, answer.verdict === 'forward' && answer.stage === 'request' ? 1 : 0);
      if (expected.status !== null) assert.equal(status, expected.status);
    });
  }

  test('of which there is one for every reason code', () => {
    const seen = new Set(loadCases().map((row) => answerOf(row).answer.reason.code));
    // A client that names another host is no question that a URL can ask; decide-request.test.ts asks it.
    assert.deepEqual(
      REASON_CODES.filter((code) => !seen.has(code)),
      ['authority-mismatch'],
    );
  });
});
