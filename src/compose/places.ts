// Where a running gate is found, as the command line says it. Must not know what stands there.
import { join } from 'node:path';
import type { RunningGate } from '../cli/shell.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { BoundListener } from '../gateway/listeners.ts';

export function gatePlaces(
  { admin, ca, audit }: Settings,
  bound: { readonly listeners: readonly BoundListener[]; readonly adminPort: number },
): Pick<RunningGate, 'listeners' | 'adminUrl' | 'caFile' | 'auditDir'> {
  return {
    listeners: bound.listeners.map(({ name, host, port, credentials, proxyProtocol }) => ({
      ...{ name, credentials, proxyProtocol: proxyProtocol.length > 0 },
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    })),
    adminUrl: `http://${admin.listen.address}:${bound.adminPort}`,
    caFile: join(ca.dir, 'ca.pem'),
    auditDir: audit.dir,
  };
}
