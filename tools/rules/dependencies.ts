// Every runtime dependency has its row in docs/decisions/dependencies.md, and nothing has an install script.
// Must not know what the packages do.
import type { Finding, SourceTree } from './source-tree.ts';

const PAGE = 'docs/decisions/dependencies.md';

/** Compares package.json and the lock file with the page. */
export function dependenciesRule(tree: SourceTree): Finding[] {
  const manifest = tree.texts.get('package.json') ?? '{}';
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
    ...installScripts(tree.texts.get('package-lock.json') ?? '{}'),
  ];
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
