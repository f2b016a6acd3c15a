// TLS towards clients on the authority's contexts: versions, suites, groups, renegotiation, resumption.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import { host, run, value } from '../../test/support/authority-parts.ts';
import { CLIENT, type Opened, opened, serve, serveContext } from '../../test/support/served-authority.ts';
import type { Hostname } from '../core/base/hostname.ts';

interface Handshake {
  readonly name: string;
  readonly options: Omit<tls.ConnectionOptions, 'servername'>;
  /** The protocol that results, or null when the handshake must fail. */
  readonly protocol: string | null;
  /** The alert of the gate that ends a handshake which must fail. */
  readonly alert?: string;
  readonly cipher?: string;
}

const VERSION = 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION';
const HANDSHAKE = 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE';

const HANDSHAKES: readonly Handshake[] = [
  { name: 'TLS 1.3', options: {}, protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
  {
    name: 'TLS 1.3 with the post-quantum group',
    options: { ecdhCurve: 'X25519MLKEM768' },
    protocol: 'TLSv1.3',
  },
  { name: 'TLS 1.3 with P-256', options: { ecdhCurve: 'P-256' }, protocol: 'TLSv1.3' },
  {
    name: 'TLS 1.3 with the order of the gate, not of the client',
    options: { ciphers: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256' },
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
  },
  {
    name: 'ChaCha20 to a client that puts it first',
    options: { ciphers: 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256' },
    protocol: 'TLSv1.3',
    cipher: 'TLS_CHACHA20_POLY1305_SHA256',
  },
  {
    name: 'TLS 1.2',
    options: { maxVersion: 'TLSv1.2' },
    protocol: 'TLSv1.2',
    cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  },
  { name: 'TLS 1.1', options: old('TLSv1.1'), protocol: null, alert: VERSION },
  { name: 'TLS 1.0', options: old('TLSv1'), protocol: null, alert: VERSION },
  {
    name: 'a suite without AEAD',
    options: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA' },
    protocol: null,
    alert: HANDSHAKE,
  },
  {
    name: 'a suite without ECDHE',
    options: { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    protocol: null,
    alert: HANDSHAKE,
  },
  { name: 'a group that is not offered', options: { ecdhCurve: 'P-521' }, protocol: null, alert: HANDSHAKE },
];

/** Old versions need a client that is told to lower its own guard. */
function old(version: tls.SecureVersion): Omit<tls.ConnectionOptions, 'servername'> {
  return { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
}

interface Met {
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly resumed: boolean;
  readonly session: Buffer | null;
  /** The code of what ended it; null where it went well. */
  readonly error: string | null;
}

/** Connects, echoes one byte (TLS 1.3 tickets come after the handshake), and tells what was met. */
async function meet(
  gate: Opened,
  port: number,
  options: tls.ConnectionOptions & { readonly servername: string },
): Promise<Met> {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: gate.authority.caPem, ...options });
  let session: Buffer | null = null;
  socket.on('session', (ticket) => {
    session = ticket;
  });
  try {
    await once(socket, 'secureConnect');
    socket.write('x');
    await once(socket, 'data');
    return {
      ...{ session, error: null },
      protocol: socket.getProtocol(),
      cipher: socket.getCipher().name ?? null,
      resumed: socket.isSessionReused(),
    };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
    return { session: null, protocol: null, cipher: null, resumed: false, error: String(code) };
  } finally {
    socket.destroy();
  }
}

for (const row of HANDSHAKES) {
  test(`R-13 a leaf's context ${row.protocol === null ? 'refuses' : 'speaks'} ${row.name}`, async (t) => {
    const gate = await opened(t);
    const port = await serve(t, gate, host('github.com'));
    const met = await meet(gate, port, { servername: 'github.com', ...row.options });
    assert.deepEqual([met.protocol, met.error], [row.protocol, row.alert ?? null]);
    if (row.cipher !== undefined) assert.equal(met.cipher, row.cipher);
  });
}

test("R-13 a leaf's context refuses renegotiation and compression", async (t) => {
  const gate = await opened(t);
  const port = await serve(t, gate, host('github.com'));
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'github.com', '-tls1_2', '-comp'];
  const { text } = await run('openssl', args, { input: 'R\n' });
  assert.match(text, /RENEGOTIATING\n[\s\S]*no renegotiation/);
  assert.match(text, /Compression: NONE/);
});

async function contextPort(
  t: TestContext,
  gate: Opened,
  name: Hostname,
  purpose: 'content' | 'refusal',
): Promise<number> {
  return serveContext(t, value(await gate.authority.leafFor(name, purpose, CLIENT)));
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`R-18 a ${version} session is resumed for its own host and purpose only`, async (t) => {
    const gate = await opened(t);
    const [api, web] = [host('api.github.com'), host('github.com')];
    const versions = { minVersion: version, maxVersion: version };
    const first = await contextPort(t, gate, api, 'content');
    const { session } = await meet(gate, first, { ...versions, servername: api });
    assert.ok(session);
    const again = { ...versions, session };
    assert.equal((await meet(gate, first, { ...again, servername: api })).resumed, true);
    const otherHost = await contextPort(t, gate, web, 'content');
    assert.deepEqual(
      [await meet(gate, otherHost, { ...again, servername: web })].map((met) => [met.protocol, met.resumed]),
      [[version, false]],
    );
    const refusal = await contextPort(t, gate, api, 'refusal');
    assert.deepEqual(
      [await meet(gate, refusal, { ...again, servername: api })].map((met) => [met.protocol, met.resumed]),
      [[version, false]],
    );
  });
}
