// The upstream of every measurement: nginx with TLS, HTTP/1.1 and HTTP/2, on port 443 of an address for each of two hosts.
// Must not know the proxies.
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateFiles, writeCertificates } from './certificates.ts';
import type { Lab } from './lab.ts';
import { pathOf } from './tools.ts';

/** The host that is intercepted and stamped, and one that is only passed on. Both keep to port 443, as their clients do. */
export const STAMPED_HOST = 'github.com';
export const SPLICED_HOST = 'files.example.net';
const STAMPED_ADDRESS = '127.0.44.1';
/** Each has an address of its own, since a splice to a restricted host's address is refused. */
export const ADDRESSES: Readonly<Record<string, string>> = {
  [STAMPED_HOST]: STAMPED_ADDRESS,
  [SPLICED_HOST]: '127.0.44.2',
};
export const BULK_BYTES: number = 2 ** 30;

export interface Origin {
  readonly certificates: CertificateFiles;
}

/** Paths: `/200`, `/64k`, `/1g`, and `/stamp`, which answers with the restriction header that arrived. */
export async function startOrigin(lab: Lab): Promise<Origin> {
  const dir = join(lab.dir, 'origin');
  mkdirSync(dir);
  const certificates = await writeCertificates(lab.dir, [STAMPED_HOST, SPLICED_HOST]);
  writeFileSync(join(dir, '64k'), Buffer.alloc(65_536, 'x'));
  writeFileSync(join(dir, '1g'), '');
  truncateSync(join(dir, '1g'), BULK_BYTES);
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, configuration(dir, certificates));
  const command = [pathOf(lab.programs.nginx), '-c', file, '-e', join(dir, 'error.log')];
  await lab.start('load', command, { port: 443, host: STAMPED_ADDRESS });
  return { certificates };
}

function configuration(dir: string, certificates: CertificateFiles): string {
  const listen = Object.values(ADDRESSES).map((address) => `listen ${address}:443 ssl http2 backlog=4096;`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join(' ');
  return `
daemon off; worker_processes 1; pid ${dir}/nginx.pid; user root;
events { worker_connections 8192; }
http {
  access_log off; ${temporary}
  sendfile on; tcp_nodelay on; default_type text/plain;
  keepalive_requests 1000000000; keepalive_timeout 300s; http2_max_concurrent_streams 512;
  server {
    ${listen.join(' ')}
    ssl_certificate ${certificates.cert}; ssl_certificate_key ${certificates.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    root ${dir};
    location = /200 { return 200 "${'x'.repeat(200)}"; }
    location = /stamp { return 200 "$http_sec_github_allowed_enterprise"; }
  }
}
`;
}
