// Files that people name, and what may stand in their place.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readNamedFile, readRegularFile } from './regular-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'gw-regular-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
writeFileSync(at('file'), 'some text');
symlinkSync(at('file'), at('link'));
execFileSync('mkfifo', [at('pipe')]);
symlinkSync(at('pipe'), at('link-to-pipe'));
const server = createServer().listen(at('socket'));
await once(server, 'listening');
after(() => server.close());

for (const read of [readRegularFile, readNamedFile]) {
  describe(`C11 ${read.name}()`, () => {
    for (const name of ['file', 'link'])
      test(`reads a ${name}`, () => assert.equal(Buffer.from(read(at(name), fs)).toString(), 'some text'));
    const others = [
      ['pipe', 'EFTYPE'],
      ['link-to-pipe', 'EFTYPE'],
      ['socket', 'EFTYPE'],
      ['.', 'EISDIR'],
      ['nothing', 'ENOENT'],
    ];
    for (const [name = '', code] of others)
      test(`refuses ${name} with ${code} and does not wait`, () =>
        assert.throws(() => read(at(name), fs), { code }));
    test('refuses a device', () => assert.throws(() => read('/dev/null', fs), { code: 'EFTYPE' }));
  });
}

test('C11 readNamedFile() reads a pipe to its end, however slowly it comes', async () => {
  execFileSync('mkfifo', [at('busy')]);
  // What is written stays in the pipe while somebody could read it.
  const held = fs.openSync(at('busy'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const script = 'exec 3>"$0"; echo ready; printf one >&3; sleep 0.1; printf two >&3';
  const writer = spawn('sh', ['-c', script, at('busy')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(writer.stdout, 'data');
  assert.equal(Buffer.from(readNamedFile(at('busy'), fs)).toString(), 'onetwo');
  fs.closeSync(held);
});

test('C11 readRegularFile() refuses a pipe with a writer too', () => {
  const held = fs.openSync(at('pipe'), fs.constants.O_RDWR);
  assert.throws(() => readRegularFile(at('pipe'), fs), { code: 'EFTYPE' });
  fs.closeSync(held);
});
