// A disk of its own for a test: small, to be filled, covered and uncovered. Must not know what is written to it.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TestScope } from './test-scope.ts';

export interface SmallDisk {
  readonly path: string;
  /** Takes all of its room. */
  fill(): void;
  /** Gives the room back. */
  empty(): void;
  /** Puts a read-only disk in its place; files that are open stay where they are. */
  cover(): void;
  /** Takes that one away again. */
  uncover(): void;
}

/**
 * Why a disk cannot be had here, or null: mounting wants root, and a kernel that lets it. A container without the
 * capability is no missing tool, so the test is named as not run, on a build machine too.
 */
export function withoutDisk(t: TestContext): boolean {
  const reason = whyNoDisk();
  if (reason !== null) t.skip(reason);
  return reason !== null;
}

function whyNoDisk(): string | null {
  if (process.getuid?.() !== 0) return 'only root mounts a disk';
  const path = mkdtempSync(PLACE);
  try {
    mount(path, 'size=64k');
    execFileSync('umount', [path]);
    return null;
  } catch (error) {
    return `this machine mounts no disk: ${error instanceof Error ? error.message.trim() : ''}`;
  } finally {
    rmdirSync(path);
  }
}

const PLACE = join(tmpdir(), 'gatewright-disk-');

/** Mounts a disk of 16 megabytes; it is gone when the scope ends. */
export function smallDisk(t: TestScope): SmallDisk {
  const path = mkdtempSync(PLACE);
  mount(path, 'size=16m,mode=0700');
  let layers = 1;
  t.after(() => {
    // Whoever still has a file open there, such as a process that is being killed, keeps it until then.
    for (; layers > 0; layers -= 1) execFileSync('umount', ['--lazy', path]);
    rmdirSync(path);
  });
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => fill(filler),
    empty: () => rmSync(filler, { force: true }),
    cover: () => {
      mount(path, 'size=64k,ro');
      layers += 1;
    },
    uncover: () => {
      execFileSync('umount', [path]);
      layers -= 1;
    },
  };
}

function mount(path: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'gatewright-test', path], { stdio: 'pipe' });
}

function fill(file: string): void {
  const fd = openSync(file, 'a');
  try {
    for (const size of [65_536, 4_096, 512, 1]) writeUntilFull(fd, size);
  } finally {
    closeSync(fd);
  }
}

function writeUntilFull(fd: number, size: number): void {
  const block = Buffer.alloc(size);
  try {
    while (writeSync(fd, block) === size);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
