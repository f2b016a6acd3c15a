// Every worked decision, through the core.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultText } from '../../src/core/base/document.ts';
import { parseIpAddress } from '../../src/core/base/ip-address.ts';
import { compilePolicy } from '../../src/core/policy/compile.ts';
import { decideAsked, explain } from '../../src/core/policy/explain.ts';
import { parsePolicy } from '../../src/core/policy/parse.ts';
import type { Policy } from '../../src/core/policy/policy.ts';
import { parseQuestion } from '../../src/core/policy/question.ts';
import { loadCases, type PolicyCase } from './load-cases.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

function policyOf(row: PolicyCase): Policy {
  const parsed = parsePolicy({ text: row.policyText, file: `${row.policyName}.yaml` }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: row.policyName });
}

describe('decide() on a worked case', () => {
  for (const row of loadCases()) {
    test(row.title, () => {
      const question = parseQuestion(row.to);
      assert.ok(question.ok);
      const address = row.from === null ? null : parseIpAddress(row.from);
      assert.ok(address === null || address.ok);
      const client = {
        user: row.user,
        groups: row.groups,
        from: address?.value ?? null,
        device: row.device,
        listener: row.listener,
      };
      const { method, websocket, expected } = row;
      const asked = { question: question.value, client, method, websocket, nowMs: NOW };
      const answer = explain(policyOf(row), asked);
      assert.equal(answer.verdict, expected.verdict, answer.text);
      if (expected.code !== null) assert.equal(answer.reason.code, expected.code, answer.text);
      if (expected.restricted !== null) assert.equal(answer.restricted, expected.restricted);
      if (expected.rule !== null) assert.equal(answer.reason.rule, expected.rule);
      assert.equal(answer.reason.exemption, expected.exemption);
      assert.equal(answer.wouldBlock?.code ?? null, expected.wouldBlock);
      const stamp = answer.edits.find((edit) => edit.op === 'overwrite');
      if (expected.value !== null) assert.equal(stamp?.value, expected.value);
      assert.equal(answer.edits.length, answer.verdict === 'forward' && answer.stage === 'request' ? 1 : 0);
      const decision = decideAsked(policyOf(row), asked);
      if (expected.status !== null)
        assert.equal(decision.kind === 'block' && decision.status, expected.status);
    });
  }
});
