// The demo as a newcomer meets it: its four commands answer as printed, and Ctrl-C ends it.
import assert from 'node:assert/strict';
import { chownSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { GATEWRIGHT, gatewright, runToEnd, type Started, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireTool } from '../support/tools.ts';

test('gatewright demo prints four commands that answer as it says', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  const { cwd, output, demo } = await startDemo(t);
  const commands = [...output.matchAll(/^(curl .*)\n# → HTTP (\d+)(.*)$/gm)];
  assert.equal(commands.length, 4);
  for (const [, command = '', status, rest = ''] of commands) {
    const ended = await runToEnd(t, ['sh', '-c', command], { cwd });
    // The answer to the CONNECT comes first.
    const statuses = [...ended.stdout.matchAll(/^HTTP\/\S+ (\d+)/gm)].map((match) => match[1]);
    assert.equal(statuses.at(-1), status, `${command}\n${ended.stdout}${ended.stderr}`);
    const quoted = /\{(.*), …\}|"(.*)"/
      .exec(rest)
      ?.slice(1)
      .find((part) => part !== undefined);
    if (quoted !== undefined) assert.ok(ended.stdout.includes(quoted), `${command}\n${ended.stdout}`);
  }
  demo.child.kill('SIGINT');
  assert.equal((await demo.ended).status, 0);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`gatewright demo ends with 0 on ${signal}, told twice at once`, async (t) => {
    const { demo } = await startDemo(t);
    demo.child.kill(signal);
    demo.child.kill(signal);
    const ended = await demo.ended;
    assert.deepEqual([ended.status, ended.signal], [0, null], ended.stderr);
  });
}

test('R-59 gatewright demo runs as an ordinary user', async (t) => {
  const cwd = await tempDir(t);
  // Root becomes somebody else; whoever is ordinary already stays who they are.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(cwd, NOBODY, NOBODY);
  const demo = start(t, [process.execPath, GATEWRIGHT, 'demo', '--free-ports'], {
    cwd,
    uid: isRoot ? NOBODY : undefined,
  });
  await demo.until(/Ctrl-C stops all\.\n/);
  demo.child.kill('SIGINT');
  assert.equal((await demo.ended).status, 0);
});

test('gatewright demo says in one line that a port is taken', async (t) => {
  const holder = createServer();
  // Whoever else holds the port serves as well.
  await new Promise((resolve) =>
    holder.once('listening', resolve).once('error', resolve).listen(3128, '127.0.0.1'),
  );
  t.after(() => holder.close());
  const ended = await gatewright(t, ['demo'], { cwd: await tempDir(t) });
  assert.equal(ended.status, 1);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /^.*127\.0\.0\.1:\d+.*\n$/);
});

test('gatewright demo says in one line that its folder cannot be made', async (t) => {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'note'), '');
  const ended = await gatewright(t, ['demo', '--free-ports', '--dir', 'note/state'], { cwd });
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /^.*note\/state.*\n$/);
});

const NOBODY = 65_534;

async function startDemo(
  t: TestContext,
): Promise<{ readonly cwd: string; readonly output: string; readonly demo: Started }> {
  const cwd = await tempDir(t);
  const demo = start(t, [process.execPath, GATEWRIGHT, 'demo', '--free-ports'], { cwd });
  return { cwd, demo, output: await demo.until(/Ctrl-C stops all\.\n/) };
}
