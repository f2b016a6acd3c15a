// Where floods and faults are measured: a gate and its upstream in processes of their own, on this machine alone.
// Must not know what is measured.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createTestAuthority } from '../support/certificates.ts';
import { type GateProcess, startGateProcess, USUAL_LISTENERS } from '../support/gate.ts';
import { officePolicy, UPSTREAM_NAMES } from '../support/office.ts';
import { ROOT, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { TestScope } from '../support/test-scope.ts';
import type { Flood, Target } from './flood.ts';

export interface Stage {
  readonly gate: GateProcess;
  /** PEM of what upstream's certificate is believed by. */
  readonly upstreamRoots: string;
  /** Runs a flood in a process of its own, to its end; resolves with what it sent. */
  readonly flood: (flood: Flood, seconds: number) => Promise<number>;
}

/** What differs from the defaults: slow ones are ended within a flood, so that the table shows it. */
export const STAGE_LIMITS = {
  connectHeadTimeout: '2s',
  headTimeout: '2s',
  sniffTimeout: '2s',
  handshakeTimeout: '2s',
  idleTimeout: '3s',
  answerTimeout: '3s',
} as const;

/** Starts upstream and the gate. */
export async function openStage(t: TestScope, before: readonly string[] = []): Promise<Stage> {
  const authority = await createTestAuthority({ name: 'Upstream Root' });
  const leaf = await authority.issue({ names: UPSTREAM_NAMES });
  const dir = await tempDir(t);
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  writeFileSync(files.cert, String(leaf.cert));
  writeFileSync(files.key, String(leaf.key));
  const origin = start(t, [process.execPath, join(import.meta.dirname, 'origin.ts'), files.cert, files.key]);
  const upstreamPort = Number((await origin.until(/^\d+\n/)).trim());
  const gate = await startGateProcess(
    t,
    {
      policy: stringify(officePolicy()),
      resolve: { '*': `127.0.0.1:${upstreamPort}` },
      roots: authority.rootPem,
      listeners: USUAL_LISTENERS,
      users: ['dave'],
      limits: STAGE_LIMITS,
    },
    { before },
  );
  return {
    gate,
    upstreamRoots: authority.rootPem,
    flood: (flood, seconds) => runFlood(gate, flood, seconds),
  };
}

function runFlood(gate: GateProcess, flood: Flood, seconds: number): Promise<number> {
  const target: Target = {
    seconds,
    port: gate.port('open'),
    staffPort: gate.port('staff'),
    balancedPort: gate.port('balanced'),
  };
  const attack = [
    process.execPath,
    join(import.meta.dirname, 'attack.ts'),
    flood.name,
    JSON.stringify(target),
  ];
  // The member's requests are measured beside it, and must not wait for it.
  const child = spawn('nice', ['-n', '10', ...attack], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => child.once('close', () => resolve(Number(said.trim() || 0))));
}
