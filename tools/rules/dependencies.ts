// Every runtime dependency has its row in docs/decisions/dependencies.md, what they bring is named there, and nothing has
// an install script.
// Must not know what the packages do.
import type { Finding, SourceTree } from './source-tree.ts';

const PAGE = 'docs/decisions/dependencies.md';

/** Compares package.json and the lock file with the page. */
export function dependenciesRule(tree: SourceTree): Finding[] {
  const manifest = tree.texts.get('package.json') ?? '{}';
  const lock = tree.texts.get('package-lock.json') ?? '{}';
  const page = tree.texts.get(PAGE) ?? '';
  const wanted = Object.entries(entries(manifest, 'dependencies'));
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => ({
    name: match[1] ?? '',
    line: lineAt(page, match.index),
  }));
  return [
    ...wanted.flatMap(([name, version]) => {
      const line = lineAt(manifest, manifest.indexOf(`"${name}"`));
      const found: Finding[] = [];
      if (!listed.some((row) => row.name === name)) {
        found.push({
          file: 'package.json',
          line,
          message: `${name} has no row in ${PAGE}. Say there what it is for.`,
        });
      }
      if (!/^\d+\.\d+\.\d+$/.test(String(version))) {
        found.push({ file: 'package.json', line, message: `${name} is ${version}. Pin one version.` });
      }
      return found;
    }),
    ...listed
      .filter(({ name }) => !wanted.some(([each]) => each === name))
      .map(({ name, line }) => ({
        file: PAGE,
        line,
        message: `${name} is no dependency any more. Take the row away.`,
      })),
    ...broughtAlong(lock, { page, direct: wanted.map(([name]) => name) }),
    ...installScripts(lock),
  ];
}

/** What an installation gets beside the direct dependencies: a new name is a decision too. */
function broughtAlong(
  lock: string,
  { page, direct }: { readonly page: string; readonly direct: readonly string[] },
): Finding[] {
  return Object.entries(entries(lock, 'packages')).flatMap(([path, about]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    const isElsewhere = ['dev', 'devOptional', 'optional'].some((flag) => has(about, flag));
    if (name === '' || isElsewhere || direct.includes(name) || page.includes(`\`${name}\``)) return [];
    const line = lineAt(lock, lock.indexOf(`"${path}"`));
    const message = `${name} is brought along by a dependency, and ${PAGE} does not name it.`;
    return [{ file: 'package-lock.json', line, message }];
  });
}

function has(about: unknown, flag: string): boolean {
  return typeof about === 'object' && about !== null && Reflect.get(about, flag) === true;
}

function installScripts(lock: string): Finding[] {
  return [...lock.matchAll(/"hasInstallScript": true/g)].map((match) => ({
    file: 'package-lock.json',
    line: lineAt(lock, match.index),
    message: 'this package runs a script when it is installed. Take another one.',
  }));
}

function entries(json: string, key: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(json);
  const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, key) : null;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function lineAt(text: string, index: number): number {
  return text.slice(0, Math.max(0, index)).split('\n').length;
}
