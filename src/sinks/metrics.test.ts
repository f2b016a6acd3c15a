// Metrics as a scraper sees them, against the catalogue and its page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { METRICS } from '../core/record/metric-catalogue.ts';
import { Metrics } from './metrics.ts';
import { PastMeasures } from './past-measures.ts';

const READINGS = {
  recordHealthy: () => false,
  recordRefused: () => 3,
  policyRevision: () => 'abcdef012345',
  policyRefused: () => true,
  version: '0.1.0',
};

function metricsOf(t: TestContext): Metrics {
  const metrics = new Metrics(READINGS);
  t.after(() => metrics.close());
  return metrics;
}

test('Metrics shows what was counted', async (t) => {
  const metrics = metricsOf(t);
  metrics.connectionOpened('office');
  metrics.connectionOpened('office');
  metrics.connectionClosed('office');
  metrics.decided('request', 'forward', 'restricted');
  metrics.decided('request', 'forward', 'restricted');
  metrics.decided('connection', 'splice', 'not-named');
  metrics.answered('upstream', 200);
  metrics.took('upstream', 12);
  metrics.answered('none', 0);
  metrics.took('none', 12);
  metrics.answered('upstream', 9_999);
  metrics.took('upstream', 12);
  metrics.moved(10, 20);
  metrics.moved(1, 2);
  metrics.failed('client', 'client-gone');
  metrics.challenged('office');
  metrics.vendorSaid('github', 'refused');
  const text = await metrics.text();
  const lines = [
    'gatewright_connections_total{listener="office"} 2',
    'gatewright_connections_open{listener="office"} 1',
    'gatewright_decisions_total{stage="request",verdict="forward",code="restricted"} 2',
    'gatewright_decisions_total{stage="connection",verdict="splice",code="not-named"} 1',
    'gatewright_answers_total{by="upstream",status="200"} 1',
    'gatewright_answers_total{by="none",status="0"} 1',
    'gatewright_answers_total{by="upstream",status="other"} 1',
    'gatewright_answer_seconds_bucket{le="0.025",by="upstream"} 2',
    'gatewright_bytes_total{direction="in"} 11',
    'gatewright_bytes_total{direction="out"} 22',
    'gatewright_failures_total{side="client",code="client-gone"} 1',
    'gatewright_challenges_total{listener="office"} 1',
    'gatewright_vendor_answers_total{vendor="github",what="refused"} 1',
    'gatewright_record_healthy 0',
    'gatewright_record_refused_total 3',
    'gatewright_policy_info{revision="abcdef012345"} 1',
    'gatewright_policy_refused 1',
  ];
  for (const line of lines) assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
  assert.equal(
    await metrics.text().then((again) => again.includes(lines[0] ?? '')),
    true,
    'a scrape takes nothing away',
  );
});

test('Metrics shows every metric of the catalogue and no other', async (t) => {
  const text = await metricsOf(t).text();
  const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((found) => `${found[1]} ${found[2]}`);
  assert.deepEqual(
    shown,
    Object.values(METRICS).map(({ name, kind }) => `${name} ${kind}`),
  );
});

test('Metrics puts several processes together, and counts on from those that are gone', async (t) => {
  const [main, worker, gone] = [metricsOf(t), metricsOf(t), metricsOf(t)];
  const healthy = new Metrics({ ...READINGS, recordHealthy: () => true });
  t.after(() => healthy.close());
  main.readWorkers({ up: () => [[['1'], 1]], ends: () => [[['1', 'signal'], 2]] });
  for (const metrics of [worker, gone, healthy]) {
    metrics.connectionOpened('office');
    metrics.answered('upstream', 200);
    metrics.took('upstream', 12);
  }
  const past = new PastMeasures();
  await past.add(await gone.measures());
  await past.add([]);
  const text = await main.text([await worker.measures(), await healthy.measures(), past.sum()]);
  for (const line of [
    'gatewright_connections_total{listener="office"} 3',
    // What is open in a process ends with it.
    'gatewright_connections_open{listener="office"} 2',
    'gatewright_answers_total{by="upstream",status="200"} 3',
    'gatewright_answer_seconds_count{by="upstream"} 3',
    'gatewright_record_healthy 0',
    'gatewright_policy_info{revision="abcdef012345"} 1',
    'gatewright_worker_up{worker="1"} 1',
    'gatewright_worker_ends_total{worker="1",cause="signal"} 2',
  ])
    assert.ok(text.split('\n').includes(line), line);
});

test('Metrics stays bounded when a word is not from a short list', async (t) => {
  const metrics = metricsOf(t);
  for (let at = 0; at < 5_000; at += 1) metrics.failed('client', `code-${at}`);
  const text = await metrics.text();
  assert.ok(text.split('\n').length < 2_200);
  assert.ok(text.includes('gatewright_failures_total{side="other",code="other"} 3000'));
});

test('docs/metrics.md names every metric of the catalogue and no other', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \|/gm)];
  assert.deepEqual(
    named.map((row) => `${row[1]} ${row[2]} ${row[3]?.trim()}`),
    Object.values(METRICS).map(
      ({ name, kind, labels }) => `${name} ${kind} ${labels.map((label) => `\`${label}\``).join(', ')}`,
    ),
  );
});
