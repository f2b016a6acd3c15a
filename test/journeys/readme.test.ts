// The README's first deployment, from the page's own lines. Must not know what they do.
import assert from 'node:assert/strict';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { withoutNamespaces } from '../support/namespaces.ts';
import { ROOT, runToEnd } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

/** The shell block below the heading, without what the page remarks behind a line. */
function deploymentLines(): string[] {
  const [, page = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## A first real deployment');
  const block = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line !== '');
}

test("C7 the README's first deployment runs as it stands, as an ordinary user in an empty folder", async (t) => {
  if (withoutNamespaces(t)) return;
  const cwd = await tempDir(t);
  const packed = await runToEnd(t, ['npm', 'pack', '--silent', '--pack-destination', cwd], { cwd: ROOT });
  assert.equal(packed.status, 0, packed.stderr);
  const lines = deploymentLines();
  const at = lines.findIndex((line) => line.startsWith('gatewright '));
  const [setUp, commands] = [lines.slice(0, at), lines.slice(at)];
  assert.match(commands.at(-1) ?? '', /^gatewright run\b/);
  chownSync(cwd, NOBODY, NOBODY);
  // What npm asks the registry beside the packages themselves is no part of the page.
  const quiet = { npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false' };
  const env = { HOME: cwd, npm_config_cache: join(cwd, '.npm'), ...quiet };
  const does = (script: readonly string[], inFront: readonly string[]) =>
    runToEnd(t, [...inFront, ...AS_NOBODY, 'sh', '-euc', script.join('\n')], { cwd, env });
  const installed = await does(setUp, []);
  assert.deepEqual([installed.status, installed.stderr], [0, '']);
  // The ports that the page names are another gate's on this machine, and nobody's in a network of its own.
  const ran = await does(
    [
      ...setUp.filter((line) => line.startsWith('export ')),
      ...commands.slice(0, -1),
      `${commands.at(-1)} > said.txt & gate=$!`,
      'for try in $(seq 100); do gatewright status > status.txt && break; sleep 0.2; done',
      'kill $gate; wait $gate; cat status.txt',
    ],
    ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'],
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^ready /m);
  assert.match(readFileSync(join(cwd, 'gatewright-ca.pem'), 'utf8'), /^-----BEGIN CERTIFICATE-----/);
});
