// A running gate that watches GitHub's list: through its own resolver and roots, from the simulated GitHub.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { AuditEvent, GateEvent } from '../../src/core/record/events.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { startTestGate, type TestGate } from '../support/gate.ts';
import { freshGithub } from '../support/simulated-github.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilDone } from '../support/until.ts';

const POLICY = (allow: string): string =>
  `version: 1\nallow: [{ preset: github }, { preset: copilot }, ${allow}]\nblock: [{ preset: codespaces }]\notherwise: block\n`;

async function watching(t: TestScope & Parameters<typeof freshGithub>[0], roots?: string): Promise<TestGate> {
  const github = await freshGithub(t);
  return startTestGate(t, {
    policy: POLICY('old.githubapp.com'),
    roots: roots ?? github.simulator.caPem,
    resolve: { 'api.github.com:443': `127.0.0.1:${github.simulator.port}`, '*': null },
    allowlist: { meta: 'https://api.github.com/meta', categories: ['website', 'copilot'] },
  });
}

function isDrift(event: AuditEvent): event is GateEvent {
  return event.kind === 'gate' && event.what === 'allowlist-drift';
}

async function admin(gate: TestGate, path: string): Promise<string> {
  const token = readFileSync(join(gate.dir, 'admin-token'), 'utf8').trim();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { authorization: `Bearer ${token}` };
  request(`${gate.adminUrl}${path}`, { headers, agent: false }, (answer) =>
    text(answer).then(resolve, reject),
  )
    .on('error', reject)
    .end();
  return promise;
}

/** The metrics, once they have this line. */
async function metricsWith(gate: TestGate, line: RegExp): Promise<string> {
  return untilDone(async () => {
    const metrics = await admin(gate, '/metrics');
    assert.match(metrics, line);
    return metrics;
  });
}

test('a gate tells at its start what GitHub publishes and the policy lacks, and again when the policy changes', async (t) => {
  const gate = await watching(t);
  const first = await gate.event(isDrift);
  assert.ok(isDrift(first));
  const { missing, unpublished, unreadable, first: names, source } = first.detail;
  assert.deepEqual([missing, unpublished, unreadable], [1, 1, 0]);
  assert.equal(names, 'missing *.github.io, unpublished old.githubapp.com');
  assert.equal(source, 'https://api.github.com/meta');
  const report = JSON.parse(await admin(gate, '/api/v1/allowlist'));
  assert.equal(report.drift, true);
  assert.equal(
    report.diff.published.find((each: { pattern: string }) => each.pattern === 'github.dev').state,
    'blocked',
  );
  const metrics = await admin(gate, '/metrics');
  assert.match(metrics, /^gatewright_allowlist_drift\{state="missing"\} 1$/m);
  assert.match(metrics, /^gatewright_allowlist_checks_total\{outcome="fetched"\} 1$/m);

  gate.forgetEvents();
  await gate.setPolicy(POLICY('"*.github.io"'));
  const second = await gate.event(isDrift);
  assert.ok(isDrift(second));
  assert.deepEqual(
    [second.detail['missing'], second.detail['unpublished'], second.detail['first']],
    [0, 0, ''],
  );
});

test('a list that cannot be had is counted, and stops no traffic', async (t) => {
  const gate = await watching(t, (await createTestAuthority()).rootPem);
  const metrics = await metricsWith(gate, /checks_total\{outcome="failed"\} 1/);
  assert.doesNotMatch(metrics, /^gatewright_allowlist_drift\{/m);
  const { failure, diff } = JSON.parse(await admin(gate, '/api/v1/allowlist'));
  assert.match(failure, /^upstream-certificate: /);
  assert.equal(diff, null);
  assert.match(await admin(gate, '/readyz'), /"ready"/);
});
