// Where a tour goes: through a running demo, found by its admin API, or through a real network, as it is told.
// Must not know the scenes.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { getCACertificates } from 'node:tls';
import { z } from 'zod';
import type { Way } from '../../client/proxied-request.ts';
import { castFrom, demoCast, type Props } from '../../client/walkthrough/cast.ts';
import type { Where } from '../../client/walkthrough/scene.ts';
import type { Itinerary } from '../../client/walkthrough/tour.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type AdminClient, adminClient } from '../admin-client.ts';
import type { Cli } from '../cli.ts';
import { readText } from '../files.ts';
import { askStamp, type StampState, turnStamp } from '../gate/stamp-switch.ts';

export interface TourOptions {
  readonly admin: string;
  readonly tokenFile: string;
  readonly proxy?: string;
  readonly ca: string;
  /** `https://HOST`: a real network; without it, the demo. */
  readonly github?: string;
  readonly enterprise?: string;
  readonly shortcode?: string;
  /** `HOST:PORT`, past the gate. */
  readonly direct?: string;
}

/** A tour that can be taken, and how to leave everything as it was found. */
export interface Plan {
  readonly itinerary: Itinerary;
  /** Puts the stamp back. */
  restore(): Promise<Result<unknown, Trouble>>;
}

type NoWay = { readonly kind: 'none'; readonly why: string };
type Wish = Pick<Itinerary, 'isOver'>;

/** Through the demo: the default world's people, and the stamp switched off for what happens outside. */
export async function planDemo(cli: Cli, options: TourOptions, wish: Wish): Promise<Result<Plan, Trouble>> {
  const client = adminClient(cli, options);
  if (!client.ok) return client;
  const before = await askStamp(client.value);
  if (!before.ok) return before;
  const status = await client.value.ask({ method: 'GET', path: '/api/v1/status', shape: STATUS });
  if (!status.ok) return status;
  const office = options.proxy ?? listenerUrl(status.value, 'office', '');
  const direct = directWay(options.direct ?? DEMO_GITHUB);
  if (!direct.ok) return direct;
  const way = proxyWay(office);
  if (!way.ok) return way;
  const common = await commonParts(cli, options, wish);
  if (!common.ok) return common;
  const props = demoCast();
  const key = readOutsideAppKey(resolve(cli.terminal.cwd, options.ca));
  if (key !== null) props.set('outsideAppKey', key);
  const stamp = stampKeeper(client.value, before.value.stamp);
  const ways = {
    inside: way.value,
    outside: way.value,
    exempt: signedInWay(status.value, 'carol:carol-demo'),
    staff: signedInWay(status.value, 'dave:dave-demo'),
    past: direct.value,
  };
  return ok({
    itinerary: { ...common.value, web: 'github.com', props, ways, enter: stamp.enter },
    restore: stamp.restore,
  });
}

/** Through a real network: what the administrator brings, and nothing switched. */
export async function planReal(cli: Cli, options: TourOptions, wish: Wish): Promise<Result<Plan, Trouble>> {
  const web = /^https:\/\/([a-z0-9.-]+)\/?$/i.exec(options.github ?? '')?.[1];
  if (web === undefined)
    return failed(`Cannot visit ${JSON.stringify(options.github)}: write it as https://github.com.`);
  if (options.enterprise === undefined || options.shortcode === undefined)
    return failed(
      'Cannot know what GitHub should say: name your enterprise with --enterprise SLUG and --shortcode CODE.',
    );
  const way = proxyWay(options.proxy ?? DEFAULT_PROXY);
  if (!way.ok) return way;
  const direct = options.direct === undefined ? ok(NOT_DIRECT) : directWay(options.direct);
  if (!direct.ok) return direct;
  const props = castFrom(cli.terminal.env);
  const exempt = exemptWay(props);
  if (!exempt.ok) return exempt;
  const common = await commonParts(cli, options, wish);
  if (!common.ok) return common;
  const ways = {
    inside: way.value,
    outside: none('the stamp is switched in the demo alone'),
    exempt: exempt.value,
    staff: none('only the demo can play this'),
    past: direct.value,
  };
  return ok({
    itinerary: { ...common.value, web: web.toLowerCase(), props, ways, enter: async () => ok(null) },
    restore: async () => ok(null),
  });
}

const DEFAULT_PROXY = 'http://127.0.0.1:3128';
const DEMO_GITHUB = '127.0.0.1:8443';
const NOT_DIRECT: NoWay = { kind: 'none', why: '--direct names no way past the gate' };

const STATUS = z.object({ listeners: z.array(z.object({ name: z.string(), address: z.string() })) });
type Status = z.infer<typeof STATUS>;

type Common = Pick<Itinerary, 'named' | 'trust' | 'trustFile' | 'env' | 'nowMs' | 'isOver'>;

async function commonParts(cli: Cli, options: TourOptions, wish: Wish): Promise<Result<Common, Trouble>> {
  const ca = readText(cli, options.ca, 'the CA certificate');
  if (!ca.ok) return ca;
  if (!ca.value.text.includes('-----BEGIN CERTIFICATE-----'))
    return failed(`Cannot use ${JSON.stringify(options.ca)} as CA certificate: it is no PEM file.`);
  return ok({
    ...wish,
    named: { enterprise: options.enterprise ?? 'octo-corp', shortcode: options.shortcode ?? 'octo' },
    // What the gate splices shows GitHub's own certificate.
    trust: { ca: [ca.value.text, ...getCACertificates('default')] },
    trustFile: resolve(cli.terminal.cwd, options.ca),
    env: cli.terminal.env,
    nowMs: () => cli.terminal.nowMs(),
  });
}

function listenerUrl({ listeners }: Status, name: string, credentials: string): string {
  const found = listeners.find((listener) => listener.name === name);
  return found === undefined
    ? DEFAULT_PROXY
    : `http://${credentials === '' ? '' : `${credentials}@`}${found.address}`;
}

function signedInWay(status: Status, credentials: string): Way | NoWay {
  const isThere = status.listeners.some(({ name }) => name === 'staff');
  if (!isThere) return none('the gate has no listener "staff"');
  return { kind: 'proxy', url: listenerUrl(status, 'staff', credentials) };
}

function exemptWay(props: Props): Result<Way | NoWay, Trouble> {
  const url = props.get('exemptProxy');
  return url === undefined ? ok(none('GATEWRIGHT_PROXY_EXEMPT is not set')) : proxyWay(url);
}

function proxyWay(url: string): Result<Way, Trouble> {
  if (/^http:\/\/(?:[^/@]*@)?[^/@?#]+\/?$/.test(url) && URL.canParse(url)) return ok({ kind: 'proxy', url });
  // The credentials in it are nobody's to see.
  const shown = url.replace(/\/\/[^/@]*@/, '//…@');
  return failed(`Cannot use ${JSON.stringify(shown)} as proxy: write it as http://HOST:PORT.`);
}

function directWay(text: string): Result<Way, Trouble> {
  const [, host = '', port = ''] = /^([^:/@]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(text) ?? [];
  if (host === '')
    return failed(`Cannot reach GitHub at ${JSON.stringify(text)}: write --direct as HOST:PORT.`);
  return ok({ kind: 'direct', host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
}

/** The key of the app outside the enterprise, which the demo writes beside its CA; null where it is not there. */
function readOutsideAppKey(caFile: string): string | null {
  const file = join(dirname(caFile), 'simulator', 'open-bot.pem');
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

interface StampKeeper {
  enter(where: Where): Promise<Result<unknown, Trouble>>;
  restore(): Promise<Result<unknown, Trouble>>;
}

/** Switches only when the stamp stands otherwise. */
function stampKeeper(client: AdminClient, before: StampState): StampKeeper {
  let now = before;
  const turn = async (to: StampState): Promise<Result<unknown, Trouble>> => {
    if (now === to) return ok(null);
    const turned = await turnStamp(client, to);
    if (turned.ok) now = turned.value.stamp;
    return turned;
  };
  return { enter: (where) => turn(where === 'outside' ? 'off' : 'on'), restore: () => turn(before) };
}

function none(why: string): NoWay {
  return { kind: 'none', why };
}

function failed(message: string): Result<never, Trouble> {
  return err({ kind: 'failed', message });
}
