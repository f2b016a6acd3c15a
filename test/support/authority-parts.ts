// What the tests of this room share: a clock of their own, a scratch directory, and the openssl program.
// Must not be imported by anything but tests.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Hostname, parseHostname } from '../../src/core/base/hostname.ts';
import { type IpAddress, parseIpAddress } from '../../src/core/base/ip-address.ts';
import type { Result } from '../../src/core/base/result.ts';
import type { Clock } from '../../src/ports.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** Starts at the real time, because openssl and Python look at theirs; moves only when told. */
export function testClock(startMs: number = Date.now()): TestClock {
  let now = startMs;
  return {
    now: () => now,
    monotonic: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A directory that goes away with the test. */
export async function scratch(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gatewright-ca-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function value<T, E>(result: Result<T, E>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

export function fails<T, E extends { readonly code: string }>(result: Result<T, E>): E['code'] {
  assert.ok(!result.ok, 'a fault was expected');
  return result.error.code;
}

export function host(text: string): Hostname {
  return value(parseHostname(text));
}

export function address(text: string): IpAddress {
  return value(parseIpAddress(text));
}

/** Runs a program to its end; `text` is both outputs together. A program that is not there fails the test by name. */
export function run(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly input?: string;
    /** The whole environment, instead of this process's. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { cwd, env } = options;
    const where = { ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) };
    const child = execFile(program, args, { ...where, timeout: 20_000 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(
          new Error(`${program} is needed by this test (Debian: apt install ${program}): ${error.message}`),
        );
      else resolve({ status: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
    // A program that ends without reading its input closes the pipe; its status says how it went.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs openssl and expects success. */
/** The text of DIR/NAME. */
export function readText(dir: string, name: string): Promise<string> {
  return readFile(join(dir, name), 'utf8');
}

export async function openssl(cwd: string, ...args: readonly string[]): Promise<string> {
  const done = await run('openssl', args, { cwd });
  assert.equal(done.status, 0, `openssl ${args.join(' ')}\n${done.text}`);
  return done.text;
}

export interface OpensslCa {
  /** Extension lines of openssl's configuration format. */
  readonly extensions?: readonly string[];
  /** Arguments of `openssl genpkey`. */
  readonly key?: readonly string[];
  readonly subject?: string;
  /** Arguments that set the validity; default `-days 300`. */
  readonly life?: readonly string[];
  readonly digest?: string;
  /** The name of another CA made here that signs this one; itself where it is left out. */
  readonly issuer?: string;
}

export const CA_EXTENSIONS: readonly string[] = [
  'basicConstraints=critical,CA:TRUE,pathlen:0',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
  'nameConstraints=critical,permitted;DNS:example.org',
];

/** Makes NAME.pem and NAME.key in `dir` with openssl, as a company's own CA would be. */
export async function opensslCa(dir: string, name: string, ca: OpensslCa = {}): Promise<void> {
  const subject = ca.subject ?? `/O=Example Corp/CN=${name}`;
  const config = ['[req]', 'distinguished_name=dn', '[dn]', '[ca]', ...(ca.extensions ?? CA_EXTENSIONS)];
  await writeFile(join(dir, `${name}.cnf`), `${config.join('\n')}\n`);
  const kind = ca.key ?? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await openssl(dir, 'genpkey', ...kind, '-out', `${name}.key`);
  const config2 = ['-config', `${name}.cnf`];
  await openssl(
    dir,
    'req',
    '-new',
    '-key',
    `${name}.key`,
    '-subj',
    subject,
    ...config2,
    '-out',
    `${name}.csr`,
  );
  const signer =
    ca.issuer === undefined
      ? ['-signkey', `${name}.key`]
      : ['-CA', `${ca.issuer}.pem`, '-CAkey', `${ca.issuer}.key`, '-CAcreateserial'];
  const life = ca.life ?? ['-days', '300'];
  await openssl(
    dir,
    ...['x509', '-req', '-in', `${name}.csr`, ...signer, ...life, ca.digest ?? '-sha256'],
    ...['-extfile', `${name}.cnf`, '-extensions', 'ca', '-out', `${name}.pem`],
  );
}
