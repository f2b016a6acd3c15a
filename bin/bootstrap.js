#!/usr/bin/env node
// Makes sure that what package-lock.json names is installed, then runs the script it is given, on the pinned Node.
// Plain JavaScript for any Node from 18 on, without dependencies; must not know what the script does.
//
//   node bin/bootstrap.js                      only install what is missing
//   node bin/bootstrap.js tools/test.ts …      install, then run tools/test.ts …
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { become, mayRun, pinnedNode } from './_pinned-node.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...rest] = process.argv.slice(2);

// Two short retries: a machine without a network should say so in seconds, not minutes.
const PATIENCE = ['--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000'];
/** @type {import('node:child_process').SpawnSyncOptionsWithStringEncoding} */
const CAPTURED = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
/** @type {readonly { sign: RegExp, say: (code: string) => string }[]} */
const FAILURES = [
  {
    sign: /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/,
    say: (code) =>
      `Cannot install the packages: the npm registry cannot be reached (${code}). Connect to the network, or name another registry with \`npm config set registry URL\`, then run the command again.`,
  },
  {
    sign: /\b(?:EACCES|EPERM|EROFS)\b/,
    say: (code) =>
      `Cannot install the packages: ${join(root, 'node_modules')} cannot be written (${code}). Make the folder yours, or clone into a folder that is, then run the command again.`,
  },
  {
    sign: /\bENOSPC\b/,
    say: (code) =>
      `Cannot install the packages: the disk is full (${code}). Free about 500 MB, then run the command again.`,
  },
  {
    sign: /\bEINTEGRITY\b/,
    say: (code) =>
      `Cannot install the packages: the registry sent something else than package-lock.json names (${code}). Do not go on; ask who runs the registry.`,
  },
];

if (!isInstalled()) install();
if (script !== undefined) await run(resolve(script), rest);

/** npm writes node_modules/.package-lock.json when an installation is complete: it is the stamp to compare with. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null)
    fail('Cannot read package-lock.json: restore it with `git checkout package-lock.json`.');
  if (installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && !isForThisMachine(entry);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string[] }} Entry
 * @param {string} file
 * @returns {Record<string, Entry> | null}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/** @param {Entry} entry */
function isForThisMachine(entry) {
  /** @type {(wanted: string | string[] | undefined, actual: string) => boolean} */
  const fits = (wanted, actual) => wanted === undefined || [wanted].flat().includes(actual);
  // npm decides by libc, which Node does not tell in one word: packages that name one are left to npm.
  return fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && entry.libc === undefined;
}

function install() {
  console.error('Installing what package-lock.json names …');
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional', ...PATIENCE];
  const npm = process.env['npm_execpath'];
  const ran = npm?.endsWith('js')
    ? spawnSync(process.execPath, [npm, ...args], CAPTURED)
    : spawnSync('npm', args, { ...CAPTURED, shell: process.platform === 'win32' });
  if (ran.error !== undefined) {
    fail(`Cannot start npm (${ran.error.message}): install npm 9 or later, then run the command again.`);
  }
  if (ran.status !== 0) fail(whyNot(`${ran.stdout}\n${ran.stderr}`));
}

/** @param {string} output */
function whyNot(output) {
  const known = FAILURES.find(({ sign }) => sign.test(output));
  if (known !== undefined) return known.say(known.sign.exec(output)?.[0] ?? '');
  const first = /npm (?:error|ERR!) (?!code)(.*)/.exec(output)?.[1] ?? output.trim().split('\n')[0];
  return `Cannot install the packages: ${first}. Run \`npm ci\` to see everything that npm says.`;
}

/**
 * @param {string} line
 * @returns {never}
 */
function fail(line) {
  console.error(line);
  process.exit(1);
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 */
async function run(file, args) {
  if (mayRun(process.versions.node)) {
    process.argv.splice(1, process.argv.length, file, ...args);
    await import(pathToFileURL(file).href);
    return;
  }
  const node = pinnedNode(root);
  if (node === null) {
    return fail(
      `This needs Node ^24.18.1 || >=26.5.1, and ${process.versions.node} is running: install a newer Node, then run the command again.`,
    );
  }
  const error = await become(node, [file, ...args], process.env);
  fail(`Cannot start the pinned Node ${node}: ${error.message}. Install Node 26.5.1 or later.`);
}
