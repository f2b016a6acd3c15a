// Where clients connect, as settings say it: the schema of a listener, and what listeners must not do to each other.
// Must not know what is served there.
import { z } from 'zod';
import type { Cidr } from '../base/ip-address.ts';
import { cidrSchema, listenSchema } from './_setting-values.ts';
import { LISTENER_DOORS, type ListenAddress, type ListenerDoor } from './settings.ts';

/** A listener as it is written: one of the doors has an address. */
export interface WrittenListener extends Readonly<Partial<Record<ListenerDoor, ListenAddress | undefined>>> {
  readonly name: string;
  readonly credentials: 'none' | 'required';
  readonly proxyProtocol: readonly Cidr[];
}

export function listenerSchema(): z.ZodType<WrittenListener, unknown> {
  return z.strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        'a name has 1 to 64 letters, digits, dots, hyphens or underscores',
      )
      .meta({ description: 'Its name in the policy, the record and the metrics.', examples: ['office'] }),
    proxy: listenSchema()
      .optional()
      .meta({
        description: 'Address and port of an explicit HTTP proxy; this or socks.',
        examples: ['"127.0.0.1:3128"'],
      }),
    socks: listenSchema()
      .optional()
      .meta({
        description: 'Address and port of a SOCKS5 proxy (RFC 1928, CONNECT); this or proxy.',
        examples: ['"127.0.0.1:1080"'],
      }),
    credentials: z
      .enum(['none', 'required'])
      .default('none')
      .describe('Whether every client must send proxy credentials (407, or RFC 1929).'),
    proxyProtocol: z
      .array(cidrSchema())
      .prefault([])
      .describe(
        'Peers, such as load balancers, whose PROXY header (v1 or v2) says who the client is. They must send one.',
      ),
  });
}

/** Where a listener listens, and what is spoken there; one, unless the settings are wrong. */
export function waysIn(
  listener: Pick<WrittenListener, ListenerDoor>,
): { readonly door: ListenerDoor; readonly at: ListenAddress }[] {
  return LISTENER_DOORS.flatMap((door) => {
    const at = listener[door];
    return at === undefined ? [] : [{ door, at }];
  });
}

export interface ListenerFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly mend: string;
}

interface Surroundings {
  readonly listeners: readonly WrittenListener[];
  readonly identity: { readonly htpasswd: string | null };
  readonly admin: { readonly listen: ListenAddress };
  readonly ca: { readonly crlUrl: string | null };
}

export function listenerFaults(settings: Surroundings): ListenerFault[] {
  const { listeners, ca } = settings;
  const faults = listeners.flatMap((listener, at) => [
    ...namedTwice(settings, at),
    ...badPlace(settings, at),
    ...unverified(settings, listener).map((fault) => ({ ...fault, path: ['listeners', at, 'credentials'] })),
  ]);
  // Leaves say where it is, and clients that cannot fetch it may refuse them.
  if (ca.crlUrl !== null || listeners.some(({ proxy }) => proxy !== undefined)) return faults;
  const message = 'none of them serves the revocation list';
  return [...faults, { path: ['listeners'], message, mend: 'add one with proxy, or say ca.crlUrl' }];
}

function namedTwice({ listeners }: Surroundings, at: number): ListenerFault[] {
  const isTwin = listeners.slice(0, at).some((earlier) => earlier.name === listeners[at]?.name);
  const message = 'another listener has this name';
  return isTwin ? [{ path: ['listeners', at, 'name'], message, mend: 'give each its own name' }] : [];
}

function badPlace({ listeners, admin }: Surroundings, at: number): ListenerFault[] {
  const [way, other] = waysIn(listeners[at] ?? {});
  const path = ['listeners', at];
  if (way === undefined) {
    const mend = 'add proxy: "127.0.0.1:3128", or socks: "127.0.0.1:1080"';
    return [{ path, message: 'it does not say where it listens', mend }];
  }
  if (other !== undefined) {
    const message = `it has ${way.door} already`;
    return [{ path: [...path, other.door], message, mend: 'make it a listener of its own' }];
  }
  const before = listeners.slice(0, at).flatMap((earlier) => waysIn(earlier));
  const places = [admin.listen, ...before.map((earlier) => earlier.at)];
  if (!places.some((place) => samePlace(place, way.at))) return [];
  return [
    { path: [...path, way.door], message: 'something else listens there', mend: 'choose another port' },
  ];
}

function unverified(
  { identity }: Surroundings,
  { credentials }: WrittenListener,
): Pick<ListenerFault, 'message' | 'mend'>[] {
  if (credentials === 'none' || identity.htpasswd !== null) return [];
  const mend = 'add identity: { htpasswd: users.htpasswd }';
  return [{ message: 'no identity source can verify them', mend }];
}

function samePlace(a: ListenAddress, b: ListenAddress): boolean {
  const everywhere = (address: string) => address === '0.0.0.0' || address === '::';
  return (
    a.port !== 0 &&
    a.port === b.port &&
    (a.address === b.address || everywhere(a.address) || everywhere(b.address))
  );
}
