// Applications: the web flow, the device flow, refreshing, and tokens of installations.
// Must not know pages.
import assert from 'node:assert/strict';
import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Answered,
  freshGithub,
  type SimulatedGithub,
  START_MS,
  sharedGithub,
} from '../../test/support/simulated-github.ts';

const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const INSTALLATION_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Only tokens for the "octo" enterprise can access GitHub.';
const INSIDE = ['sec-GitHub-allowed-enterprise', '12345'];
const JSON_WANTED = ['Accept', 'application/json'];
const LISA_REFRESH = 'ghr_MonalisaRefresh00000000000000000000000000000000000000000000000000000000000000';
const START_S = START_MS / 1_000;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

type Fields = Readonly<Record<string, string>>;

function post(
  github: SimulatedGithub,
  path: string,
  fields: Fields,
  headers: readonly string[] = [],
): Promise<Answered> {
  const body = new URLSearchParams(fields).toString();
  return github.ask({
    url: `https://github.com${path}`,
    method: 'POST',
    headers: [...JSON_WANTED, ...headers],
    body,
  });
}

async function token(
  github: SimulatedGithub,
  fields: Fields,
  headers: readonly string[] = [],
): Promise<Record<string, string>> {
  return JSON.parse((await post(github, '/login/oauth/access_token', fields, headers)).body);
}

function user(github: SimulatedGithub, bearer: string, headers: readonly string[] = []): Promise<Answered> {
  return github.ask({
    url: 'https://api.github.com/user',
    headers: ['Authorization', `Bearer ${bearer}`, ...headers],
  });
}

async function sessionOf(github: SimulatedGithub, login: string, password: string): Promise<string> {
  const signed = await post(github, '/session', { login, password });
  return /user_session=([^;]+)/.exec(signed.headers['set-cookie'] ?? '')?.[1] ?? '';
}

test('a refresh token gives a new pair once; the old one is used up', async (t) => {
  const github = await freshGithub(t);
  const grant = { grant_type: 'refresh_token', client_id: 'Iv1.x', refresh_token: LISA_REFRESH };
  const first = await token(github, grant);
  assert.match(first['access_token'] ?? '', /^ghu_[A-Za-z0-9]{36}$/);
  assert.match(first['refresh_token'] ?? '', /^ghr_[A-Za-z0-9]{76}$/);
  assert.equal((await user(github, first['access_token'] ?? '')).status, 200);
  assert.equal((await token(github, grant))['error'], 'bad_refresh_token');
  assert.match(
    (await token(github, { ...grant, refresh_token: first['refresh_token'] ?? '' }))['access_token'] ?? '',
    /^ghu_/,
  );
});

test('C-REFRESH-OUT inside, the refresh of an outsider fails and does not use the token up', async (t) => {
  const github = await freshGithub(t);
  const grant = { grant_type: 'refresh_token', refresh_token: LISA_REFRESH };
  const refused = await post(github, '/login/oauth/access_token', grant, INSIDE);
  assert.equal(refused.status, 403);
  assert.equal(JSON.parse(refused.body).message, API_OCTO);
  assert.match((await token(github, grant))['access_token'] ?? '', /^ghu_/);
});

test('C-API-OUT a token made outside stops working inside', async (t) => {
  const github = await freshGithub(t);
  const made = await token(github, { grant_type: 'refresh_token', refresh_token: LISA_REFRESH });
  assert.equal((await user(github, made['access_token'] ?? '')).status, 200);
  assert.equal((await user(github, made['access_token'] ?? '', INSIDE)).status, 403);
});

test('user tokens of GitHub Apps end after eight hours', async (t) => {
  const github = await freshGithub(t);
  const made = await token(github, { grant_type: 'refresh_token', refresh_token: LISA_REFRESH });
  github.wait(28_800_000);
  assert.equal((await user(github, made['access_token'] ?? '')).status, 401);
});

test('the device flow waits, is approved in a browser, and gives one token', async (t) => {
  const github = await freshGithub(t);
  const device = JSON.parse(
    (await post(github, '/login/device/code', { client_id: '178c6fc778ccc68e1d6a' })).body,
  );
  assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  const grant = {
    grant_type: DEVICE_GRANT,
    client_id: '178c6fc778ccc68e1d6a',
    device_code: device.device_code,
  };
  assert.equal((await token(github, grant))['error'], 'authorization_pending');
  const cookie = ['Cookie', `user_session=${await sessionOf(github, 'mona_octo', 'octo-secret')}`];
  assert.equal((await post(github, '/login/device', { user_code: device.user_code }, cookie)).status, 200);
  const made = await token(github, grant, INSIDE);
  assert.match(made['access_token'] ?? '', /^gho_[A-Za-z0-9]{36}$/);
  assert.equal(JSON.parse((await user(github, made['access_token'] ?? '', INSIDE)).body).login, 'mona_octo');
  assert.equal((await token(github, grant))['error'], 'incorrect_device_code');
});

test('a device code ends after fifteen minutes', async (t) => {
  const github = await freshGithub(t);
  const device = JSON.parse((await post(github, '/login/device/code', { client_id: 'x' })).body);
  github.wait(900_000);
  assert.equal(
    (await token(github, { grant_type: DEVICE_GRANT, device_code: device.device_code }))['error'],
    'expired_token',
  );
});

test('the web flow gives a code to the redirect_uri, good once; without JSON wanted the answer is a form', async (t) => {
  const github = await freshGithub(t);
  const cookie = ['Cookie', `user_session=${await sessionOf(github, 'mona_octo', 'octo-secret')}`];
  const query = new URLSearchParams({
    client_id: 'Iv1.x',
    redirect_uri: 'http://127.0.0.1/done',
    state: 's 1',
  });
  const sent = await post(github, `/login/oauth/authorize?${query}`, {}, cookie);
  const location = new URL(sent.headers['location'] ?? '');
  assert.equal(location.searchParams.get('state'), 's 1');
  const code = location.searchParams.get('code') ?? '';
  const body = new URLSearchParams({ client_id: 'Iv1.x', code }).toString();
  const answered = await github.ask({
    url: 'https://github.com/login/oauth/access_token',
    method: 'POST',
    body,
  });
  assert.match(answered.body, /(^|&)access_token=ghu_[A-Za-z0-9]{36}(&|$)/);
  assert.equal((await token(github, { code }))['error'], 'bad_verification_code');
});

test('C-INST-MINT a token for an outside organization is made, reads, and does not write', async (t) => {
  const github = await freshGithub(t);
  const minted = await mint(github, 'open-bot', 2002, INSIDE);
  assert.equal(minted.status, 201);
  const made: string = JSON.parse(minted.body).token;
  assert.match(made, /^ghs_[A-Za-z0-9._]{36,}$/);
  assert.ok(made.length > 480 && made.length < 560 && made.split('.').length === 3);
  const url = 'https://api.github.com/repos/open-org/hello';
  const bearer = ['Authorization', `Bearer ${made}`];
  assert.equal((await github.ask({ url, headers: [...bearer, ...INSIDE] })).status, 200);
  const write = { url: `${url}/issues`, method: 'POST', body: '{"title":"x"}' };
  const refused = await github.ask({ ...write, headers: [...bearer, ...INSIDE] });
  assert.equal(refused.status, 403);
  assert.equal(JSON.parse(refused.body).message, INSTALLATION_OCTO);
  assert.equal((await github.ask({ ...write, headers: bearer })).status, 201);
});

test('an installation token can be had in the old form, and ends after an hour', async (t) => {
  const github = await freshGithub(t);
  const made: string = JSON.parse(
    (await mint(github, 'octo-bot', 1001, ['x-simulator-token-format', 'old'])).body,
  ).token;
  assert.match(made, /^ghs_[A-Za-z0-9]{36}$/);
  const ask = {
    url: 'https://api.github.com/installation/repositories',
    headers: ['Authorization', `token ${made}`],
  };
  assert.equal(JSON.parse((await github.ask(ask)).body).total_count, 1);
  github.wait(3_600_000);
  assert.equal((await github.ask(ask)).status, 401);
});

const shared = sharedGithub();

const BAD_APPS: readonly {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly key: string;
}[] = [
  { name: "another app's key", claims: {}, key: 'open-bot' },
  { name: 'an expired token', claims: { exp: 1_789_999_990 }, key: 'octo-bot' },
  { name: 'a token for longer than ten minutes', claims: { exp: START_S + 3_600 }, key: 'octo-bot' },
  { name: 'a token from the future', claims: { iat: START_S + 300 }, key: 'octo-bot' },
  { name: 'an app that is not there', claims: { iss: 'nobody' }, key: 'octo-bot' },
];

for (const { name, claims, key } of BAD_APPS) {
  test(`an app is refused with ${name}`, async () => {
    const github = shared();
    const jwt = await jwtOf(github, key, { iss: 'octo-bot', ...claims });
    assert.equal(
      (await github.ask({ url: 'https://api.github.com/app', headers: ['Authorization', `Bearer ${jwt}`] }))
        .status,
      401,
    );
  });
}

test("an app does not mint for another app's installation", async () => {
  const github = shared();
  assert.equal((await mint(github, 'octo-bot', 2002)).status, 404);
});

async function mint(
  github: SimulatedGithub,
  app: string,
  installation: number,
  headers: readonly string[] = [],
): Promise<Answered> {
  const jwt = await jwtOf(github, app, { iss: app });
  const url = `https://api.github.com/app/installations/${installation}/access_tokens`;
  return github.ask({ url, method: 'POST', headers: ['Authorization', `Bearer ${jwt}`, ...headers] });
}

async function jwtOf(
  github: SimulatedGithub,
  key: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const pem = await readFile(join(github.stateDir, 'simulator', `${key}.pem`), 'utf8');
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: START_S - 10, exp: START_S + 500, ...claims })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(pem, 'base64url')}`;
}
