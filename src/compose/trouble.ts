// What can go wrong while things are put together, as one line that says what to do. Must not know exit statuses.

import type { AuthorityFault } from '../authority/fault.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { ListenFault } from '../gateway/door/listeners.ts';
import { portHolder } from './port-holder.ts';

/** A trouble of one line. */
export function failed(message: string): Trouble {
  return { kind: 'failed', message };
}

/** What the CA found wrong with itself, each finding on a line of its own. */
export function authorityTrouble({ detail, findings }: AuthorityFault): Trouble {
  return failed(`${detail}${findings.map(({ text }) => `\n  ${text}`).join('')}`);
}

/** Why a port could not be opened, and what to do. */
export function listenTrouble({ listener, address, code }: ListenFault): Trouble {
  const what = `Cannot listen on ${address} for "${listener}"`;
  if (code === 'EADDRINUSE')
    return failed(
      `${what}: the port is taken${takenBy(address)}. Stop what uses it, or choose another port; the demo takes any with --free-ports.`,
    );
  if (code === 'EACCES')
    return failed(`${what}: not permitted. Choose a port above 1023, or grant CAP_NET_BIND_SERVICE.`);
  if (code === 'EADDRNOTAVAIL')
    return failed(`${what}: this machine has no such address. Choose one that it has, or 0.0.0.0.`);
  return failed(`${what}: ${code}.`);
}

function takenBy(address: string): string {
  const holder = portHolder(Number(address.slice(address.lastIndexOf(':') + 1)));
  return holder === null ? '' : ` by ${holder}`;
}

/** What a thrown error of the file system or network says, after what was attempted. */
export function thrownTrouble(attempted: string, thrown: unknown): Trouble {
  const why = thrown instanceof Error ? (fileTrouble(thrown) ?? thrown.message) : String(thrown);
  return failed(`${attempted}: ${why}`);
}

function fileTrouble(error: NodeJS.ErrnoException): string | null {
  const mend = FILE_TROUBLES[error.code ?? ''];
  return mend === undefined || error.path === undefined ? null : `${JSON.stringify(error.path)} ${mend}`;
}

const FILE_TROUBLES: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user. Choose another place, or change its permissions.',
  EPERM: 'may not be used by this user. Choose another place, or change its permissions.',
  EISDIR: 'is a folder. Name a file.',
  EFTYPE: 'is no regular file, but a pipe, a socket or a device. Put a file in its place.',
  EROFS: 'lies on a read-only file system. Choose another place.',
  EEXIST: 'is a file, and a folder is needed. Choose another place.',
  ENOTDIR: 'leads through a file, and folders are needed. Choose another place.',
  ENOENT: 'is not there and cannot be made. Check the path, or choose another place.',
  ENOSPC: 'lies on a disk that is full. Make room, or choose another place.',
};
