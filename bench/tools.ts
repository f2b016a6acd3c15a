// The programs that the benchmark drives: where each is, which version, and how to get it.
// Must not know what they are measured for.
import { execFileSync, spawnSync } from 'node:child_process';

/** Every program, with its Debian package, the arguments that print its version, and what it is here for. */
const PROGRAMS = {
  nginx: { package: 'nginx-light', version: ['-v'], role: 'the upstream' },
  taskset: {
    package: 'util-linux',
    version: ['--version'],
    role: 'one core for the proxy, one for the load',
  },
  hey: { package: 'hey', version: null, role: 'HTTP/1.1 load' },
  h2load: { package: 'nghttp2-client', version: ['--version'], role: 'HTTP/2 load' },
  curl: { package: 'curl', version: ['--version'], role: 'bulk downloads' },
  squid: { package: 'squid-openssl', version: ['-v'], role: 'a proxy to compare with' },
  mitmdump: { package: 'mitmproxy', version: ['--version'], role: 'a proxy to compare with' },
} as const;

export type ProgramName = keyof typeof PROGRAMS;

export interface Program {
  readonly name: ProgramName;
  /** Null where it is not installed. */
  readonly path: string | null;
  readonly version: string;
  /** What to type where it is missing. */
  readonly install: string;
  readonly role: string;
}

export type Programs = Readonly<Record<ProgramName, Program>>;

/** Looks every program up. */
export function findPrograms(): Programs {
  return {
    nginx: find('nginx'),
    taskset: find('taskset'),
    hey: find('hey'),
    h2load: find('h2load'),
    curl: find('curl'),
    squid: find('squid'),
    mitmdump: find('mitmdump'),
  };
}

/** The path of a program that a step cannot do without. */
export function pathOf(program: Program): string {
  if (program.path === null) throw new Error(`${program.name} is missing. Install it: ${program.install}`);
  return program.path;
}

function find(name: ProgramName): Program {
  const { package: debian, version, role } = PROGRAMS[name];
  const path = locate(name);
  return {
    name,
    path,
    version: path === null ? 'missing' : versionOf(path, version, debian),
    install: `apt-get install ${debian}`,
    role,
  };
}

function locate(name: string): string | null {
  // Debian keeps servers in sbin, which an ordinary user's PATH leaves out.
  const found = spawnSync('/bin/sh', ['-c', 'command -v "$0"', name], {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    encoding: 'utf8',
  });
  const path = found.stdout.trim();
  return found.status === 0 && path !== '' ? path : null;
}

function versionOf(path: string, args: readonly string[] | null, debian: string): string {
  if (args === null) return packageVersion(debian);
  const { stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' });
  return /\d+\.\d+(?:\.\d+)*/.exec(stdout + stderr)?.[0] ?? 'unknown';
}

// A field of dpkg-query's own format, no template of ours.
const VERSION_FIELD = '\x24{Version}';

function packageVersion(debian: string): string {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', VERSION_FIELD, debian], { encoding: 'utf8' });
  } catch {
    return 'unknown';
  }
}
