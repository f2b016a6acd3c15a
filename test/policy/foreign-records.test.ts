// Records that no gate wrote: whatever a line holds, it is counted, and nothing throws.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReportFold } from '../../src/core/record/record-report.ts';
import { readDecisionLine, readRecordLine } from '../../src/core/record/recorded.ts';
import { Replay } from '../../src/core/record/replay.ts';
import { sampleLines } from '../support/sample-record.ts';
import { compiled, policySource } from './generated-policies.ts';

const POLICY = compiled({
  version: 1,
  restrict: { enterprises: ['12345'], mode: 'report' },
  exempt: [{ users: ['u1'], until: '2026-11-20' }],
  allow: [{ preset: 'github' }],
  block: [{ to: 'github.com/settings/*' }],
  otherwise: 'splice',
});
const LINES = sampleLines(POLICY, {
  lines: 60,
  seed: 1,
  startMs: Date.parse('2026-11-20T23:59:55Z'),
  users: 9,
});

/** A line of a record with one value changed, one piece cut out, or nothing of a record at all. */
const line = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.constantFrom(...LINES), fc.nat(), fc.nat(80)).map(([text, at, length]) => {
    const from = at % text.length;
    return text.slice(0, from) + text.slice(from + length);
  }),
  fc.tuple(fc.constantFrom(...LINES), fc.nat(), fc.json()).map(([text, at, value]) => {
    const event: Record<string, unknown> = JSON.parse(text);
    const keys = Object.keys(event);
    return JSON.stringify({ ...event, [keys[at % keys.length] ?? 'v']: JSON.parse(value) });
  }),
);

test('whatever stands in a record, report and replay read on, and count every line', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), policySource, (lines, other) => {
      const fold = new ReportFold({ sinceMs: null, untilMs: null, top: 3 });
      const replay = new Replay(POLICY, compiled(other));
      let events = 0;
      let decisions = 0;
      for (const text of lines) {
        const event = readRecordLine(text);
        if (event !== null) fold.add(event);
        events += event === null ? 0 : 1;
        const decision = readDecisionLine(text);
        if (decision === null || decision === 'other') continue;
        replay.add(decision);
        decisions += 1;
      }
      const { events: counted } = fold.report();
      assert.equal(counted.decisions + counted.outcomes + counted.acts, events);
      const report = replay.report(3);
      const left = Object.values(report.notReplayed).reduce((sum, count) => sum + count, 0);
      assert.equal(report.replayed + left, decisions);
      assert.equal(report.unchanged + report.changed.connections + report.changed.requests, report.replayed);
    }),
    { numRuns: 300 },
  );
});
