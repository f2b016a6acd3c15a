// The first that a client says in its tunnel: whole, byte by byte, and with a tail. Must not know what becomes of it.
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import test from 'node:test';
import { captureClientHello } from '../../../test/support/client-hellos.ts';
import { fileScope } from '../../../test/support/test-scope.ts';
import { GatewayFailure } from '../failure.ts';
import { sniff } from './sniff.ts';

const HELLO = Buffer.from(await captureClientHello(fileScope(), { servername: 'github.com' }));
const HTTP = Buffer.from('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
const SSH = Buffer.from('SSH-2.0-OpenSSH_9.9\r\n');
const TAIL = Buffer.from('what comes behind');

/** `tls NAME`, `http`, or the code of the failure. */
const ROWS = [
  { name: 'a hello', bytes: HELLO, tls: 'tls github.com', either: 'tls github.com' },
  { name: 'HTTP in clear', bytes: HTTP, tls: 'not-tls', either: 'http' },
  { name: 'SSH', bytes: SSH, tls: 'not-tls', either: 'not-tls' },
] as const;

const WAYS: readonly { readonly way: string; readonly send: (socket: Socket, bytes: Buffer) => void }[] = [
  { way: 'whole', send: (socket, bytes) => void socket.push(bytes) },
  {
    way: 'byte by byte',
    send: (socket, bytes) => {
      for (const byte of bytes) socket.push(Buffer.of(byte));
    },
  },
  { way: 'with a tail', send: (socket, bytes) => void socket.push(Buffer.concat([bytes, TAIL])) },
];

for (const { name, bytes, tls, either } of ROWS) {
  for (const { way, send } of WAYS) {
    for (const [carries, expected] of [['tls', tls] as const, ['tls-or-http', either] as const]) {
      test(`R-19 sniff() of ${name}, ${way}, in a tunnel for ${carries}, is ${expected}`, async (t) => {
        const socket = new Socket();
        t.after(() => socket.destroy());
        const asked = sniff({ socket, early: Buffer.alloc(0) }, carries, 60_000);
        send(socket, bytes);
        assert.equal(told(await asked), expected);
      });
    }
  }
  test(`R-19 sniff() of ${name} that came ahead keeps every byte`, async (t) => {
    const socket = new Socket();
    t.after(() => socket.destroy());
    const sniffed = await sniff({ socket, early: bytes }, 'tls-or-http', 60_000);
    assert.equal(told(sniffed), either);
    if (!(sniffed instanceof GatewayFailure)) assert.deepEqual(sniffed.bytes, bytes);
  });
}

test('R-19 sniff() of a client that leaves within its hello is client-gone', async (t) => {
  const socket = new Socket();
  t.after(() => socket.destroy());
  const asked = sniff({ socket, early: HELLO.subarray(0, 20) }, 'tls', 60_000);
  socket.push(null);
  assert.equal(told(await asked), 'client-gone');
});

function told(sniffed: Awaited<ReturnType<typeof sniff>>): string {
  if (sniffed instanceof GatewayFailure) return sniffed.code;
  return sniffed.hello === null ? 'http' : `tls ${sniffed.hello.serverName}`;
}
