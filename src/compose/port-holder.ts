// Which program has a port, as far as Linux tells this user. Must not know why it is asked.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `nginx (pid 812)`, or null where nobody is found: another system, or another user's program. */
export function portHolder(port: number): string | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listening(table, port)));
  if (inodes.size === 0) return null;
  const pid = named('/proc').find((name) => /^\d+$/.test(name) && holds(name, inodes));
  if (pid === undefined) return null;
  const program = read(`/proc/${pid}/comm`).trim();
  return program === '' ? null : `${program} (pid ${pid})`;
}

/** Rows of proc_net_tcp(5): local address in the second column, state 0A for LISTEN, the inode in the tenth. */
function listening(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(table)
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[1]?.endsWith(end) === true && row[3] === '0A')
    .flatMap((row) => row[9] ?? []);
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  return named(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

function named(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
