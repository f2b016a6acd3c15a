// A worker of `gatewright run`, started by its main process alone, on the same Node.
// Plain JavaScript; must not know what a worker does.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// A checkout runs from its sources; a package has only what was compiled from them.
const source = existsSync(join(root, 'src')) ? ['src', 'ts'] : ['dist', 'js'];
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(root, source[0] ?? '', `${name}.${source[1]}`)).href);

if (process.send === undefined) {
  console.error('A worker is started by `gatewright run`, and by nothing else.');
  process.exit(1);
}
const { workerMain } = await load('cli/gate/worker');
await workerMain(async () => (await load('compose')).createActs());
