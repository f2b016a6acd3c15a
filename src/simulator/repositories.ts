// The bare repositories on disk, made with git itself: one commit each at the start. Must not know HTTP or who may read them.
import { spawn } from 'node:child_process';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository, World } from '../core/contract/world.ts';

/** Where git is looked for, and nothing of the caller's environment besides. */
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

export class RepositoryStore {
  /** What `git http-backend` calls its project root. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #world: World;

  private constructor(root: string, world: World, searchPath: string) {
    this.root = root;
    this.#world = world;
    this.environment = {
      PATH: searchPath,
      HOME: root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      // The folder may belong to another user, as in a container.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    };
  }

  /**
   * Makes every repository of the world anew under `root`. Throws an Error for the operator when git is missing.
   * `searchPath` is spelled like PATH.
   */
  static async create(
    root: string,
    world: World,
    searchPath: string = SEARCH_PATH,
  ): Promise<RepositoryStore> {
    const store = new RepositoryStore(root, world, searchPath);
    await store.restore();
    return store;
  }

  /** Throws away what was pushed. */
  async restore(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
    await mkdir(this.root, { recursive: true });
    await Promise.all(this.#world.repositories.map((repository) => this.#make(repository)));
  }

  directory(repository: Repository): string {
    return join(this.root, `${repository.name}.git`);
  }

  async #make(repository: Repository): Promise<void> {
    const directory = this.directory(repository);
    await this.#git(['init', '--quiet', '--bare', '--initial-branch=main', directory], '');
    await appendFile(join(directory, 'config'), REPOSITORY_CONFIG);
    await this.#git(['-C', directory, 'fast-import', '--quiet'], firstCommit(repository));
  }

  async #git(args: readonly string[], input: string): Promise<void> {
    const child = spawn('git', args, { env: this.environment, stdio: ['pipe', 'ignore', 'pipe'] });
    const complaint: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
    // A git that dies early closes its input; its exit status says more than EPIPE does.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('close', resolve);
      child.on('error', (cause: NodeJS.ErrnoException) => reject(cannotRun(cause)));
    });
    if (status !== 0) {
      const said = Buffer.concat(complaint).toString().trim();
      throw new Error(
        `Cannot make a repository with "git ${args.join(' ')}": ${said} (exit status ${status})`,
      );
    }
  }
}

function cannotRun(cause: NodeJS.ErrnoException): Error {
  const problem =
    cause.code === 'ENOENT'
      ? 'git is not installed; install the package "git", for example with: apt-get install git'
      : cause.message;
  return new Error(`Cannot start the simulator: ${problem}`, { cause });
}

/** Partial clones work as on GitHub; no housekeeping runs in the background of a test. */
const REPOSITORY_CONFIG =
  '[uploadpack]\n\tallowFilter = true\n[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n';

/** A stream for `git fast-import`: a README on `main`. */
function firstCommit({ name }: Repository): string {
  const readme = `# ${name}\n\nServed by the simulated GitHub.\n`;
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const who = 'Simulated GitHub <noreply@github.com> 1767225600 +0000';
  return [
    'commit refs/heads/main\n',
    `author ${who}\ncommitter ${who}\n`,
    data('First commit'),
    `M 100644 inline README.md\n${data(readme)}`,
  ].join('');
}
