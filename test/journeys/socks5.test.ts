// Real clients by SOCKS5, in front of the simulated GitHub: who is stamped, refused and let through, and what they are
// told. Must not know how the gate works.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openBrowser } from '../support/browser.ts';
import { cleanVariables } from '../support/clients.ts';
import { openDemo } from '../support/demo.ts';
import { startTestGate } from '../support/gate.ts';
import { gitOf } from '../support/git.ts';
import { type Ended, runToEnd } from '../support/processes.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const demo = await openDemo(file);
const gate = await startTestGate(file, {
  policy: readFileSync(new URL('../../examples/demo.policy.yaml', import.meta.url), 'utf8'),
  roots: readFileSync(join(demo.folder, 'simulator', 'ca.pem'), 'utf8'),
  resolve: { '*': new URL(demo.simulatorUrl).host },
  users: ['dave', 'carol'],
  listeners: [
    { name: 'tools', door: 'socks' },
    { name: 'tools-staff', door: 'socks', credentials: 'required' },
    { name: 'office' },
  ],
});
const caFile = join(gate.dir, 'clients-ca.pem');
writeFileSync(caFile, gate.caPem);
const OUTSIDER = 'Authorization: Bearer ghp_MonalisaClassic000000000000000000000';
const MEMBER = 'Authorization: Bearer ghp_MonaOctoClassic000000000000000000000';

function proxy(scheme: 'socks5' | 'socks5h', listener = 'tools', who = ''): string {
  return `${scheme}://${who}127.0.0.1:${gate.port(listener)}`;
}

async function curl(t: TestContext, proxyUrl: string, args: readonly string[]): Promise<Ended> {
  const command = ['curl', '--silent', '--show-error', '--write-out', '%{http_code} %{http_version}'];
  const trust = ['--proxy', proxyUrl, '--cacert', caFile];
  return runToEnd(t, [...command, ...trust, ...args], { env: cleanVariables(gate.dir) });
}

for (const [flag, version] of [
  ['--http1.1', '1.1'],
  ['--http2', '2'],
] as const)
  test(`curl ${flag} by SOCKS5: an outsider is refused by GitHub, a member is not`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const place = 'https://api.github.com/user';
    const outsider = await curl(t, proxy('socks5h'), [flag, '-H', OUTSIDER, place]);
    assert.match(
      outsider.stdout,
      new RegExp(`blocked access to GitHub[\\s\\S]*403 ${version}$`),
      outsider.stderr,
    );
    const member = await curl(t, proxy('socks5h'), [flag, '-H', MEMBER, place]);
    assert.match(member.stdout, new RegExp(`200 ${version}$`), member.stderr);
    const { decision } = await gate.pair(
      ({ stage, stamps }) => stage === 'request' && stamps.some(({ value }) => value === '12345'),
    );
    assert.equal(decision.client.user, null);
  });

test('curl by SOCKS5 with a password: carol is exempt, dave is not, a wrong one is told so', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  const asks = (who: string): Promise<Ended> =>
    curl(t, proxy('socks5h', 'tools-staff', who), ['-H', OUTSIDER, 'https://api.github.com/user']);
  assert.match((await asks('carol:carol-secret@')).stdout, /200 2$/);
  assert.match((await asks('dave:dave-secret@')).stdout, /403 2$/);
  // curl's CURLE_PROXY: the handshake with the proxy failed.
  assert.equal((await asks('dave:wrong@')).status, 97);
  assert.equal((await asks('')).status, 97);
  const wrong = await gate.event(
    (event) => event.kind === 'outcome' && event.failure?.code === 'credentials-wrong',
  );
  assert.equal(wrong.kind === 'outcome' && wrong.status, 407);
  await gate.event((event) => event.kind === 'outcome' && event.failure?.code === 'credentials-wanted');
});

test('curl by SOCKS5 reads the refusal of a named host inside its tunnel', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  const answer = await curl(t, proxy('socks5h'), ['https://github.dev/octo-org/app']);
  assert.match(answer.stdout, /Rule: codespaces[\s\S]*403 2$/);
});

test('curl by SOCKS5 reads in clear text why clear text is refused', async (t) => {
  if (requireTool(t, 'curl') === null) return;
  const answer = await curl(t, proxy('socks5h'), ['http://github.com/octo-org/app']);
  assert.match(answer.stdout, /not-allowed[\s\S]*403 1\.1$/, answer.stderr);
});

for (const [place, code] of [
  ['https://news.example.org/', 'not-allowed'],
  ['https://192.0.2.7/', 'bad-destination'],
  ['telnet://ssh.github.com:22', 'rule'],
] as const)
  test(`curl by SOCKS5 is told by a reply that it may not go to ${place}`, async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const answer = await curl(t, proxy('socks5h'), [place]);
    assert.equal(answer.status, 97);
    assert.match(answer.stderr, /\(2\)/);
    const host = new URL(place).hostname;
    const { decision, outcome } = await gate.pair(({ destination }) => destination.startsWith(host));
    assert.deepEqual([decision.reason.code, outcome.status, outcome.by], [code, 403, 'gate']);
  });

test('git by SOCKS5 clones, and is refused what GitHub refuses', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const folder = { ...demo, caFile };
  const member = gitOf(t, folder, {
    proxy: proxy('socks5h'),
    token: 'ghp_MonaOctoClassic000000000000000000000',
  });
  await member.must(['clone', '-q', 'https://github.com/octo-org/app', 'by-socks']);
  const outsider = gitOf(t, folder, {
    proxy: proxy('socks5h'),
    token: 'ghp_MonalisaClassic000000000000000000000',
  });
  const refused = await outsider.run(['clone', '-q', 'https://github.com/octo-org/app', 'not-by-socks']);
  assert.notEqual(refused.status, 0);
});

test('Chromium by SOCKS5 shows the refusal page, and pages of GitHub', async (t) => {
  const [chromium, certutil] = [requireTool(t, 'chromium'), requireTool(t, 'certutil')];
  if (chromium === null || certutil === null) return;
  const browser = await openBrowser(t, { chromium, certutil, caFile, demo: { folder: gate.dir } });
  const page = await browser.newPage({ proxy: { server: proxy('socks5') } });
  assert.equal((await page.goto('https://github.dev/octo-org/app'))?.status(), 403);
  assert.equal(await page.locator('dt:text("Rule") + dd').textContent(), 'codespaces');
  assert.equal((await page.goto('https://github.com/open-org/hello'))?.status(), 200);
});
