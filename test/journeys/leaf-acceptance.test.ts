// Leaves for content and for refusals, under a CA of the gate's own and under an imported RSA CA of a company, shown to
// verifiers that share no code: OpenSSL, Python, curl, Node, Go (gh), Java (ant) and Chromium. Must not know the fields.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openBrowser } from '../support/browser.ts';
import { cleanVariables } from '../support/clients.ts';
import { type Office, startOffice } from '../support/office.ts';
import { CA_EXTENSIONS, OpensslWorkshop } from '../support/openssl-certificates.ts';
import { type Ended, runToEnd } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { requireTool, type SystemTool } from '../support/tools.ts';

const scope = fileScope();

/** A gate, and the one certificate that its clients were given. */
interface Authority {
  readonly name: string;
  readonly office: Office;
  readonly proxy: string;
  readonly caFile: string;
  /** Whether every certificate below that one names a list; the company's CA leaves its own to the company. */
  readonly lists: 'all' | 'leaf';
}

async function ownAuthority(t: TestScope): Promise<Authority> {
  const office = await startOffice(t);
  return authorityOf(office, {
    name: "the gate's own EC CA",
    caFile: join(office.gate.dir, 'ca', 'ca.pem'),
    lists: 'all',
  });
}

/** An RSA root of the company, and under it an RSA CA that is bound to names and was made for the gate. */
async function companyAuthority(t: TestScope): Promise<Authority> {
  const shop = await OpensslWorkshop.open(t);
  const root = await shop.make({ key: 'rsa', extensions: CA_EXTENSIONS, subject: 'Company Root' });
  const sub = await shop.make({
    ...{ key: 'rsa', signer: root, subject: 'Company CA for the gate' },
    extensions: [
      ...['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid', 'extendedKeyUsage=serverAuth'],
      `nameConstraints=critical,${NAMES.map((name) => `permitted;DNS:${name}`).join(',')}`,
    ],
  });
  const ca = { certificatePem: `${sub.pem}${root.pem}`, keyPem: sub.key };
  return authorityOf(await startOffice(t, { ca }), {
    name: "a company's RSA CA",
    caFile: root.certFile,
    lists: 'leaf',
  });
}

/** What the office's policy looks into, or refuses by name. */
const NAMES = [
  ...['github.com', 'githubcopilot.com', 'githubusercontent.com', 'example.org', 'example.net', 'github.dev'],
  ...['githubassets.com', 'githubapp.com'],
];

function authorityOf(office: Office, made: Pick<Authority, 'name' | 'caFile' | 'lists'>): Authority {
  return { ...made, office, proxy: `http://127.0.0.1:${office.gate.port('open')}` };
}

const AUTHORITIES = [await ownAuthority(scope), await companyAuthority(scope)];

/** What a client asks, and the status that it must have seen. */
interface Leaf {
  readonly name: string;
  readonly host: string;
  readonly status: number;
}

const LEAVES: readonly Leaf[] = [
  { name: 'content', host: 'api.github.com', status: 200 },
  { name: 'refusal', host: 'github.dev', status: 403 },
];

interface Asked {
  readonly dir: string;
  readonly proxy: string;
  /** The one CA that is believed. */
  readonly caFile: string;
  readonly lists: Authority['lists'];
  readonly host: string;
}

interface Client {
  readonly name: string;
  readonly tools: readonly SystemTool[];
  readonly command: (asked: Asked) => readonly string[];
  readonly input?: (asked: Asked) => string;
  readonly prepare?: (t: TestContext, asked: Asked) => Promise<Readonly<Record<string, string>>>;
}

const NODE_FETCH = `const answer = await fetch('https://' + process.env.HOST_ASKED + '/'); console.log('HTTP', answer.status);`;
// Python 3.13 sets the flag by itself.
const PYTHON = `
import os, ssl, urllib.error, urllib.request
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
try:
    print('HTTP', urllib.request.urlopen('https://' + os.environ['HOST_ASKED'] + '/', context=context).status)
except urllib.error.HTTPError as error:
    print('HTTP', error.code)`;
const ANT_BUILD = `<project default="get"><property environment="env"/>
<target name="get"><get src="https://\${env.HOST_ASKED}/" dest="answer" verbose="true"/><echo>HTTP 200</echo></target>
</project>`;

const CLIENTS: readonly Client[] = [
  {
    // The leaf's list is fetched from where the leaf says, over plain HTTP.
    name: 'OpenSSL, strictly and with the revocation list',
    tools: ['openssl'],
    command: ({ proxy, caFile, host }) => [
      ...['openssl', 's_client', '-quiet', '-proxy', proxy.replace('http://', ''), '-connect', `${host}:443`],
      ...['-servername', host, '-verify_hostname', host, '-CAfile', caFile, '-verify_return_error'],
      ...['-x509_strict', '-purpose', 'sslserver', '-crl_check', '-crl_download'],
    ],
    input: ({ host }) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  },
  { name: 'Python, strictly', tools: ['python3'], command: () => ['python3', '-c', PYTHON] },
  {
    name: 'curl',
    tools: ['curl'],
    command: ({ host }) => ['curl', '-sS', '-o', '/dev/null', '-w', 'HTTP %{http_code}', `https://${host}/`],
  },
  { name: 'Node', tools: [], command: () => [process.execPath, '--input-type=module', '-e', NODE_FETCH] },
  { name: 'Go', tools: ['gh'], command: ({ host }) => ['gh', 'api', '-i', `https://${host}/`] },
  {
    name: 'Java, with the revocation list where all have one',
    tools: ['java', 'keytool', 'ant'],
    command: () => ['ant', '-f', 'build.xml'],
    prepare: prepareJava,
  },
];

/** A trust store with the CA alone; revocation is looked up where the leaf says. */
async function prepareJava(
  t: TestContext,
  { dir, proxy, caFile, lists }: Asked,
): Promise<Readonly<Record<string, string>>> {
  writeFileSync(join(dir, 'build.xml'), ANT_BUILD);
  const store = join(dir, 'trust.p12');
  const imported = await runToEnd(t, [
    ...['keytool', '-importcert', '-noprompt', '-alias', 'gate', '-file', caFile],
    ...['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit'],
  ]);
  assert.equal(imported.status, 0, imported.stdout);
  const { hostname, port } = new URL(proxy);
  const options = {
    ...{ 'https.proxyHost': hostname, 'https.proxyPort': port },
    ...{ 'javax.net.ssl.trustStore': store, 'javax.net.ssl.trustStorePassword': 'changeit' },
    ...{ 'com.sun.net.ssl.checkRevocation': String(lists === 'all'), 'com.sun.security.enableCRLDP': 'true' },
  };
  return {
    ANT_OPTS: Object.entries(options)
      .map(([name, value]) => `-D${name}=${value}`)
      .join(' '),
  };
}

async function ask(t: TestContext, client: Client, wish: Omit<Asked, 'dir'>): Promise<Ended> {
  const asked = { ...wish, dir: await tempDir(t) };
  const { proxy, caFile, host, dir } = asked;
  const env = {
    ...cleanVariables(dir),
    ...{ HTTPS_PROXY: proxy, https_proxy: proxy, NODE_USE_ENV_PROXY: '1', HOST_ASKED: host },
    ...{ NODE_EXTRA_CA_CERTS: caFile, SSL_CERT_FILE: caFile, CURL_CA_BUNDLE: caFile, GH_TOKEN: 'ghp_none' },
    ...(await client.prepare?.(t, asked)),
  };
  return runToEnd(t, client.command(asked), { cwd: dir, env, input: client.input?.(asked) });
}

function hasTools(t: TestContext, tools: readonly SystemTool[]): boolean {
  return tools.every((tool) => requireTool(t, tool) !== null);
}

for (const authority of AUTHORITIES) {
  for (const client of CLIENTS) {
    for (const { name, host, status } of LEAVES) {
      test(`R-14 ${client.name} believes a leaf for ${name} under ${authority.name}`, async (t) => {
        if (!hasTools(t, client.tools)) return;
        const ended = await ask(t, client, { ...authority, host });
        assert.match(`${ended.stdout}${ended.stderr}`, new RegExp(`HTTP\\b[^]*\\b${status}\\b`));
      });
    }
  }
}

test('R-14 none of these clients believes a leaf under a CA that it was not given', async (t) => {
  const [own, company] = AUTHORITIES;
  assert.ok(own && company);
  for (const client of CLIENTS) {
    if (!hasTools(t, client.tools)) return;
    const ended = await ask(t, client, { ...own, host: 'api.github.com', caFile: company.caFile });
    assert.doesNotMatch(`${ended.stdout}${ended.stderr}`, /\b200\b/, client.name);
    assert.match(`${ended.stdout}${ended.stderr}`, /certificat|PKIX|self-signed|verif/i, client.name);
  }
});

test('R-14 Chromium believes leaves for content and for refusals under both', async (t) => {
  const [chromium, certutil] = [requireTool(t, 'chromium'), requireTool(t, 'certutil')];
  if (chromium === null || certutil === null) return;
  for (const { proxy, caFile } of AUTHORITIES) {
    const folder = await tempDir(t);
    mkdirSync(folder, { recursive: true });
    const browser = await openBrowser(t, { chromium, certutil, demo: { folder }, caFile });
    const page = await (await browser.newContext({ proxy: { server: proxy } })).newPage();
    for (const { host, status } of LEAVES)
      assert.equal((await page.goto(`https://${host}/`))?.status(), status);
  }
});
