// Entering the network and leaving it again: what an outsider got outside stops working inside, and works again outside.
// Must not know how the stamp is switched, but by the command that switches it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { before } from 'node:test';
import { fetch, ProxyAgent, type Response } from 'undici';
import { API_OCTO, WEB_OCTO } from '../contract/seed-page.ts';
import { sayTo } from '../support/command-line.ts';
import { openDemo } from '../support/demo.ts';
import { fileScope } from '../support/test-scope.ts';

const scope = fileScope();
const demo = await openDemo(scope);
const dispatcher = new ProxyAgent({
  uri: demo.office,
  requestTls: { ca: readFileSync(demo.caFile) },
});
scope.after(() => dispatcher.close());

const API = 'https://api.github.com';
const WEB = 'https://github.com';

interface Seen {
  readonly status: number;
  /** The login, the token made, or the message. */
  readonly says: string;
}

/** Something that an outsider holds; asked once outside, once inside, and once outside again. */
interface Thing {
  readonly name: string;
  use(): Promise<Seen>;
  readonly works: RegExp;
  readonly message: string;
}

const held = {
  session: '',
  refresh: 'ghr_MonalisaRefresh00000000000000000000000000000000000000000000000000000000000000',
};

const THINGS: readonly Thing[] = [
  { name: 'session', use: browse, works: /^monalisa$/, message: WEB_OCTO },
  token('ghp_MonalisaClassic000000000000000000000'),
  token('github_pat_MonalisaFine0000000_0000000000000000000000000000000000000000000000000000000000'),
  token('gho_MonalisaOauth00000000000000000000000'),
  token('ghu_MonalisaApp0000000000000000000000000'),
  { name: 'ghr_ token', use: refresh, works: /^ghu_[A-Za-z0-9]{36}$/, message: API_OCTO },
];

before(async () => {
  await turn('off');
  held.session = await signIn();
});

for (const { name, use, works, message } of THINGS) {
  test(`the outsider's ${name} works outside, fails inside with GitHub's words, and works outside again`, async () => {
    await turn('off');
    const outside = await use();
    assert.equal(outside.status, 200);
    assert.match(outside.says, works);
    await turn('on');
    // Twice: a refusal must not use anything up.
    assert.deepEqual([await use(), await use()], Array(2).fill({ status: 403, says: message }));
    await turn('off');
    const again = await use();
    assert.equal(again.status, 200);
    assert.match(again.says, works);
  });
}

test('a member notices nothing of the switch', async () => {
  const member = token('ghp_MonaOctoClassic000000000000000000000');
  for (const state of ['off', 'on'] as const) {
    await turn(state);
    assert.deepEqual(await member.use(), { status: 200, says: 'mona_octo' });
  }
});

async function turn(state: 'on' | 'off'): Promise<void> {
  const access = ['--admin', demo.adminUrl, '--token-file', join(demo.folder, 'admin-token')];
  const said = await sayTo(['stamp', state, ...access, '--json']);
  assert.deepEqual([said.status, JSON.parse(said.stdout)], [0, { stamp: state }], said.stderr);
}

function token(value: string): Thing {
  const use = async (): Promise<Seen> => {
    const answer = await fetch(`${API}/user`, {
      dispatcher,
      headers: { authorization: `Bearer ${value}` },
    });
    return seenIn(answer, ['login', 'message']);
  };
  return { name: `${value.slice(0, value.indexOf('M'))} token`, use, works: /^monalisa$/, message: API_OCTO };
}

async function signIn(): Promise<string> {
  const answer = await post('/session', { login: 'monalisa', password: 'personal-secret' });
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('user_session='));
  assert.ok(cookie !== undefined, await answer.text());
  return cookie.replace(/;.*$/, '');
}

/** The home page, by the cookie that was made outside. */
async function browse(): Promise<Seen> {
  const answer = await fetch(`${WEB}/`, { dispatcher, headers: { cookie: held.session } });
  const page = await answer.text();
  const [, says = page] =
    (answer.status === 200 ? /id="login">([^<]*)</ : /<p>([^<]*)<\/p>/).exec(page) ?? [];
  return { status: answer.status, says };
}

/** Each success gives the next refresh token; the old one is used up. */
async function refresh(): Promise<Seen> {
  const fields = { grant_type: 'refresh_token', client_id: 'Iv1.device', refresh_token: held.refresh };
  const answer = await post('/login/oauth/access_token', fields);
  const body: unknown = await answer.clone().json();
  const next = typeof body === 'object' && body !== null ? Reflect.get(body, 'refresh_token') : null;
  if (typeof next === 'string') held.refresh = next;
  return seenIn(answer, ['access_token', 'message']);
}

function post(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${WEB}${path}`, {
    dispatcher,
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
}

async function seenIn(answer: Response, keys: readonly string[]): Promise<Seen> {
  const body: unknown = await answer.json();
  const values = keys.map((key) =>
    typeof body === 'object' && body !== null ? Reflect.get(body, key) : null,
  );
  const says = values.find((value): value is string => typeof value === 'string');
  return { status: answer.status, says: says ?? JSON.stringify(body) };
}
