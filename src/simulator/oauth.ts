// Signing in for applications, on github.com: the web flow, the device flow, and refreshing. Must not know web pages.
// Sources: GitHub Docs, "Authorizing OAuth apps", "Refreshing user access tokens".
import { singleHeader } from '../core/base/header-lines.ts';
import { json } from './answers.ts';
import type { Answer } from './exchange.ts';
import { readFields } from './fields.ts';
import { deviceCodes, userToken } from './minting.ts';
import { route } from './routes.ts';
import type { HandlerRoute, Visit } from './visit.ts';

const DEVICE_SECONDS = 900;
const USER_TOKEN_SECONDS = 28_800;
const REFRESH_SECONDS = 15_897_600;

type Fields = Readonly<Record<string, string>>;

export const OAUTH_ROUTES: readonly HandlerRoute[] = [
  route('POST /login/device/code', (visit) => {
    const fields = fieldsOf(visit);
    const { device, user } = deviceCodes();
    const expiresMs = visit.exchange.arrival.atMs + DEVICE_SECONDS * 1000;
    visit.services.live.devices.set(device, {
      userCode: user,
      clientId: fields['client_id'] ?? '',
      login: null,
      expiresMs,
    });
    return answerIn(visit, {
      device_code: device,
      user_code: user,
      verification_uri: 'https://github.com/login/device',
      expires_in: DEVICE_SECONDS,
      // GitHub says 5; nobody waits for a simulator.
      interval: 1,
    });
  }),
  route('POST /login/oauth/access_token', (visit) => {
    const fields = fieldsOf(visit);
    switch (fields['grant_type']) {
      case 'refresh_token':
        return refreshed(visit, fields);
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return deviceGranted(visit, fields);
      default:
        return codeGranted(visit, fields);
    }
  }),
];

function refreshed(visit: Visit, fields: Fields): Answer {
  const { live } = visit.services;
  const token = fields['refresh_token'] ?? '';
  const holder = live.tokens.get(token);
  if (holder?.kind !== 'refresh')
    return failed(visit, 'bad_refresh_token', 'The refresh token passed is incorrect or expired.');
  live.tokens.delete(token);
  return issued(visit, holder.login, 'app');
}

function deviceGranted(visit: Visit, fields: Fields): Answer {
  const { live } = visit.services;
  const code = fields['device_code'] ?? '';
  const grant = live.devices.get(code);
  if (grant === undefined)
    return failed(visit, 'incorrect_device_code', 'The device_code provided is not valid.');
  if (grant.expiresMs <= visit.exchange.arrival.atMs)
    return failed(visit, 'expired_token', 'The device_code has expired.');
  if (grant.login === null)
    return failed(visit, 'authorization_pending', 'The authorization request is still pending.');
  live.devices.delete(code);
  return issued(visit, grant.login, kindOf(grant.clientId));
}

function codeGranted(visit: Visit, fields: Fields): Answer {
  const { live } = visit.services;
  const code = fields['code'] ?? '';
  const grant = live.codes.get(code);
  if (grant === undefined)
    return failed(visit, 'bad_verification_code', 'The code passed is incorrect or expired.');
  live.codes.delete(code);
  return issued(visit, grant.login, kindOf(grant.clientId));
}

/** Client IDs of GitHub Apps start with `Iv`; their tokens end and are refreshed, those of OAuth apps do not. */
function kindOf(clientId: string): 'app' | 'oauth' {
  return clientId.startsWith('Iv') ? 'app' : 'oauth';
}

function issued(visit: Visit, login: string, kind: 'app' | 'oauth'): Answer {
  const { live } = visit.services;
  const { atMs } = visit.exchange.arrival;
  const token = userToken(kind === 'app' ? 'ghu' : 'gho');
  live.tokens.set(token, { kind: 'user', login });
  if (kind === 'oauth')
    return answerIn(visit, {
      access_token: token,
      token_type: 'bearer',
      scope: 'gist,read:org,repo,workflow',
    });
  const refresh = userToken('ghr');
  live.expiries.set(token, atMs + USER_TOKEN_SECONDS * 1000);
  live.tokens.set(refresh, { kind: 'refresh', login });
  live.expiries.set(refresh, atMs + REFRESH_SECONDS * 1000);
  return answerIn(visit, {
    access_token: token,
    expires_in: USER_TOKEN_SECONDS,
    refresh_token: refresh,
    refresh_token_expires_in: REFRESH_SECONDS,
    scope: '',
    token_type: 'bearer',
  });
}

/** GitHub answers a failed grant with 200 and an `error`. */
function failed(visit: Visit, error: string, description: string): Answer {
  return answerIn(visit, { error, error_description: description });
}

/** JSON where the client asks for it, otherwise a form. */
function answerIn({ exchange }: Visit, values: Readonly<Record<string, string | number>>): Answer {
  if ((singleHeader(exchange.arrival.headers, 'accept') ?? '').includes('json')) return json(200, values);
  const form = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const headers = ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'];
  return { kind: 'whole', status: 200, headers, body: form.toString() };
}

function fieldsOf({ body, exchange }: Visit): Fields {
  const query = Object.fromEntries(new URLSearchParams(exchange.arrival.query));
  return { ...query, ...readFields(body, exchange.arrival.headers) };
}
