// The command on the wrong Node, and with settings that would open the gate.
import assert from 'node:assert/strict';
import test from 'node:test';
import { GATEWRIGHT, gatewright, runToEnd } from '../support/processes.ts';

const PRETEND =
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.2' } })";
// The re-executed process carries this variable; pretending stops there, or goes on to try the guard.
const ONCE = `if (process.env.GATEWRIGHT_ON_PINNED_NODE === undefined) ${PRETEND}`;
const preload = (script: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(script)}`,
];

test('R-58 gatewright re-executes itself on the pinned Node', async (t) => {
  const ended = await runToEnd(t, [process.execPath, ...preload(ONCE), GATEWRIGHT, 'version', '--json']);
  assert.equal(ended.status, 0, ended.stderr);
  assert.notEqual(JSON.parse(ended.stdout).node, '20.1.2');
});

test('R-58 gatewright hands its exit status through the pinned Node', async (t) => {
  const ended = await runToEnd(t, [process.execPath, ...preload(ONCE), GATEWRIGHT, 'nonsense']);
  assert.equal(ended.status, 1);
});

test('R-58 gatewright refuses an old Node with the reason, and does not loop', async (t) => {
  const ended = await runToEnd(t, [process.execPath, ...preload(PRETEND), GATEWRIGHT, 'version']);
  assert.equal(ended.status, 1);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /\^24\.18\.1 \|\| >=26\.5\.1.*20\.1\.2/);
  assert.equal(ended.stderr.trim().split('\n').length, 1);
});

const UNSAFE: readonly (readonly [name: string, options: readonly string[], env: Record<string, string>])[] =
  [
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ['--insecure-http-parser', ['--insecure-http-parser'], {}],
    ['--insecure_http_parser', ['--insecure_http_parser'], {}],
    ['NODE_OPTIONS=--insecure-http-parser', [], { NODE_OPTIONS: '--no-warnings --insecure-http-parser' }],
    ['NODE_OPTIONS=--tls-min-v1.0', [], { NODE_OPTIONS: '--tls-min-v1.0' }],
  ];

for (const [name, options, env] of UNSAFE) {
  test(`R-58 gatewright refuses ${name}`, async (t) => {
    const ended = await runToEnd(t, [process.execPath, ...options, GATEWRIGHT, 'version'], { env });
    assert.equal(ended.status, 1);
    assert.equal(ended.stdout, '');
  });
}

test('R-58 gatewright runs with options that harm nothing', async (t) => {
  const ended = await gatewright(t, ['version'], {
    env: { NODE_OPTIONS: '--no-warnings', NODE_TLS_REJECT_UNAUTHORIZED: '1' },
  });
  assert.equal(ended.status, 0, ended.stderr);
});
