// The gate, run as users run it: its command, a policy of everyday size, the record, the metrics, and users.
// Must not know how it is measured.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contestant, type ContestantKind, ENTERPRISE } from './contestant.ts';
import { freePlace, type Lab, type Place } from './lab.ts';
import { ADDRESSES, type Origin, SPLICED_HOST, STAMPED_HOST } from './origin.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const GATEWRIGHT = join(ROOT, 'bin', 'gatewright.js');
const CREDENTIALS = { user: 'dave', password: 'dave-bench' } as const;

/** Everything on: policy, record, metrics, proxy credentials; one worker per core that it may use. */
export const gate: ContestantKind = gateOf({ name: 'Gatewright', workers: 'auto' });
export const oneWorker: ContestantKind = gateOf({ name: 'Gatewright, one worker', workers: 1 });
export const twoWorkers: ContestantKind = gateOf({ name: 'Gatewright, two workers', workers: 2 });

function gateOf({
  name,
  workers,
}: {
  readonly name: string;
  readonly workers: number | 'auto';
}): ContestantKind {
  return { name, program: null, start: (lab, origin) => startGate(lab, origin, workers) };
}

async function startGate(lab: Lab, origin: Origin, workers: number | 'auto'): Promise<Contestant> {
  const files = await writeGateFiles(lab, origin, workers);
  const command = [process.execPath, ...nodeOptions(), GATEWRIGHT, 'run', '--config', files.settings];
  const running = await lab.start('proxy', command, files.place);
  const credentials = `${CREDENTIALS.user}:${CREDENTIALS.password}`;
  return { pid: running.pid, port: files.place.port, credentials, stop: () => running.stop() };
}

/** Everything off but the forwarding itself: what a policy, a record, metrics and users cost is the difference. */
export const bareGate: ContestantKind = {
  name: 'Gatewright, everything off',
  program: null,
  start: async (lab, origin) => {
    const files = await writeGateFiles(lab, origin);
    const program = join(dirname(fileURLToPath(import.meta.url)), 'bare-gate.ts');
    const command = [process.execPath, ...nodeOptions(), program, files.settings, files.barePolicy];
    const running = await lab.start('proxy', command, files.place);
    return { pid: running.pid, port: files.place.port, credentials: null, stop: () => running.stop() };
  },
};

/** Options for the Node of the gate, such as `--cpu-prof`, for whoever looks for time. */
function nodeOptions(): string[] {
  return (process.env['BENCH_NODE_OPTIONS'] ?? '').split(' ').filter((option) => option !== '');
}

interface GateFiles {
  readonly settings: string;
  readonly barePolicy: string;
  readonly place: Place;
}

async function writeGateFiles(lab: Lab, origin: Origin, workers: number | 'auto' = 1): Promise<GateFiles> {
  const place = await freePlace();
  const dir = join(lab.dir, `gate-${place.port}`);
  mkdirSync(dir);
  const settings = join(dir, 'gatewright.yaml');
  const barePolicy = join(dir, 'bare.policy.yaml');
  writeFileSync(join(dir, 'policy.yaml'), EVERYDAY_POLICY);
  writeFileSync(barePolicy, BARE_POLICY);
  writeFileSync(settings, settingsText({ place, admin: await freePlace(), origin, workers }));
  run(dir, ['ca', 'init', '--config', settings], '');
  run(
    dir,
    ['user', 'add', CREDENTIALS.user, '--file', 'users.htpasswd', '--password-stdin'],
    CREDENTIALS.password,
  );
  return { settings, barePolicy, place };
}

function run(cwd: string, args: readonly string[], input: string): void {
  execFileSync(process.execPath, [GATEWRIGHT, ...args], { cwd, input, stdio: ['pipe', 'ignore', 'inherit'] });
}

const BARE_POLICY = `
version: 1
restrict: { enterprises: ["${ENTERPRISE}"] }
allow: ["${STAMPED_HOST}"]
otherwise: block
`;

const EVERYDAY_POLICY = `
version: 1
restrict: { enterprises: ["${ENTERPRISE}"] }
exempt:
  - { name: open-source-network, from: [10.20.0.0/16, 10.21.0.0/16] }
  - { name: open-source-people, groups: [oss] }
  - { name: support-tickets, users: [alice], to: ["github.com/login/*", "github.com/session"] }
groups: { oss: [bob, carol], admins: [erin] }
copilot: { plans: [business] }
allow:
  - preset: github
  - preset: copilot
  - "${SPLICED_HOST}"
  - "*.example.org"
block:
  - preset: codespaces
  - preset: ssh
  - name: no-new-tokens
    to: ["github.com/settings/tokens*", "github.com/settings/personal-access-tokens*"]
    unless: { groups: [admins] }
otherwise: block
`;

function settingsText(parts: {
  readonly place: Place;
  readonly admin: Place;
  readonly origin: Origin;
  readonly workers: number | 'auto';
}): string {
  const { place, admin, origin, workers } = parts;
  const addresses = Object.entries(ADDRESSES).map(([host, address]) => `"${host}:443": "${address}:443"`);
  return `
policy: policy.yaml
listeners:
  - { name: staff, proxy: "${place.host}:${place.port}", credentials: required }
identity: { htpasswd: users.htpasswd }
ca: { dir: ca }
upstream:
  roots: ["${origin.certificates.ca}"]
  resolve: { ${addresses.join(', ')}, "*": null }
audit: { dir: audit }
admin: { listen: "${admin.host}:${admin.port}" }
workers: ${workers}
limits: { handshakesPerSecond: 100000 }
`;
}
