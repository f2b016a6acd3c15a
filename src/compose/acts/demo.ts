// The demo: a simulated GitHub, and a gate in front of it that is set up like a real one, with its state in one folder.
// Must not know what either does.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DemoOptions, RunningDemo } from '../../acts.ts';
import { makeFolder } from '../../core/base/make-folder.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';
import { addUser } from '../../identity/htpasswd-edit.ts';
import { startGate } from '../gate/gate.ts';
import { thrownTrouble } from '../trouble.ts';
import { createAuthorityFor } from './ca.ts';
import { readPolicy } from './policy.ts';
import { startSimulator } from './simulator.ts';

/** Starts both, or neither. */
export async function startDemo(options: DemoOptions): Promise<Result<RunningDemo, Trouble>> {
  const folder = resolve(options.folder);
  const prepared = await prepare(folder, options.policyFile);
  if (!prepared.ok) return prepared;
  const { ports } = options;
  const simulator = await startSimulator({
    listen: { address: '127.0.0.1', port: ports.simulator },
    folder,
    worldFile: null,
  });
  if (!simulator.ok) return simulator;
  const giveUp = async (trouble: Trouble): Promise<Result<RunningDemo, Trouble>> => {
    await simulator.value.stop();
    return err(trouble);
  };
  const text = settingsText({ ...options, upstream: simulator.value.url.replace('https://', '') });
  const settings = parseSettings({ text, file: join(folder, 'gatewright.yaml') }, (path) =>
    resolve(folder, path),
  );
  if (!settings.ok) return giveUp({ kind: 'invalid', faults: settings.error });
  const gate = await startGate(settings.value, { workers: 0 });
  if (!gate.ok) return giveUp(gate.error);
  const caFile = trustBundle(folder, simulator.value.caFile);
  return ok({
    gate: { ...gate.value, caFile },
    simulator: simulator.value,
    broken: Promise.race([gate.value.broken, simulator.value.broken]),
    stop: async () => {
      await gate.value.stop();
      await simulator.value.stop();
    },
  });
}

/** What clients of the demo trust: the gate's CA, and the simulated GitHub's own, which they meet where the gate splices. */
function trustBundle(folder: string, simulatorCaFile: string): string {
  const file = join(folder, 'ca.pem');
  const parts = [join(folder, 'ca', 'ca.pem'), simulatorCaFile].map((part) =>
    readFileSync(part, 'utf8').trimEnd(),
  );
  writeFileSync(file, `${parts.join('\n')}\n`);
  return file;
}

const PEOPLE = [
  { user: 'dave', password: 'dave-demo' },
  { user: 'carol', password: 'carol-demo' },
];

async function prepare(folder: string, policyFile: string): Promise<Result<null, Trouble>> {
  try {
    makeFolder(folder, { mkdir: mkdirSync, parentOf: dirname });
    const policy = readPolicy({ file: policyFile, folder: resolve('.'), timeZone: 'UTC' });
    if (!policy.ok) return policy;
    const authority = await createAuthorityFor(join(folder, 'ca'), policy.value);
    if (!authority.ok) return authority;
    const users = join(folder, 'users.htpasswd');
    if (existsSync(users)) return ok(null);
    for (const { user, password } of PEOPLE) await addUser({ file: users, user, password });
    return ok(null);
  } catch (error) {
    return err(thrownTrouble(`Cannot set up the demo in "${folder}"`, error));
  }
}

/** The demo's own gatewright.yaml, as a real one would be written. */
function settingsText({ policyFile, ports, upstream }: DemoOptions & { readonly upstream: string }): string {
  return `policy: ${JSON.stringify(resolve(policyFile))}
listeners:
  - { name: office, proxy: "127.0.0.1:${ports.office}", credentials: none }
  - { name: staff, proxy: "127.0.0.1:${ports.staff}", credentials: required }
  - { name: balanced, proxy: "127.0.0.1:${ports.balanced}", credentials: none, proxyProtocol: ["127.0.0.0/8"] }
identity: { htpasswd: users.htpasswd }
ca: { dir: ca }
upstream:
  roots: [simulator/ca.pem]
  resolve: { "*": "${upstream}" }
audit: { dir: audit }
admin: { listen: "127.0.0.1:${ports.admin}", tokenFile: admin-token, stampSwitch: true }
limits: { drainTimeout: 2s }
refusal: { contact: "it-help@example.com" }
`;
}
