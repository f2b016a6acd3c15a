// `gatewright walkthrough` against whole demos: all as expected, and what it says when something is not.
// Must not know how scenes are played.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createActs } from '../../src/compose.ts';
import * as page from '../contract/seed-page.ts';
import { cleanVariables } from '../support/clients.ts';
import { sayTo } from '../support/command-line.ts';
import { type Ended, GATEWRIGHT, gatewright, ROOT, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const DEMO_POLICY = join(ROOT, 'examples', 'demo.policy.yaml');
const MONA = 'ghp_MonaOctoClassic000000000000000000000';
const LISA = 'ghp_MonalisaClassic000000000000000000000';

interface OpenDemo {
  readonly folder: string;
  readonly office: string;
  /** As carol, who is exempt. */
  readonly exempt: string;
  /** `--admin … --token-file …` */
  readonly access: readonly string[];
  /** What leads a tour through it. */
  readonly tour: readonly string[];
}

async function openDemo(scope: TestScope, policyFile: string = DEMO_POLICY): Promise<OpenDemo> {
  const folder = await tempDir(scope);
  const ports = { office: 0, staff: 0, balanced: 0, admin: 0, simulator: 0 };
  const started = await createActs().startDemo({ folder, policyFile, ports });
  if (!started.ok) throw new Error(`The demo did not start: ${JSON.stringify(started.error)}`);
  scope.after(() => started.value.stop());
  const { gate, simulator } = started.value;
  const access = ['--admin', gate.adminUrl, '--token-file', join(folder, 'admin-token')];
  const direct = simulator.url.replace('https://', '');
  const listener = (wanted: string): string => gate.listeners.find(({ name }) => name === wanted)?.url ?? '';
  const exempt = listener('staff').replace('http://', 'http://carol:carol-demo@');
  return {
    folder,
    office: listener('office'),
    exempt,
    access,
    tour: [...access, '--ca', gate.caFile, '--direct', direct],
  };
}

interface Row {
  readonly section: string;
  readonly where: string;
  readonly what: string;
  readonly outcome: 'expected' | 'different' | 'skipped';
  readonly expected?: { readonly status: number; readonly by: string; readonly text: string | null };
  readonly seen?: { readonly status: number; readonly by: string; readonly text: string | null };
  readonly why?: string;
}

async function walk(
  t: TestContext,
  demo: OpenDemo,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const env = { ...cleanVariables(demo.folder), COLUMNS: '120', ...variables };
  return gatewright(t, ['walkthrough', ...args], { env });
}

function rowsOf(ended: Ended): readonly Row[] {
  return JSON.parse(ended.stdout).rows;
}

/** The words of GitHub's own 400s and 403s, each once. */
function refusalsIn(rows: readonly Row[]): ReadonlySet<string | null> {
  const seen = rows.flatMap((row) => (row.seen?.by === 'GitHub' ? [row.seen] : []));
  return new Set(seen.filter(({ status }) => status === 400 || status === 403).map(({ text }) => text));
}

async function stampOf(demo: OpenDemo): Promise<string> {
  const said = await sayTo(['stamp', 'status', '--json', ...demo.access]);
  return JSON.parse(said.stdout).stamp;
}

const shared = await openDemo(fileScope());

test('walkthrough plays the whole page in under 20 seconds, all as expected and refused in its words', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const startMs = performance.now();
  const ended = await walk(t, shared, [...shared.tour, '--json']);
  assert.ok(performance.now() - startMs < 20_000);
  assert.deepEqual([ended.status, ended.stderr], [0, '']);
  const rows = rowsOf(ended);
  assert.deepEqual(
    rows.filter(({ outcome }) => outcome !== 'expected'),
    [],
  );
  assert.deepEqual(
    [...new Set(rows.map(({ section }) => section))],
    [
      'Web activity',
      'Git activity',
      'API requests',
      'Installation tokens',
      'Copilot',
      'Lifting the restriction for certain users',
      'Unsupported features',
      'Troubleshooting',
    ],
  );
  const { WEB_OCTO, API_OCTO, INSTALLATION_OCTO, UNKNOWN, MANY, HEADERS } = page;
  assert.deepEqual(
    refusalsIn(rows),
    new Set([WEB_OCTO, API_OCTO, INSTALLATION_OCTO, UNKNOWN, MANY, HEADERS]),
  );
  assert.equal(await stampOf(shared), 'on');
});

test('walkthrough prints what docs/walkthrough.md shows, a second time too', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const shown = /```text\n(.*?)```/s.exec(readFileSync(join(ROOT, 'docs', 'walkthrough.md'), 'utf8'))?.[1];
  const ended = await walk(t, shared, shared.tour);
  assert.deepEqual([ended.status, ended.stdout.trimStart()], [0, shown]);
});

test('walkthrough puts the stamp back as it found it', async (t) => {
  await sayTo(['stamp', 'off', ...shared.access]);
  t.after(() => sayTo(['stamp', 'on', ...shared.access]));
  const ended = await walk(t, shared, shared.tour);
  assert.deepEqual([ended.status, await stampOf(shared)], [0, 'off']);
});

test('walkthrough stops on SIGINT where it is, and puts the stamp back', async (t) => {
  await sayTo(['stamp', 'off', ...shared.access]);
  t.after(() => sayTo(['stamp', 'on', ...shared.access]));
  const command = [process.execPath, GATEWRIGHT, 'walkthrough', ...shared.tour];
  const { child, until, ended } = start(t, command, { env: cleanVariables(shared.folder) });
  // The scenes at the beginning are played inside, for which the stamp was switched on.
  await until(/^ok +inside /m);
  child.kill('SIGINT');
  assert.deepEqual([(await ended).status, await stampOf(shared)], [1, 'off']);
});

test('walkthrough ends with 1 under a policy that stamps nothing, and names what differs', async (t) => {
  const policyFile = join(await tempDir(t), 'policy.yaml');
  const policy = readFileSync(DEMO_POLICY, 'utf8')
    .replace(/^restrict:\n.*\n/m, '')
    .replace(/^exempt:\n(?: .*\n)+/m, '');
  writeFileSync(policyFile, policy);
  const demo = await openDemo(t, policyFile);
  const ended = await walk(t, demo, [...demo.tour, '--json']);
  assert.equal(ended.status, 1);
  const rows = rowsOf(ended);
  const refused = rows.filter(({ expected }) => expected?.status === 403 && expected.by === 'GitHub');
  assert.equal(refused.length, 20);
  assert.deepEqual(
    refused.filter(({ outcome }) => outcome !== 'different'),
    [],
  );
  const unrestricted = rows.filter(({ section }) => section === 'Unsupported features');
  assert.deepEqual(
    unrestricted.map(({ outcome }) => outcome),
    ['expected', 'expected', 'expected'],
  );
});

test('walkthrough ends with 1 where GitHub does not know the enterprise', async (t) => {
  const demo = await openDemo(t);
  const url = 'https://api.github.com/enterprises/octo-corp/access-restrictions/disable';
  const asMember = ['-X', 'POST', '-H', `Authorization: Bearer ${MONA}`];
  const curl = ['curl', '-sSf', '-o', '/dev/null', ...asMember, url];
  if (requireTool(t, 'curl') === null) return;
  const through = ['exec', '--proxy', demo.office, '--ca', join(demo.folder, 'ca.pem'), '--', ...curl];
  assert.equal((await gatewright(t, through)).status, 0);
  const ended = await walk(t, demo, demo.tour);
  assert.equal(ended.status, 1);
  assert.match(ended.stdout, /^NOT {2}inside .*200 mona_octo +400 The enterprise named in the$/m);
});

const REAL = ['--github', 'https://github.com', '--enterprise', 'octo-corp', '--shortcode', 'octo'];
const realTour = ({ office, folder }: OpenDemo): readonly string[] => [
  ...REAL,
  '--proxy',
  office,
  '--ca',
  join(folder, 'ca.pem'),
  '--json',
];

test('walkthrough --github takes the tokens of the environment, skips by name, and switches nothing', async (t) => {
  const variables = {
    GATEWRIGHT_TOKEN_MEMBER: MONA,
    GATEWRIGHT_TOKEN_OUTSIDER: LISA,
    GATEWRIGHT_REPOSITORY_OUTSIDE: 'open-org/hello',
    GATEWRIGHT_PROXY_EXEMPT: shared.exempt,
  };
  const ended = await walk(t, shared, realTour(shared), variables);
  assert.equal(ended.status, 0, ended.stdout);
  const rows = rowsOf(ended);
  const playedIn = new Set(rows.filter(({ outcome }) => outcome === 'expected').map(({ where }) => where));
  assert.deepEqual(playedIn, new Set(['inside', 'exempt']));
  const why = (what: string): string | undefined => rows.find((row) => row.what === what)?.why;
  assert.equal(why("the member's github_pat_ token"), 'GATEWRIGHT_TOKEN_MEMBER_FINE is not set');
  assert.match(why("the outsider's ghp_ token") ?? '', /stamp/);
  assert.doesNotMatch(ended.stdout, /ghp_Mona|:carol-demo/);
});

test("walkthrough --github finds out that a member's token is none", async (t) => {
  const ended = await walk(t, shared, realTour(shared), { GATEWRIGHT_TOKEN_MEMBER: LISA });
  assert.equal(ended.status, 1);
});
