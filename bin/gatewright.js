#!/usr/bin/env node
// The command `gatewright`: refuses a Node that would make the gate unsafe, then runs the command line.
// Plain JavaScript for any Node from 18 on; must not know the commands.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { become, endWithLauncher, mayRun, pinnedNode, pinnedPackage } from './_pinned-node.js';

// Set for the re-executed process, so that a wrong platform package cannot make a loop.
const AGAIN = 'GATEWRIGHT_ON_PINNED_NODE';
const UNSAFE_OPTION = /^--(?:insecure-http-parser|security-revert|tls-min-v1\.[01])(?:=|$)/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
refuseUnsafeSettings();
if (!mayRun(process.versions.node)) await onPinnedNode();
delete process.env[AGAIN];
endWithLauncher();
// A checkout runs from its sources; a package has only what was compiled from them.
const main =
  ['src/cli/main.ts', 'dist/cli/main.js'].map((path) => join(root, path)).find(existsSync) ??
  refuse(`Neither src/ nor dist/ is in ${root}: install the package gatewright again.`);
// V8 lets its young generation, and the buffers that die with it, grow by some 64 MB before it tidies up. Only `run`,
// whose requests per second count, is worth that; it sets V8's own measure again.
setFlagsFromString('--semi-space-growth-factor=1');
await (await import(pathToFileURL(main).href)).main();

function refuseUnsafeSettings() {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    refuse(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 would make the gate believe any certificate. Unset it; name the roots to trust in gatewright.yaml (upstream.roots).',
    );
  }
  // Node reads `_` as `-` in its options.
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/[\s"']+/)];
  const unsafe = options.find((option) => UNSAFE_OPTION.test(option.replaceAll('_', '-')));
  if (unsafe !== undefined) {
    refuse(`Node's option ${unsafe} opens ways to pass the gate unseen. Leave it out, also of NODE_OPTIONS.`);
  }
}

async function onPinnedNode() {
  const need = `gatewright needs Node ^24.18.1 || >=26.5.1, and ${process.versions.node} is running: older ones have faults in request parsing and TLS identity that let traffic pass the gate unseen.`;
  const node = pinnedNode(root);
  if (node === null || process.env[AGAIN] !== undefined) {
    const name = pinnedPackage();
    const mend =
      name === null ? '' : `, or install the package ${name} with it (npm install --include=optional)`;
    return refuse(`${need} Install a newer Node${mend}.`);
  }
  const self = fileURLToPath(import.meta.url);
  const error = await become(node, [...process.execArgv, self, ...process.argv.slice(2)], {
    ...process.env,
    [AGAIN]: '1',
  });
  refuse(`${need} The pinned Node ${node} cannot be started (${error.message}). Install a newer Node.`);
}

/**
 * @param {string} line
 * @returns {never}
 */
function refuse(line) {
  console.error(line);
  process.exit(1);
}
