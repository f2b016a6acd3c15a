// Compares passwords with bcrypt hashes in a thread of its own, with a bounded queue (R-10a).
// Must not know users or addresses.
import { Worker } from 'node:worker_threads';
import type { Compared, Comparison } from './_bcrypt-thread.ts';

/** `busy`: the queue is full or the thread was lost; nothing is known of the password. */
export type Verified = 'matches' | 'differs' | 'busy';

export class BcryptVerifier {
  readonly #queueLimit: number;
  readonly #waiting = new Map<number, (answer: Verified) => void>();
  #worker: Worker | null = null;
  #nextId = 1;

  constructor(options: { readonly queueLimit: number }) {
    this.#queueLimit = options.queueLimit;
  }

  verify(password: string, hash: string): Promise<Verified> {
    if (this.#waiting.size >= this.#queueLimit) return Promise.resolve('busy');
    return new Promise((resolve) => {
      const comparison: Comparison = { id: this.#nextId, password, hash };
      this.#nextId += 1;
      this.#waiting.set(comparison.id, resolve);
      this.#thread().postMessage(comparison);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#lose(worker);
    await worker?.terminate();
  }

  /** Started when it is first needed, and again after it was lost. */
  #thread(): Worker {
    if (this.#worker !== null) return this.#worker;
    // The module's own address ends in .ts in a checkout and in .js in a package; the thread's file stands beside it.
    const module = new URL(
      import.meta.url.endsWith('.ts') ? './_bcrypt-thread.ts' : './_bcrypt-thread.js',
      import.meta.url,
    );
    const worker = new Worker(START, { eval: true, workerData: module.href });
    worker.unref();
    worker.on('message', ({ id, matches }: Compared) => {
      const answer = this.#waiting.get(id);
      this.#waiting.delete(id);
      answer?.(matches ? 'matches' : 'differs');
    });
    worker.on('error', () => this.#lose(worker));
    worker.on('exit', () => this.#lose(worker));
    this.#worker = worker;
    return worker;
  }

  #lose(worker: Worker | null): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const answers = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of answers) answer('busy');
  }
}

// The thread's module does nothing when it is imported, so this one line starts it.
const START = `const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then((module) => module.serveComparisons(parentPort));`;
