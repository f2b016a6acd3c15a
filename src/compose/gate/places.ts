// Where a running gate is found, as the command line says it. Must not know what stands there.
import { join } from 'node:path';
import type { RunningGate } from '../../acts.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { BoundListener } from '../../gateway/door/listeners.ts';

/** Where the admin API listens; a free port is known once it is open. */
export interface AdminPlace {
  readonly host: string;
  port: number;
}

export function adminPlace({ admin }: Settings): AdminPlace {
  return { host: admin.listen.address, port: admin.listen.port };
}

export function gatePlaces(
  { admin, ca, audit }: Settings,
  bound: { readonly listeners: readonly BoundListener[]; readonly adminPort: number },
): Pick<RunningGate, 'listeners' | 'adminUrl' | 'caFile' | 'auditDir'> {
  return {
    listeners: bound.listeners.map(({ name, door, host, port, credentials, proxyProtocol }) => ({
      ...{ name, credentials, proxyProtocol: proxyProtocol.length > 0 },
      url: `${door === 'socks' ? 'socks5' : 'http'}://${inAuthority(host)}:${port}`,
    })),
    adminUrl: `http://${inAuthority(admin.listen.address)}:${bound.adminPort}`,
    caFile: join(ca.dir, 'ca.pem'),
    auditDir: audit.dir,
  };
}

function inAuthority(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
