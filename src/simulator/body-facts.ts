// What a body asks for, as far as the judge must know. Must not know the contract's rows.
import type { BodyFacts } from '../core/contract/request.ts';
import type { Surface } from '../core/contract/surface.ts';
import type { ReceivedHead } from './exchange.ts';
import { readFields } from './fields.ts';
import { graphqlFacts } from './graphql.ts';
import type { LiveWorld } from './live-world.ts';

/** Bodies that matter are read before the judge is asked; the others wait until it has spoken. */
export function bodyMatters(surface: Surface, method: string): boolean {
  return method === 'POST' && ['web', 'oauth', 'graphql'].includes(surface.kind);
}

export function bodyFacts(
  surface: Surface,
  head: ReceivedHead,
  {
    body,
    live,
  }: {
    readonly body: Uint8Array;
    readonly live: LiveWorld;
  },
): BodyFacts {
  if (!bodyMatters(surface, head.method)) return { kind: 'none' };
  if (surface.kind === 'graphql') return graphqlFacts(body);
  const fields = readFields(body, head.headers);
  if (surface.kind === 'oauth') return grantFacts(fields, live);
  if (head.path === '/session') {
    return { kind: 'sign-in', login: fields['login'] ?? '', password: fields['password'] ?? '' };
  }
  return head.path === '/switch_account'
    ? { kind: 'switch', login: fields['login'] ?? '' }
    : { kind: 'none' };
}

function grantFacts(fields: Readonly<Record<string, string>>, live: LiveWorld): BodyFacts {
  if (fields['grant_type'] === 'refresh_token')
    return { kind: 'refresh', token: fields['refresh_token'] ?? '' };
  const login =
    live.codes.get(fields['code'] ?? '')?.login ??
    live.devices.get(fields['device_code'] ?? '')?.login ??
    null;
  return login === null ? { kind: 'none' } : { kind: 'grant', login };
}
