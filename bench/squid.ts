// Squid, set up to do the same work: bump at step 1, peek and bump, peek and splice, or a plain CONNECT.
// Must not know how it is measured.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type ContestantKind, ENTERPRISE } from './contestant.ts';
import { freePlace, type Lab } from './lab.ts';
import { ADDRESSES, type Origin } from './origin.ts';
import { pathOf } from './tools.ts';

/** Bumps before it looks at the hello; pools upstream connections across clients. */
export const squidBump: ContestantKind = squid('Squid, bump', 'ssl_bump bump all');
/** Looks at the hello first, so that it can tell names apart, as the gate does. */
export const squidPeekBump: ContestantKind = squid(
  'Squid, peek and bump',
  'acl step1 at_step SslBump1\nssl_bump peek step1\nssl_bump bump all',
);
/** Looks at the name in the hello before it passes the connection on, as the gate does. */
export const squidPeekSplice: ContestantKind = squid(
  'Squid, peek and splice',
  'acl step1 at_step SslBump1\nssl_bump peek step1\nssl_bump splice all',
);
/** Passes every CONNECT on and looks at nothing. */
export const squidTunnel: ContestantKind = squid('Squid, blind tunnel', null);

function squid(name: string, bumping: string | null): ContestantKind {
  return { name, program: 'squid', start: (lab, origin) => startSquid(lab, origin, bumping) };
}

const CERTGEN = '/usr/lib/squid/security_file_certgen';

async function startSquid(lab: Lab, origin: Origin, bumping: string | null): Promise<Contestant> {
  const place = await freePlace();
  const { port } = place;
  const dir = join(lab.dir, `squid-${port}`);
  mkdirSync(dir);
  const { ca, caKey } = origin.certificates;
  writeFileSync(join(dir, 'ca.pem'), readFileSync(ca, 'utf8') + readFileSync(caKey, 'utf8'));
  const hosts = Object.entries(ADDRESSES).map(([host, address]) => `${address} ${host}\n`);
  writeFileSync(join(dir, 'hosts'), hosts.join(''));
  if (bumping !== null)
    execFileSync(CERTGEN, ['-c', '-s', join(dir, 'leaves'), '-M', '16MB'], { stdio: 'ignore' });
  const file = join(dir, 'squid.conf');
  writeFileSync(file, configuration({ dir, port, bumping, roots: ca }));
  ownedByProxyUser(dir);
  const running = await lab.start('proxy', [pathOf(lab.programs.squid), '-N', '-f', file], place);
  return { pid: running.pid, port, credentials: null, stop: () => running.stop() };
}

interface Parts {
  readonly dir: string;
  readonly port: number;
  readonly bumping: string | null;
  readonly roots: string;
}

function configuration({ dir, port, bumping, roots }: Parts): string {
  const listen =
    bumping === null
      ? `http_port 127.0.0.1:${port}`
      : `http_port 127.0.0.1:${port} ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=16MB tls-cert=${dir}/ca.pem
sslcrtd_program ${CERTGEN} -s ${dir}/leaves -M 16MB
sslcrtd_children 2 startup=1 idle=1
tls_outgoing_options cafile=${roots}
${bumping}`;
  return `${listen}
hosts_file ${dir}/hosts
http_access allow all
request_header_access sec-GitHub-allowed-enterprise deny all
request_header_add sec-GitHub-allowed-enterprise "${ENTERPRISE}" all
cache deny all
cache_mem 8 MB
access_log stdio:${dir}/access.log
buffered_logs on
cache_log ${dir}/cache.log
cache_store_log none
pid_filename ${dir}/squid.pid
coredump_dir ${dir}
max_filedescriptors 16384
pconn_lifetime 1 hour
client_persistent_connections on
server_persistent_connections on
pinger_enable off
workers 1
shutdown_lifetime 0 seconds
`;
}

// Started by root, Squid becomes the user `proxy`, which must be able to write here.
function ownedByProxyUser(dir: string): void {
  if (process.getuid?.() !== 0) return;
  const [user = 0, group = 0] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'proxy'], { encoding: 'utf8' })),
  );
  for (const path of execFileSync('find', [dir], { encoding: 'utf8' }).trim().split('\n'))
    chownSync(path, user, group);
  // The lab's own folder is private to its owner; Squid passes through it.
  execFileSync('chmod', ['o+x', join(dir, '..')]);
}
