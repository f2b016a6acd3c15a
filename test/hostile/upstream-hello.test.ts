// What upstream sees of the gate's TLS before anything is encrypted, byte by byte, and what it may do later.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { captureClientHello, captureFirstFlight } from '../support/client-hellos.ts';
import { type Grade, gradeHello, type HelloParts, helloParts } from '../support/hello-grade.ts';
import { inside, startOffice } from '../support/office.ts';
import { CA_EXTENSIONS, OpensslWorkshop, serverExtensions } from '../support/openssl-certificates.ts';
import { freePort } from '../support/ports.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const HTTP1 = await gateHello(['http/1.1']);
const HTTP2 = await gateHello(['h2', 'http/1.1']);

/** The gate's hello on behalf of a client with these protocols. */
async function gateHello(alpn: readonly string[]): Promise<HelloParts> {
  const flight = await captureFirstFlight(scope, (port) => {
    void startOffice(scope, { authority, upstreamPort: port })
      .then((office) => inside(scope, office, { alpn: [...alpn] }))
      .catch(() => undefined);
  });
  return helloParts(flight);
}

for (const [alpn, hello] of [
  [['http/1.1'], HTTP1],
  [['h2', 'http/1.1'], HTTP2],
] as const) {
  test(`R-24 the hello that upstream gets for a client of ${alpn.join(' and ')} is graded A`, () => {
    assert.deepEqual(gradeHello(hello), { grade: 'A', why: [] });
    assert.deepEqual(
      {
        name: hello.serverName,
        alpn: hello.alpn,
        versions: hello.versions,
        groups: hello.groups,
        postQuantumShare: hello.keyShares.includes(0x11ec),
        resumes: hello.resumes,
      },
      {
        name: 'github.com',
        alpn,
        versions: [0x0304, 0x0303],
        groups: [0x11ec, 0x001d, 0x0017, 0x0018],
        postQuantumShare: true,
        resumes: false,
      },
    );
    // Extended master secrets (RFC 7627) and a word against insecure renegotiation (RFC 5746) are offered.
    assert.ok(hello.extensions.includes(23) && hello.extensions.includes(65281));
  });
}

const OTHERS: readonly { readonly name: string; readonly ciphers: string; readonly grade: Grade }[] = [
  { name: 'only ECDHE with AEAD', ciphers: 'ECDHE+AESGCM', grade: 'A' },
  { name: 'AEAD without forward secrecy', ciphers: 'AES128-GCM-SHA256', grade: 'B' },
  { name: 'CBC', ciphers: 'ECDHE-RSA-AES128-SHA', grade: 'B' },
  { name: 'no encryption', ciphers: 'NULL-SHA256:@SECLEVEL=0', grade: 'F' },
  { name: 'no authentication', ciphers: 'ADH-AES128-SHA:@SECLEVEL=0', grade: 'F' },
];

for (const { name, ciphers, grade } of OTHERS) {
  test(`R-24 gradeHello() gives ${grade} to a client of ${name}`, async (t) => {
    const flight = await captureClientHello(t, {
      ...{ ciphers, servername: 'github.com', ecdhCurve: 'X25519:P-256' },
      sigalgs: 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256',
    });
    assert.equal(gradeHello(helloParts(flight)).grade, grade);
  });
}

const RAW: readonly { readonly name: string; readonly change: Partial<HelloParts>; readonly grade: Grade }[] =
  [
    { name: 'RC4', change: { suites: [0x0005] }, grade: 'C' },
    { name: '3DES', change: { suites: [0xc012] }, grade: 'C' },
    { name: 'export keys', change: { suites: [0xc02b, 0x0003] }, grade: 'F' },
    { name: 'TLS 1.0', change: { versions: [0x0303, 0x0301] }, grade: 'C' },
    { name: 'SSL 3', change: { versions: [0x0300] }, grade: 'F' },
    { name: 'compression', change: { compressions: [1, 0] }, grade: 'C' },
    { name: 'heartbeats', change: { extensions: [15] }, grade: 'C' },
    { name: 'SHA-1', change: { signatures: [0x0201] }, grade: 'B' },
    { name: 'an odd group', change: { groups: [0x0016] }, grade: 'B' },
  ];

for (const { name, change, grade } of RAW) {
  test(`R-24 gradeHello() gives ${grade} to ${name}`, () => {
    assert.equal(gradeHello({ ...HTTP1, ...change }).grade, grade);
  });
}

test('R-24 an upstream that asks to renegotiate is told no, and the client gets 502', async (t) => {
  if (requireTool(t, 'openssl') === null) return;
  const shop = await OpensslWorkshop.open(t);
  const root = await shop.make({ extensions: CA_EXTENSIONS, subject: 'OpenSSL Root' });
  const leaf = await shop.make({ signer: root, extensions: serverExtensions('github.com') });
  const port = await freePort();
  const args = ['-accept', String(port), '-tls1_2', '-cert', leaf.certFile, '-key', leaf.keyFile];
  const server = spawn('openssl', ['s_server', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  const said = hearing(server);
  await said(/ACCEPT/);
  const trusted = { ...authority, rootPem: `${authority.rootPem}\n${root.pem}` };
  const office = await startOffice(t, { authority: trusted, upstreamPort: port });
  const connection = await inside(t, office);
  await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
  await said(/GET \/ HTTP\/1\.1/);
  server.stdin.write('r\n');
  await said(/no renegotiation/);
  assert.equal((await connection.readAnswer()).status, 502);
});

/** Waits for what a program says on either of its streams. */
function hearing(child: ReturnType<typeof spawn>): (pattern: RegExp) => Promise<void> {
  let heard = '';
  const hear = (piece: Buffer): void => {
    heard += piece.toString();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return (pattern) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`never said ${pattern}: ${heard}`)), 10_000);
      const look = (): void => {
        if (!pattern.test(heard)) return;
        clearTimeout(late);
        resolve();
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      look();
    });
}
