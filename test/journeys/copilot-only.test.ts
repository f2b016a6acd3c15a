// The example for Copilot alone, met by Chromium: signing in, connecting an editor with a device code, and what is shut.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { openDemo } from '../support/demo.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const policyFile = fileURLToPath(new URL('../../examples/copilot-only.policy.yaml', import.meta.url));
const demo = await openDemo(file, { policyFile });
const MONA = { login: 'mona_octo', password: 'octo-secret' };
const LISA = { login: 'monalisa', password: 'personal-secret' };

let opened: Promise<Browser> | null = null;

/** A page of its own in the browser of this file; null where a tool is missing. */
async function openPage(t: TestContext): Promise<Page | null> {
  const [chromium, certutil] = [requireTool(t, 'chromium'), requireTool(t, 'certutil')];
  if (chromium === null || certutil === null) return null;
  opened ??= openBrowser(file, { chromium, certutil, demo });
  const context = await (await opened).newContext({ proxy: { server: demo.office } });
  t.after(() => context.close());
  return context.newPage();
}

/** Signs in on the page that shows the form, and resolves with the status of the page it leads to. */
async function signIn(page: Page, { login, password }: typeof MONA): Promise<number> {
  await page.getByLabel('Username').fill(login);
  await page.getByLabel('Password').fill(password);
  return press(page, 'Sign in');
}

/** Presses a button; a redirect on the way is no page. */
async function press(page: Page, name: string): Promise<number> {
  const [answer] = await Promise.all([
    page.waitForResponse((each) => each.request().isNavigationRequest() && each.status() !== 302),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  await page.waitForLoadState();
  return answer.status();
}

/** The gate's refusal that the page shows, as the record has it. */
async function refusalOn(page: Page): Promise<readonly [code: string, rule: string | null, path: string]> {
  const reference = await page.locator('dt:text("Reference") + dd').textContent();
  const { reason, request } = await demo.decided(({ id }) => id === reference);
  return [reason.code, reason.rule, request?.path ?? ''];
}

test('Chromium signs a member in and connects an editor with a device code', async (t) => {
  const page = await openPage(t);
  if (page === null) return;
  // Nobody is signed in, so GitHub asks for that first and leads back.
  assert.equal((await page.goto('https://github.com/login/device'))?.status(), 200);
  const grant = await postForm(page, '/login/device/code', { client_id: 'editor' });
  assert.equal(await signIn(page, MONA), 200);
  assert.equal(new URL(page.url()).pathname, '/login/device');
  await page.locator('#user_code').fill(grant['user_code'] ?? '');
  assert.equal(await press(page, 'Continue'), 200);
  assert.match((await page.locator('body').textContent()) ?? '', /Your device is now connected/);
  const token = await postForm(page, '/login/oauth/access_token', {
    client_id: 'editor',
    device_code: grant['device_code'] ?? '',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
  assert.match(token['access_token'] ?? '', /^gh[ou]_/);
  const stamps = (await demo.requests())
    .filter(({ host }) => host === 'github.com')
    .map(({ headers }) => headers.filter(([name]) => name.toLowerCase() === STAMP).map(([, value]) => value));
  assert.ok(stamps.length > 5);
  for (const values of stamps) assert.deepEqual(values, ['12345']);
});

const STAMP = 'sec-github-allowed-enterprise';

/** A form that the page itself sends, as a program on it would. */
async function postForm(
  page: Page,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const body = new URLSearchParams(fields).toString();
  const script = `fetch(${JSON.stringify(path)}, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: ${JSON.stringify(body)},
  }).then((answer) => answer.text())`;
  return JSON.parse(String(await page.evaluate(script)));
}

test('Chromium that signs in on /login itself is signed in, and led to a home page that is shut', async (t) => {
  const page = await openPage(t);
  if (page === null) return;
  await page.goto('https://github.com/login');
  assert.equal(await signIn(page, MONA), 403);
  assert.deepEqual(await refusalOn(page), ['path-not-allowed', 'copilot', '/']);
  assert.equal((await page.goto('https://github.com/login/device'))?.status(), 200);
  assert.match((await page.locator('body').textContent()) ?? '', /Signed in as mona_octo/);
  await page.goto('https://github.com/logout');
  await press(page, 'Sign out');
  await page.goto('https://github.com/login/device');
  assert.equal(await page.getByLabel('Username').count(), 1);
});

test("Chromium shows GitHub's own refusal to an outsider, who may come as far as the form", async (t) => {
  const page = await openPage(t);
  if (page === null) return;
  await page.goto('https://github.com/login/device');
  assert.equal(await signIn(page, LISA), 403);
  const said = await page.locator('body').textContent();
  assert.match(said ?? '', /blocked access to GitHub except for the octo-corp Enterprise/);
});

test('Chromium reaches the single sign-on of the enterprise, and of no other', async (t) => {
  const page = await openPage(t);
  if (page === null) return;
  assert.equal((await page.goto('https://github.com/enterprises/octo-corp/sso'))?.status(), 200);
  assert.equal((await page.goto('https://github.com/enterprises/hexa-corp/sso'))?.status(), 403);
  assert.deepEqual(await refusalOn(page), ['path-not-allowed', 'copilot', '/enterprises/hexa-corp/sso']);
});

for (const path of ['/octo-org/app', '/open-org/hello', '/settings/profile', '/loginx']) {
  test(`Chromium is shown that ${path} is shut, and GitHub never hears of it`, async (t) => {
    const page = await openPage(t);
    if (page === null) return;
    assert.equal((await page.goto(`https://github.com${path}`))?.status(), 403);
    assert.deepEqual(await refusalOn(page), ['path-not-allowed', 'copilot', path]);
    assert.ok(!(await demo.requests()).some((request) => request.path === path));
  });
}
