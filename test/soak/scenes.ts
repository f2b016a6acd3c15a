// What the clients of the soak do, and what each must be told. Must not know how many there are, nor for how long.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { Demo } from '../support/demo.ts';
import { askHttp2, openHttp2 } from '../support/http2-client.ts';
import {
  connectThrough,
  type HttpWish,
  requestThrough,
  type TunnelWish,
  tunnel,
} from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';

/** One visit of one client; it throws when it is told anything but what it must be told. */
export interface Scene {
  readonly name: string;
  readonly play: (t: TestScope) => Promise<void>;
}

const MEMBER = 'Bearer ghp_MonaOctoClassic000000000000000000000';
const OUTSIDER = 'Bearer ghp_MonalisaClassic000000000000000000000';
const USER = 'https://api.github.com/user';
const BIG_BYTES = 2_000_000;

/** Every kind of client that the demo's policy tells apart, and every way through the gate. */
export function scenesFor(demo: Demo): readonly Scene[] {
  const ca = readFileSync(demo.caFile, 'utf8');
  const port = (url: string): number => Number(new URL(url).port);
  const office = { proxyPort: port(demo.office), ca };
  const staff = (user: string) => ({ proxyPort: port(demo.staff), ca, credentials: `${user}:${user}-demo` });
  const asks = (name: string, url: string, wish: HttpWish & { readonly status: number }): Scene => ({
    name,
    play: async (t) => {
      const { status, body } = await requestThrough(t, url, wish);
      assert.equal(status, wish.status, `${name}: ${body.toString().slice(0, 200)}`);
    },
  });
  const token = (authorization: string, more: Readonly<Record<string, string>> = {}) => ({
    headers: { authorization, ...more },
  });
  const forged = { 'Sec_GitHub.Allowed-Enterprise': '67890', 'sec-github-allowed-enterprise': '67890' };
  return [
    asks('member', USER, { ...office, ...token(MEMBER), status: 200 }),
    asks('outsider', USER, { ...office, ...token(OUTSIDER), status: 403 }),
    asks('outsider with a stamp of its own', USER, { ...office, ...token(OUTSIDER, forged), status: 403 }),
    asks('exempt user', USER, { ...staff('carol'), ...token(OUTSIDER), status: 200 }),
    asks('user who is not exempt', USER, { ...staff('dave'), ...token(OUTSIDER), status: 403 }),
    asks('blocked host', 'https://github.dev/', { ...office, status: 403 }),
    asks('blocked path', 'https://github.com/settings/tokens', { ...office, ...token(MEMBER), status: 403 }),
    refusedConnect(office.proxyPort),
    asks('spliced host', 'https://avatars.githubusercontent.com/u/1', { ...office, status: 200 }),
    bigDownload('big download', 'https://collector.github.com', office),
    bigDownload('big download, spliced', 'https://objects.githubusercontent.com', office),
    bigUpload(office),
    http2Streams(office),
    webSocket(office),
    leavesEarly(office),
  ];
}

function refusedConnect(proxyPort: number): Scene {
  return {
    name: 'host that nobody named',
    play: async (t) => {
      const { answer } = await connectThrough(t, 'example.com:443', { proxyPort });
      assert.equal(answer.status, 403);
    },
  };
}

function bigDownload(name: string, origin: string, wish: HttpWish): Scene {
  return {
    name,
    play: async (t) => {
      const { status, body } = await requestThrough(t, `${origin}/bytes/${BIG_BYTES}`, wish);
      assert.deepEqual([status, body.length], [200, BIG_BYTES]);
    },
  };
}

function bigUpload(wish: HttpWish): Scene {
  const body = Buffer.alloc(BIG_BYTES, ' ');
  const url = 'https://api.business.githubcopilot.com/chat/completions';
  return {
    name: 'big upload',
    play: async (t) => {
      const headers = { authorization: MEMBER, 'content-type': 'application/json' };
      const { status } = await requestThrough(t, url, { ...wish, method: 'POST', headers, body });
      assert.equal(status, 200);
    },
  };
}

function http2Streams(wish: TunnelWish): Scene {
  return {
    name: 'four streams of HTTP/2',
    play: async (t) => {
      const secure = await tunnel(t, 'api.github.com:443', { ...wish, alpn: ['h2'] });
      const session = await openHttp2(t, secure.socket, 'api.github.com');
      const answers = await Promise.all(
        [MEMBER, OUTSIDER, MEMBER, OUTSIDER].map((authorization) =>
          askHttp2(session, { ':path': '/user', authorization }),
        ),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 403, 200, 403],
      );
    },
  };
}

function webSocket(wish: TunnelWish): Scene {
  return {
    name: 'WebSocket',
    play: async (t) => {
      const secure = await tunnel(t, 'alive.github.com:443', wish);
      secure.socket.removeAllListeners('data');
      const socket = new WebSocket('wss://alive.github.com/_sockets/u/1/ws', {
        createConnection: () => secure.socket,
        headers: { authorization: MEMBER },
      });
      t.after(() => socket.terminate());
      await once(socket, 'open');
      for (let said = 0; said < 5; said += 1) {
        const heard = once(socket, 'message');
        socket.send('{"subscribe":{}}');
        const [answer] = await heard;
        assert.equal(JSON.parse(String(answer)).e, 'ack');
      }
    },
  };
}

/** Leaves within a large answer: the gate must let go of what it holds for it. */
function leavesEarly(wish: TunnelWish): Scene {
  return {
    name: 'client that leaves early',
    play: async (t) => {
      const connection = await tunnel(t, 'collector.github.com:443', wish);
      await connection.send(`GET /bytes/${BIG_BYTES} HTTP/1.1\r\nHost: collector.github.com\r\n\r\n`);
      assert.match((await connection.read(15)).toString(), /^HTTP\/1\.1 200/);
      connection.socket.destroy();
    },
  };
}
