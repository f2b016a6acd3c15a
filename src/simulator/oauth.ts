// Signing in for applications, on github.com: the web flow, the device flow, and refreshing. Must not know web pages.
// Sources: GitHub Docs, "Authorizing OAuth apps", "Refreshing user access tokens".
import { singleHeader } from '../core/base/header-lines.ts';
import { json } from './answers.ts';
import type { Call, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { readFields } from './fields.ts';
import { deviceCodes, userToken } from './minting.ts';
import { route } from './routes.ts';

const DEVICE_SECONDS = 900;
const USER_TOKEN_SECONDS = 28_800;
const REFRESH_SECONDS = 15_897_600;

type Fields = Readonly<Record<string, string>>;

export const OAUTH_ROUTES: readonly HandlerRoute[] = [
  route('POST /login/device/code', (call) => {
    const fields = fieldsOf(call);
    const { device, user } = deviceCodes();
    const expiresMs = call.exchange.head.atMs + DEVICE_SECONDS * 1000;
    call.services.live.devices.set(device, {
      userCode: user,
      clientId: fields['client_id'] ?? '',
      login: null,
      expiresMs,
    });
    return answerIn(call, {
      device_code: device,
      user_code: user,
      verification_uri: 'https://github.com/login/device',
      expires_in: DEVICE_SECONDS,
      // GitHub says 5; nobody waits for a simulator.
      interval: 1,
    });
  }),
  route('POST /login/oauth/access_token', (call) => {
    const fields = fieldsOf(call);
    switch (fields['grant_type']) {
      case 'refresh_token':
        return refreshed(call, fields);
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return deviceGranted(call, fields);
      default:
        return codeGranted(call, fields);
    }
  }),
];

function refreshed(call: Call, fields: Fields): Answer {
  const { live } = call.services;
  const token = fields['refresh_token'] ?? '';
  const holder = live.tokens.get(token);
  if (holder?.kind !== 'refresh')
    return failed(call, 'bad_refresh_token', 'The refresh token passed is incorrect or expired.');
  live.tokens.delete(token);
  return issued(call, holder.login, 'app');
}

function deviceGranted(call: Call, fields: Fields): Answer {
  const { live } = call.services;
  const code = fields['device_code'] ?? '';
  const grant = live.devices.get(code);
  if (grant === undefined)
    return failed(call, 'incorrect_device_code', 'The device_code provided is not valid.');
  if (grant.expiresMs <= call.exchange.head.atMs)
    return failed(call, 'expired_token', 'The device_code has expired.');
  if (grant.login === null)
    return failed(call, 'authorization_pending', 'The authorization request is still pending.');
  live.devices.delete(code);
  return issued(call, grant.login, kindOf(grant.clientId));
}

function codeGranted(call: Call, fields: Fields): Answer {
  const { live } = call.services;
  const code = fields['code'] ?? '';
  const grant = live.codes.get(code);
  if (grant === undefined)
    return failed(call, 'bad_verification_code', 'The code passed is incorrect or expired.');
  live.codes.delete(code);
  return issued(call, grant.login, kindOf(grant.clientId));
}

/** Client IDs of GitHub Apps start with `Iv`; their tokens end and are refreshed, those of OAuth apps do not. */
function kindOf(clientId: string): 'app' | 'oauth' {
  return clientId.startsWith('Iv') ? 'app' : 'oauth';
}

function issued(call: Call, login: string, kind: 'app' | 'oauth'): Answer {
  const { live } = call.services;
  const { atMs } = call.exchange.head;
  const token = userToken(kind === 'app' ? 'ghu' : 'gho');
  live.tokens.set(token, { kind: 'user', login });
  if (kind === 'oauth')
    return answerIn(call, {
      access_token: token,
      token_type: 'bearer',
      scope: 'gist,read:org,repo,workflow',
    });
  const refresh = userToken('ghr');
  live.expiries.set(token, atMs + USER_TOKEN_SECONDS * 1000);
  live.tokens.set(refresh, { kind: 'refresh', login });
  live.expiries.set(refresh, atMs + REFRESH_SECONDS * 1000);
  return answerIn(call, {
    access_token: token,
    expires_in: USER_TOKEN_SECONDS,
    refresh_token: refresh,
    refresh_token_expires_in: REFRESH_SECONDS,
    scope: '',
    token_type: 'bearer',
  });
}

/** GitHub answers a failed grant with 200 and an `error`. */
function failed(call: Call, error: string, description: string): Answer {
  return answerIn(call, { error, error_description: description });
}

/** JSON where the client asks for it, otherwise a form. */
function answerIn({ exchange }: Call, values: Readonly<Record<string, string | number>>): Answer {
  if ((singleHeader(exchange.head.headers, 'accept') ?? '').includes('json')) return json(200, values);
  const form = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const headers = ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'];
  return { kind: 'whole', status: 200, headers, body: form.toString() };
}

function fieldsOf({ body, exchange }: Call): Fields {
  const query = Object.fromEntries(new URLSearchParams(exchange.head.query));
  return { ...query, ...readFields(body, exchange.head.headers) };
}
