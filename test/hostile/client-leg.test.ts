// TLS towards clients, as testssl.sh and openssl see it through the proxy port. Must not know how contexts are made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { bridgeThrough } from '../support/connect-bridge.ts';
import { startOffice } from '../support/office.ts';
import { runToEnd } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const scope = fileScope();
// A scanner opens more tunnels in a second than a developer.
const office = await startOffice(scope, { limits: { handshakesPerSecond: 1_000 } });

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** What testssl.sh finds with these checks. */
async function findings(t: TestContext, checks: readonly string[]): Promise<readonly Finding[]> {
  const port = await bridgeThrough(t, office.gate.port('open'), 'github.com:443');
  const file = join(await tempDir(t), 'findings.json');
  const ended = await runToEnd(t, [
    ...['testssl', '--ip', '127.0.0.1', '--nodns', 'min', '--warnings', 'off', '--color', '0', '--quiet'],
    ...['--connect-timeout', '5', '--openssl-timeout', '5', '--jsonfile', file],
    ...[...checks, `github.com:${port}`],
  ]);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`testssl.sh wrote no findings: ${ended.stdout}${ended.stderr}`);
  }
}

/** OK, INFO and LOW are fine; WARN says that a check could not be made. */
const SEVERE: ReadonlySet<string> = new Set(['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL']);
/**
 * Leaves live for seven days by design, and their CA is the gate's own, which testssl.sh is not given; both are tried
 * against real verifiers in test/journeys/leaf-acceptance.test.ts.
 */
const BY_DESIGN: ReadonlySet<string> = new Set([
  'cert_expirationStatus',
  'cert_notAfter',
  'cert_chain_of_trust',
]);

const PROTOCOLS_AND_ATTACKS = [
  ...['-p', '-H', '-I', '-T', '-BB', '-R', '-C', '-O', '-W', '-F', '-D', '-J', '-A', '-L'],
];
/** Each of these must have been tried, and found right. */
const MUST_BE_OK = [
  ...['SSLv2', 'SSLv3', 'TLS1_2', 'TLS1_3', 'heartbleed', 'CCS', 'ticketbleed', 'secure_client_renego'],
  ...['CRIME_TLS', 'POODLE_SSL', 'SWEET32', 'FREAK', 'DROWN', 'LOGJAM', 'BEAST', 'LUCKY13'],
];

test('R-13 testssl.sh finds no weak protocol and no known attack on the client leg', async (t) => {
  if (requireTool(t, 'testssl') === null) return;
  const found = await findings(t, PROTOCOLS_AND_ATTACKS);
  assert.deepEqual(
    found.filter(({ severity }) => SEVERE.has(severity)),
    [],
  );
  const fine = found.filter(({ severity }) => severity === 'OK').map(({ id }) => id);
  assert.deepEqual(
    MUST_BE_OK.filter((id) => !fine.includes(id)),
    [],
  );
});

// Ciphers one by one, preferences, the certificate and the intolerances of servers: it takes a minute or two.
if (process.env['GATEWRIGHT_TESTSSL'] === 'full') {
  test('R-13 testssl.sh finds nothing above low among ciphers, preferences and intolerances', async (t) => {
    if (requireTool(t, 'testssl') === null) return;
    const groups = [
      ['-s', '-4'],
      ['-g', '-f'],
      ['-S', '-P'],
    ];
    const found = (await Promise.all(groups.map((checks) => findings(t, checks)))).flat();
    assert.deepEqual(
      found.filter(({ id, severity }) => SEVERE.has(severity) && !BY_DESIGN.has(id)),
      [],
    );
    assert.ok(found.some(({ id, severity }) => id === 'cipherlist_NULL' && severity === 'OK'));
  });
}

test('R-13 a session of TLS 1.3 may carry no early data', async (t) => {
  if (requireTool(t, 'openssl') === null) return;
  const port = await bridgeThrough(t, office.gate.port('open'), 'github.com:443');
  const args = ['-connect', `127.0.0.1:${port}`, '-servername', 'github.com', '-tls1_3', '-ign_eof'];
  const ended = await runToEnd(t, ['openssl', 's_client', ...args], {
    input: 'GET / HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n',
  });
  assert.match(ended.stdout, /HTTP\/1\.1 200/);
  assert.match(ended.stdout, /Max Early Data: 0/);
  assert.doesNotMatch(ended.stdout, /Max Early Data: [1-9]/);
});
