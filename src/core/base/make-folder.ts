// A folder with those above it, made one by one. Must not know a file system: it is told how one folder is made.

export interface FolderWays {
  /** Makes one folder; throws as the system does, EEXIST where something has the name, ENOENT where its parent is missing. */
  mkdir(path: string): void;
  parentOf(path: string): string;
}

/**
 * Makes a folder and what is missing above it; returns what was made, the uppermost first. Throws what the system throws.
 * The system's own recursion does not end where a parent is there and takes no folders, as /proc.
 */
export function makeFolder(path: string, ways: FolderWays): readonly string[] {
  const first = attempt(path, ways);
  if (first !== 'no-parent') return first === 'made' ? [path] : [];
  const parent = ways.parentOf(path);
  const above = parent === path ? [] : makeFolder(parent, ways);
  ways.mkdir(path);
  return [...above, path];
}

function attempt(path: string, ways: FolderWays): 'made' | 'there' | 'no-parent' {
  try {
    ways.mkdir(path);
    return 'made';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EEXIST') return 'there';
    if (code === 'ENOENT') return 'no-parent';
    throw error;
  }
}
