// The firewall rules that the documentation gives away, and the self-test of a network, in networks of this machine
// that lead nowhere. Must not know how either is made.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createSelfSigned } from '../support/certificates.ts';
import {
  buildCompany,
  type Company,
  GATE,
  INSIDE,
  WORLD,
  withoutIpv6,
  withoutNamespaces,
} from '../support/namespaces.ts';
import { GATEWRIGHT, ROOT, runToEnd, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireTool } from '../support/tools.ts';

const RULES = readFileSync(join(ROOT, 'examples', 'nftables.conf'), 'utf8');
/** An ordinary user that every system has. */
const NOBODY = 65_534;

/** One of the two tables, with this company's addresses. */
function rules(table: 'router' | 'host'): string {
  const defines = RULES.split('\n').filter((line) => line.startsWith('define '));
  const own = defines
    .join('\n')
    .replace(/define inside = .*/, `define inside = "${INSIDE}"`)
    .replace(/define gate4 = .*/, `define gate4 = ${GATE.v4}`)
    .replace(/define gate6 = .*/, `define gate6 = ${GATE.v6}`)
    .replace(/define gate_user = .*/, `define gate_user = ${NOBODY}`);
  const block = new RegExp(`^table inet gatewright_${table} \\{$[^]*?^\\}$`, 'm').exec(RULES)?.[0];
  assert.ok(block !== undefined);
  return `${own}\n${block}\n`;
}

interface Tried {
  readonly id: string;
  readonly destination: string;
  readonly result: 'closed' | 'open' | 'unknown';
}

/** Which probes found a way, by their ids, with the exit status. */
async function selftest(
  t: TestContext,
  command: readonly string[],
  options: readonly string[],
): Promise<{
  readonly status: number | null;
  readonly open: readonly string[];
  readonly tried: readonly Tried[];
}> {
  const ended = await runToEnd(t, [
    ...[...command, process.execPath, GATEWRIGHT, 'selftest', 'egress', '--json'],
    ...['--timeout', '10', ...options],
  ]);
  assert.equal(ended.stderr, '');
  const said: { readonly closed: boolean; readonly probes: readonly Tried[] } = JSON.parse(ended.stdout);
  assert.equal(said.closed, ended.status === 0);
  const open = said.probes.filter(({ result }) => result === 'open').map(({ id }) => id);
  return { status: ended.status, open: [...new Set(open)], tried: said.probes };
}

async function companyWithWorld(t: TestContext): Promise<Company> {
  const company = buildCompany(t);
  const dir = await tempDir(t);
  const { cert, key } = await createSelfSigned({ names: ['github.com'] });
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key);
  const program = join(ROOT, 'test', 'support', 'outside-world.ts');
  const world = start(t, [
    ...[...company.within('world'), process.execPath, program, join(dir, 'cert.pem'), join(dir, 'key.pem')],
  ]);
  await world.until(/the world is there/);
  return company;
}

const EVERY_WAY = [
  ...['direct-web', 'direct-address', 'codespaces', 'ssh', 'ssh-443'],
  ...['quic', 'dns-over-tls', 'dns-over-https'],
];

test('nft accepts examples/nftables.conf', (t) => {
  if (requireTool(t, 'nft') === null || withoutNamespaces(t)) return;
  execFileSync('nft', ['-c', '-f', join(ROOT, 'examples', 'nftables.conf')], { stdio: 'pipe' });
});

for (const family of ['v4', 'v6'] as const) {
  test(`gatewright selftest egress finds every way open over IP${family} without rules, and none behind the router`, async (t) => {
    if (withoutNamespaces(t) || (family === 'v6' && withoutIpv6(t))) return;
    const company = await companyWithWorld(t);
    const there = ['--resolve', `*=${WORLD[family]}`];
    const before = await selftest(t, company.within('client'), there);
    assert.deepEqual([before.status, before.open], [4, EVERY_WAY]);
    assert.ok(before.tried.every(({ result }) => result === 'open'));

    company.rule('router', rules('router'));
    const client = await selftest(t, company.within('client'), there);
    assert.deepEqual([client.status, client.open], [0, []]);

    // The gate's host may leave, and for the web alone.
    const gate = await selftest(t, company.within('gate'), there);
    assert.deepEqual(gate.open, ['direct-web', 'direct-address', 'codespaces', 'ssh-443', 'dns-over-https']);
    const counters = execFileSync('ip', [...company.within('router').slice(1), 'nft', 'list', 'counters'], {
      encoding: 'utf8',
    });
    for (const name of ['quic', 'ssh', 'dns_over_tls', 'direct', 'gate_elsewhere'])
      assert.match(counters, new RegExp(`counter ${name} \\{\\s+packets [1-9]`), name);
  });
}

test("only the gate's user leaves the gate's own machine under examples/nftables.conf", async (t) => {
  if (withoutNamespaces(t)) return;
  const company = await companyWithWorld(t);
  company.rule('gate', rules('host'));
  const within = company.within('gate');
  const there = ['--resolve', `*=${WORLD.v4}`];
  const web = [...there, '--target', 'direct-web'];
  assert.deepEqual((await selftest(t, within, web)).open, []);
  const asGate = [...within, 'setpriv', `--reuid=${NOBODY}`, '--clear-groups'];
  assert.deepEqual((await selftest(t, asGate, web)).open, ['direct-web']);
  assert.deepEqual((await selftest(t, asGate, [...there, '--target', 'ssh', '--target', 'quic'])).open, []);
});
