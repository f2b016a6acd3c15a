// github.com in a browser's words: signing in, the switcher, a stale session brought into the network.
// Must not know the judge; it sees statuses and pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answered, freshGithub, type SimulatedGithub } from '../../test/support/simulated-github.ts';

const WEB_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please sign in with your _octo account to access GitHub.';
const INSIDE = ['sec-GitHub-allowed-enterprise', '12345'];

/** A browser: it keeps cookies, and may be carried into the network. */
class Browser {
  readonly #github: SimulatedGithub;
  readonly #cookies = new Map<string, string>();
  #network: readonly string[] = [];

  constructor(github: SimulatedGithub) {
    this.#github = github;
  }

  enter(): void {
    this.#network = INSIDE;
  }

  leave(): void {
    this.#network = [];
  }

  get(path: string): Promise<Answered> {
    return this.#ask({ method: 'GET', path });
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answered> {
    return this.#ask({ method: 'POST', path, body: new URLSearchParams(fields).toString() });
  }

  signIn(login: string, password: string): Promise<Answered> {
    return this.post('/session', { login, password });
  }

  async #ask({
    method,
    path,
    body,
  }: {
    readonly method: string;
    readonly path: string;
    readonly body?: string;
  }): Promise<Answered> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = [...this.#network, ...(cookie === '' ? [] : ['Cookie', cookie])];
    const answered = await this.#github.ask({
      url: `https://github.com${path}`,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    for (const line of (answered.headers['set-cookie'] ?? '').split('\n')) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    return answered;
  }
}

test('C-WEB-IN a managed user signs in inside and browses', async (t) => {
  const browser = new Browser(await freshGithub(t));
  browser.enter();
  assert.match((await browser.get('/login')).body, /<form action="\/session" method="post">/);
  const signed = await browser.signIn('mona_octo', 'octo-secret');
  assert.equal(signed.status, 302);
  assert.match(signed.headers['set-cookie'] ?? '', /user_session=[^;]+; Path=\/; Secure; HttpOnly/);
  assert.match((await browser.get('/')).body, /<b id="login">mona_octo<\/b>/);
  assert.equal((await browser.get('/octo-org/app')).status, 200);
});

test('C-WEB-OUT an account outside gets the message as a page, and no session', async (t) => {
  const browser = new Browser(await freshGithub(t));
  browser.enter();
  const refused = await browser.signIn('monalisa', 'personal-secret');
  assert.equal(refused.status, 403);
  assert.match(refused.headers['content-type'] ?? '', /^text\/html/);
  assert.ok(refused.body.includes(`<p>${WEB_OCTO}</p>`));
  assert.equal(refused.headers['set-cookie'], undefined);
  assert.doesNotMatch((await browser.get('/')).body, /Signed in/);
});

test('a wrong password is a wrong password, inside and outside', async (t) => {
  const browser = new Browser(await freshGithub(t));
  browser.enter();
  const refused = await browser.signIn('monalisa', 'guess');
  assert.equal(refused.status, 200);
  assert.match(refused.body, /Incorrect username or password/);
});

test('C-WEB-STALE a session made outside stops inside on every page, and works outside again', async (t) => {
  const browser = new Browser(await freshGithub(t));
  await browser.signIn('monalisa', 'personal-secret');
  assert.equal((await browser.get('/monalisa/notes')).status, 200);
  browser.enter();
  for (const path of [
    '/',
    '/monalisa/notes',
    '/open-org/hello',
    '/settings/profile',
    '/login/device',
    '/no/such/page',
  ]) {
    const refused = await browser.get(path);
    assert.equal(refused.status, 403, path);
    assert.ok(refused.body.includes(WEB_OCTO), path);
  }
  assert.equal((await browser.get('/login')).status, 200);
  browser.leave();
  assert.equal((await browser.get('/monalisa/notes')).status, 200);
});

test('C-WEB-STALE whoever signs in with an account of the enterprise, or signs out, goes on', async (t) => {
  const github = await freshGithub(t);
  const [first, second] = [new Browser(github), new Browser(github)];
  for (const browser of [first, second]) {
    await browser.signIn('monalisa', 'personal-secret');
    browser.enter();
  }
  assert.equal((await first.signIn('mona_octo', 'octo-secret')).status, 302);
  assert.match((await first.get('/')).body, /<b id="login">mona_octo<\/b>/);
  assert.equal((await second.post('/logout', {})).status, 302);
  assert.match((await second.get('/')).body, /Sign in/);
});

test('C-WEB-SWITCH the account switcher does not lead outside, and the session stays what it was', async (t) => {
  const browser = new Browser(await freshGithub(t));
  await browser.signIn('monalisa', 'personal-secret');
  await browser.signIn('mona_octo', 'octo-secret');
  assert.match((await browser.get('/switch_account')).body, /Switch to monalisa/);
  browser.enter();
  const refused = await browser.post('/switch_account', { login: 'monalisa' });
  assert.equal(refused.status, 403);
  assert.ok(refused.body.includes(WEB_OCTO));
  assert.match((await browser.get('/')).body, /<b id="login">mona_octo<\/b>/);
  browser.leave();
  assert.equal((await browser.post('/switch_account', { login: 'monalisa' })).status, 302);
  assert.match((await browser.get('/')).body, /<b id="login">monalisa<\/b>/);
  assert.equal((await browser.post('/switch_account', { login: 'hugo_hexa' })).status, 404);
});

test('an owner finds the header on the Authentication security page; others do not find the page', async (t) => {
  const github = await freshGithub(t);
  const path = '/enterprises/octo-corp/settings/security';
  const [owner, other, nobody] = [new Browser(github), new Browser(github), new Browser(github)];
  await owner.signIn('mona_octo', 'octo-secret');
  await other.signIn('hugo_hexa', 'hexa-secret');
  assert.ok(
    (await owner.get(path)).body.includes('<pre id="header">sec-GitHub-allowed-enterprise: 12345</pre>'),
  );
  assert.equal((await other.get(path)).status, 404);
  assert.equal(
    (await nobody.get(path)).headers['location'],
    '/login?return_to=%2Fenterprises%2Focto-corp%2Fsettings%2Fsecurity',
  );
  assert.equal((await nobody.get('/enterprises/octo-corp/sso')).status, 200);
});

test('repository pages are seen by those who may', async (t) => {
  const github = await freshGithub(t);
  const [nobody, member] = [new Browser(github), new Browser(github)];
  await member.signIn('mona_octo', 'octo-secret');
  assert.equal((await nobody.get('/open-org/hello')).status, 200);
  assert.equal((await nobody.get('/octo-org/app')).status, 404);
  assert.equal((await member.get('/octo-org/app')).status, 200);
  assert.equal((await member.get('/hexa-org/app')).status, 404);
});

test('signing in never sends a browser to another site', async (t) => {
  const browser = new Browser(await freshGithub(t));
  for (const elsewhere of ['https://evil.example', '//evil.example', '/\\evil.example']) {
    const signed = await browser.post('/session', {
      login: 'mona_octo',
      password: 'octo-secret',
      return_to: elsewhere,
    });
    assert.equal(signed.headers['location'], '/', elsewhere);
  }
});
