// Chromium behind the gate: the gate's refusal pages, GitHub's, sign-in, stale sessions and the account switcher.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { openDemo } from '../support/demo.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const demo = await openDemo(file);
const OFFICE = { server: demo.office };
const CAROL = { server: demo.staff, username: 'carol', password: 'carol-demo' };
const DAVE = { server: demo.staff, username: 'dave', password: 'dave-demo' };
// GitHub Docs, "Restricting access to GitHub.com using a corporate proxy".
const WEB_MESSAGE =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please sign in with your _octo account to access GitHub.';
const MONA = { login: 'mona_octo', password: 'octo-secret' };
const LISA = { login: 'monalisa', password: 'personal-secret' };

let opened: Promise<Browser> | null = null;

/** A context of its own in the browser of this file; null where a tool is missing. */
async function browse(t: TestContext, proxy: typeof OFFICE | typeof CAROL): Promise<BrowserContext | null> {
  const [chromium, certutil] = [requireTool(t, 'chromium'), requireTool(t, 'certutil')];
  if (chromium === null || certutil === null) return null;
  opened ??= openBrowser(file, { chromium, certutil, demo });
  const context = await (await opened).newContext({ proxy });
  t.after(() => context.close());
  return context;
}

async function signIn(page: Page, { login, password }: typeof MONA): Promise<number | undefined> {
  await page.goto('https://github.com/login');
  await page.getByLabel('Username').fill(login);
  await page.getByLabel('Password').fill(password);
  return press(page, 'Sign in');
}

/** Presses a button and resolves with the status of the page it leads to. */
async function press(page: Page, name: string): Promise<number | undefined> {
  const [answer] = await Promise.all([
    // A redirect on the way is no page.
    page.waitForResponse((each) => each.request().isNavigationRequest() && each.status() !== 302),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  await page.waitForLoadState();
  return answer.status();
}

const text = (page: Page): Promise<string | null> => page.locator('body').textContent();

/** Where this page is, and as whom. */
async function homeOf(page: Page): Promise<readonly [status: number | undefined, login: string | null]> {
  const answer = await page.goto('https://github.com/');
  const login = page.locator('#login');
  return [answer?.status(), (await login.count()) === 0 ? null : await login.textContent()];
}

test('Chromium shows the refusal page for github.dev, with the reference of the record', async (t) => {
  const context = await browse(t, OFFICE);
  if (context === null) return;
  const page = await context.newPage();
  const answer = await page.goto('https://github.dev/octo-org/app');
  assert.equal(answer?.status(), 403);
  const reference = await page.locator('dt:text("Reference") + dd').textContent();
  const decision = await demo.decided(({ id }) => id === reference);
  assert.deepEqual([decision.reason.code, decision.reason.rule], ['rule', 'codespaces']);
  assert.equal(await page.getByRole('link', { name: 'it-help@example.com' }).count(), 1);
});

test("Chromium shows the administrator's sentence for a blocked path, and the rest of the host works", async (t) => {
  const context = await browse(t, OFFICE);
  if (context === null) return;
  const page = await context.newPage();
  const answer = await page.goto('https://github.com/settings/tokens');
  assert.equal(answer?.status(), 403);
  assert.equal(await page.locator('.say').textContent(), 'Personal access tokens are issued by IT.');
  const reference = await page.locator('dt:text("Reference") + dd').textContent();
  const decision = await demo.decided(({ id }) => id === reference);
  assert.deepEqual([decision.reason.rule, decision.request?.path], ['no-new-tokens', '/settings/tokens']);
  assert.equal((await page.goto('https://github.com/open-org/hello'))?.status(), 200);
});

test("Chromium shows GitHub's own refusal when an outsider signs in, and there is no session", async (t) => {
  const context = await browse(t, OFFICE);
  if (context === null) return;
  const page = await context.newPage();
  assert.equal(await signIn(page, LISA), 403);
  assert.ok((await text(page))?.includes(WEB_MESSAGE));
  assert.deepEqual(await homeOf(page), [200, null]);
});

test('Chromium signs a member in', async (t) => {
  const context = await browse(t, OFFICE);
  if (context === null) return;
  const page = await context.newPage();
  assert.equal(await signIn(page, MONA), 200);
  assert.deepEqual(await homeOf(page), [200, 'mona_octo']);
  assert.equal((await page.goto('https://github.com/octo-org/app'))?.status(), 200);
});

test('Chromium of carol, who is exempt, signs in with a personal account; that of dave does not', async (t) => {
  const carols = await browse(t, CAROL);
  if (carols === null) return;
  const carol = await carols.newPage();
  assert.equal(await signIn(carol, LISA), 200);
  assert.deepEqual(await homeOf(carol), [200, 'monalisa']);
  assert.equal((await carol.goto('https://github.com/monalisa/notes'))?.status(), 200);
  const daves = await browse(t, DAVE);
  const dave = await daves?.newPage();
  assert.ok(dave !== undefined);
  assert.equal(await signIn(dave, LISA), 403);
  assert.ok((await text(dave))?.includes(WEB_MESSAGE));
});

test('Chromium with a stale session is refused on every page until a member signs in', async (t) => {
  const [outside, inside] = [await browse(t, CAROL), await browse(t, OFFICE)];
  if (outside === null || inside === null) return;
  assert.equal(await signIn(await outside.newPage(), LISA), 200);
  await inside.addCookies(await outside.cookies());
  const page = await inside.newPage();
  for (const path of ['/', '/open-org/hello', '/settings/profile']) {
    assert.equal((await page.goto(`https://github.com${path}`))?.status(), 403, path);
    assert.ok((await text(page))?.includes(WEB_MESSAGE), path);
  }
  assert.equal(await signIn(page, MONA), 200);
  assert.deepEqual(await homeOf(page), [200, 'mona_octo']);
});

test('Chromium may not switch to an outside account, and stays who it was', async (t) => {
  const [outside, inside] = [await browse(t, CAROL), await browse(t, OFFICE)];
  if (outside === null || inside === null) return;
  const elsewhere = await outside.newPage();
  assert.equal(await signIn(elsewhere, LISA), 200);
  assert.equal(await signIn(elsewhere, MONA), 200);
  await inside.addCookies(await outside.cookies());
  const page = await inside.newPage();
  await page.goto('https://github.com/switch_account');
  assert.equal(await press(page, 'Switch to monalisa'), 403);
  assert.ok((await text(page))?.includes(WEB_MESSAGE));
  assert.deepEqual(await homeOf(page), [200, 'mona_octo']);
});

test('Chromium may sign a stale session out', async (t) => {
  const [outside, inside] = [await browse(t, CAROL), await browse(t, OFFICE)];
  if (outside === null || inside === null) return;
  assert.equal(await signIn(await outside.newPage(), LISA), 200);
  await inside.addCookies(await outside.cookies());
  const page = await inside.newPage();
  await page.goto('https://github.com/logout');
  assert.equal(await press(page, 'Sign out'), 200);
  assert.deepEqual(await homeOf(page), [200, null]);
});

test('Chromium that does not trust the CA shows nothing, and the record says why', async (t) => {
  const [chromium, certutil] = [requireTool(t, 'chromium'), requireTool(t, 'certutil')];
  if (chromium === null || certutil === null) return;
  const browser = await openBrowser(t, { chromium, certutil, demo, trusts: 'nobody' });
  const page = await (await browser.newContext({ proxy: OFFICE })).newPage();
  await assert.rejects(page.goto('https://api.github.com/'), /ERR_CERT_AUTHORITY_INVALID/);
  const { decision } = await demo.recorded((one) => one.outcome.failure?.code === 'client-refused-leaf');
  assert.equal(decision.destination, 'api.github.com:443');
});
