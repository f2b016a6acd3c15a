// Chromium as an employee has it: the proxy of the network, and the gate's CA among the user's trusted certificates.
// Must not know the pages it is shown.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { cleanVariables } from './clients.ts';
import type { Demo } from './demo.ts';
import { runToEnd } from './processes.ts';
import type { TestScope } from './test-scope.ts';

export interface BrowserWish {
  /** Where the programs are. */
  readonly chromium: string;
  readonly certutil: string;
  readonly demo: Pick<Demo, 'folder'>;
  /** What the store gets in place of the demo's CA. */
  readonly caFile?: string;
  /** Whether the user's store has the gate's CA; `gate` when left out. */
  readonly trusts?: 'gate' | 'nobody';
}

/** A browser for contexts that each name their proxy; closed when the scope ends. */
export async function openBrowser(t: TestScope, wish: BrowserWish): Promise<Browser> {
  const { demo, certutil, trusts = 'gate' } = wish;
  const env = cleanVariables(join(demo.folder, `browser-trusts-${trusts}`));
  // The gate's CA alone: what the gate does not vouch for is not believed.
  const caFile = wish.caFile ?? join(demo.folder, 'ca', 'ca.pem');
  await makeStore(t, { certutil, home: env['HOME'] ?? '', caFile: trusts === 'gate' ? caFile : null });
  const browser = await chromium.launch({
    executablePath: wish.chromium,
    headless: true,
    args: FLAGS,
    env: Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(isSet)),
  });
  t.after(() => browser.close());
  return browser;
}

// Nothing of Google's is asked: the machine may have no network.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** As docs/ca.md says for Chromium on Linux: the user's NSS store. */
async function makeStore(
  t: TestScope,
  {
    certutil,
    home,
    caFile,
  }: { readonly certutil: string; readonly home: string; readonly caFile: string | null },
): Promise<void> {
  const store = join(home, '.pki', 'nssdb');
  mkdirSync(store, { recursive: true });
  for (const args of [
    ['-N', '-d', `sql:${store}`, '--empty-password'],
    caFile === null
      ? ['-L', '-d', `sql:${store}`]
      : ['-A', '-d', `sql:${store}`, '-t', 'C,,', '-n', 'Gatewright', '-i', caFile],
  ]) {
    const ended = await runToEnd(t, [certutil, ...args]);
    if (ended.status !== 0) throw new Error(`certutil ${args.join(' ')}: ${ended.stderr}`);
  }
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
