// The hosts on which the header is ignored: content, assets, pages, telemetry, data residency, and whatever else is named.
// Must not know tokens. Bodies are streamed here, so that uploads and downloads of any size can be tried.
import { pipeline } from 'node:stream/promises';
import { isUnder } from '../core/base/hostname.ts';
import { html, json, page, redirect, text } from './answers.ts';
import type { Call, Handler, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { findRoute, route } from './routes.ts';
import { TELEMETRY_ROUTES } from './telemetry.ts';

export async function answerDataHost(call: Call): Promise<Answer> {
  const { host, method, path } = call.exchange.head;
  const found = findRoute(routesOf(host), method, path);
  if (found !== null) return found.handler({ ...call, values: found.values });
  return method === 'GET' || method === 'HEAD' ? ownPage(call) : swallow(call);
}

function routesOf(host: string): readonly HandlerRoute[] {
  if (host === 'raw.githubusercontent.com') return [...ANYWHERE, ...RAW_ROUTES];
  if (host === 'avatars.githubusercontent.com') return [...ANYWHERE, ...AVATAR_ROUTES];
  if (isUnder(host, 'githubassets.com')) return [...ANYWHERE, ...ASSET_ROUTES];
  if (host === 'www.github.com') return [route('ANY *', () => redirect('https://github.com/'))];
  return [...ANYWHERE, ...TELEMETRY_ROUTES];
}

const ping: Handler = () => text(200, 'OK\n');

/** `/bytes/N` sends N bytes as fast as the client takes them. */
const bytes: Handler = ({ values }) => {
  const count = /^[0-9]{1,12}$/.test(values['count'] ?? '') ? Number(values['count']) : 0;
  return {
    kind: 'stream',
    status: 200,
    headers: ['content-type', 'application/octet-stream', 'content-length', String(count)],
    write: (to) => pipeline(chunks(count), to),
  };
};

const ANYWHERE: readonly HandlerRoute[] = [route('GET /_ping', ping), route('GET /bytes/:count', bytes)];

const RAW_ROUTES: readonly HandlerRoute[] = [
  route('GET /:owner/:name/:branch/*', ({ values, services }) => {
    const repository = services.live.repository(`${values['owner']}/${values['name']}`);
    return repository?.visibility === 'public'
      ? text(200, `# ${repository.name}\n`)
      : text(404, '404: Not Found');
  }),
];

const AVATAR_ROUTES: readonly HandlerRoute[] = [
  route('GET *', () => ({
    kind: 'whole',
    status: 200,
    headers: ['content-type', 'image/png'],
    body: Buffer.from(ONE_PIXEL, 'base64'),
  })),
];

const ASSET_ROUTES: readonly HandlerRoute[] = [
  route('GET *', () =>
    text(200, '/* an asset of the simulated GitHub */\n', ['cache-control', 'public, max-age=31536000']),
  ),
];

const ONE_PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

function ownPage({ exchange }: Call): Answer {
  const { host, path } = exchange.head;
  const said = path.replaceAll(/[^\w./-]/g, '');
  return html(
    200,
    page(host, `<h1>${host.replaceAll(/[^\w.-]/g, '')}</h1><p>The simulated GitHub serves ${said} here.</p>`),
  );
}

async function swallow({ exchange }: Call): Promise<Answer> {
  exchange.wantBody();
  let received = 0;
  for await (const chunk of exchange.message) received += chunk.length;
  return json(200, { received });
}

/** In chunks that wait for the client, so that memory stays small. */
function* chunks(count: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'gatewright ');
  for (let left = count; left > 0; left -= chunk.length)
    yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}
