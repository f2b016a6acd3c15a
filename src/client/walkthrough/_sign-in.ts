// Signing in to github.com: a browser's session, and an app on a device. The forms are the simulator's.
// Must not know who may.
import type { Answered } from '../proxied-request.ts';
import { cookieSet, jsonText, type Sight, sightOf } from './_sight.ts';
import { given, type Stage } from './scene.ts';

const SESSION = 'user_session';
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'];

export type Account = 'member' | 'outsider';

/** A session that was made, or null with the answer that refused it. */
export interface SignedIn {
  readonly session: string | null;
  readonly answered: Answered;
}

/** In a browser that may have a session already. */
export async function signIn(stage: Stage, account: Account, session?: string): Promise<SignedIn> {
  const answered = await stage.ask({
    url: `https://${stage.web}/session`,
    method: 'POST',
    headers: [...FORM, ...(session === undefined ? [] : cookie(session))],
    body: form({
      login: given(stage, `${account}Login`),
      password: given(stage, `${account}Password`),
    }),
  });
  return { session: cookieSet(answered, SESSION), answered };
}

/** What a browser with this session sees of a page. */
export async function browse(stage: Stage, session: string, path = '/'): Promise<Sight> {
  return sightOf(await stage.ask({ url: `https://${stage.web}${path}`, headers: cookie(session) }));
}

/** The refusal, or what the new session sees: a session that should not be there is seen as such. */
export function seenBy(stage: Stage, { session, answered }: SignedIn): Promise<Sight> | Sight {
  return session === null ? sightOf(answered) : browse(stage, session);
}

/** Chooses another account in the account switcher. */
export async function switchTo(stage: Stage, session: string, account: Account): Promise<Sight> {
  const answered = await stage.ask({
    url: `https://${stage.web}/switch_account`,
    method: 'POST',
    headers: [...FORM, ...cookie(session)],
    body: form({ login: given(stage, `${account}Login`) }),
  });
  return sightOf(answered);
}

export interface AppTokens {
  readonly access: string | null;
  readonly refresh: string | null;
}

/** Signs an account in to an app that runs on a device (GitHub Docs, "Authorizing OAuth apps", device flow). */
export async function signInToApp(stage: Stage, account: Account, clientId: string): Promise<AppTokens> {
  const { session } = await signIn(stage, account);
  if (session === null) return { access: null, refresh: null };
  const started = await post(stage, '/login/device/code', { client_id: clientId });
  const approval = form({ user_code: jsonText(started, 'user_code') ?? '' });
  const headers = [...FORM, ...cookie(session)];
  await stage.ask({ url: `https://${stage.web}/login/device`, method: 'POST', headers, body: approval });
  const granted = await post(stage, '/login/oauth/access_token', {
    client_id: clientId,
    device_code: jsonText(started, 'device_code') ?? '',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
  return { access: jsonText(granted, 'access_token'), refresh: jsonText(granted, 'refresh_token') };
}

/** Asks for a new pair of tokens; a refresh that succeeds uses the old one up. */
export function refresh(stage: Stage, token: string): Promise<Answered> {
  return post(stage, '/login/oauth/access_token', {
    client_id: given(stage, 'appClientId'),
    client_secret: given(stage, 'appClientSecret'),
    grant_type: 'refresh_token',
    refresh_token: token,
  });
}

function post(stage: Stage, path: string, fields: Readonly<Record<string, string>>): Promise<Answered> {
  const headers = [...FORM, 'Accept', 'application/json'];
  return stage.ask({ url: `https://${stage.web}${path}`, method: 'POST', headers, body: form(fields) });
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

function cookie(session: string): readonly string[] {
  return ['Cookie', `${SESSION}=${session}`, 'Accept', 'text/html'];
}
