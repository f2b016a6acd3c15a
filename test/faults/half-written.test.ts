// Files that are changed under a running gate by writers of every kind: slow, in place, by a rename, while descriptors are
// short. Must not know how the gate reads them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { type GateWish, startGateProcess, startTestGate, type TestGate } from '../support/gate.ts';
import { openRaw } from '../support/raw-client.ts';
import { requireTool } from '../support/tools.ts';

const BEGINNING = 'version: 1\notherwise: block\nallow: [github.com]\nrestrict: { enterprises: ["12345"] }\n';
const REST = 'block: [{ name: x, to: github.com/x }]\n';
const WHOLE = `${BEGINNING}${REST}`;
const INCLUDING = 'version: 1\ninclude: more.yaml\notherwise: block\n';
const MORE = 'version: 1\nallow: [github.com]\n';

const authority = await createTestAuthority();
const wish: GateWish = { policy: WHOLE, resolve: {}, roots: authority.rootPem };
const slow = { ...wish, settleTime: '200ms' };

async function revisionOf(reloaded: ReturnType<TestGate['reload']>): Promise<string> {
  const { ok, ...rest } = await reloaded;
  assert.ok(ok, JSON.stringify(rest));
  return 'value' in rest ? rest.value.revision : '';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function loads(gate: TestGate): readonly string[] {
  return gate
    .events()
    .flatMap((event) =>
      event.kind === 'gate' && event.what === 'policy-loaded' ? [String(event.detail['revision'])] : [],
    );
}

test('R-65 A2 whoever asks for a reload in the middle of a write waits for its end; no beginning is ever in force', async (t) => {
  const gate = await startTestGate(t, slow);
  gate.writePolicy(BEGINNING);
  const asked = gate.reload();
  appendFileSync(join(gate.dir, 'policy.yaml'), `${REST}# another\n`);
  const whole = sha256(`${WHOLE}# another\n`).slice(0, 12);
  assert.equal(await revisionOf(asked), whole);
  assert.deepEqual(loads(gate), [whole]);
});

test('R-65 A2 an include that is being written is no version of its policy', async (t) => {
  const gate = await startTestGate(t, slow);
  writeFileSync(join(gate.dir, 'more.yaml'), MORE);
  gate.writePolicy(INCLUDING);
  const asked = gate.reload();
  appendFileSync(join(gate.dir, 'more.yaml'), REST);
  const digests = [INCLUDING, MORE + REST].map((text) => `${sha256(text)}\n`).join('');
  assert.equal(await revisionOf(asked), sha256(digests).slice(0, 12));
  assert.equal(loads(gate).length, 1);
});

test('R-65 A2 a gate that starts while its policy is written starts with the whole of it', async (t) => {
  const dir = Promise.withResolvers<string>();
  const starting = startTestGate(t, { ...slow, policy: BEGINNING, onFiles: dir.resolve });
  appendFileSync(join(await dir.promise, 'policy.yaml'), REST);
  const gate = await starting;
  assert.equal(await revisionOf(gate.reload()), sha256(WHOLE).slice(0, 12));
  assert.deepEqual(loads(gate), []);
});

test('R-65 A3 a policy that is changed during a flood of idle admin connections is taken', async (t) => {
  const tool = requireTool(t, 'prlimit');
  if (tool === null) return;
  const gate = await startGateProcess(t, { ...wish, workers: 1 }, { before: [tool, '--nofile=200:200'] });
  const port = Number(new URL(gate.adminUrl).port);
  for (let at = 0; at < 250; at += 1) await openRaw(t, port);
  gate.writePolicy(BEGINNING);
  await gate.event((event) => event.kind === 'gate' && event.what === 'policy-loaded');
  assert.deepEqual(loads(gate), [sha256(BEGINNING).slice(0, 12)]);
});
