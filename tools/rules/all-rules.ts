// The list of the house rules.
// Must not know how they judge.
import { bannedWordsRule } from './banned-words.ts';
import { dependenciesRule } from './dependencies.ts';
import { honestTestsRule } from './honest-tests.ts';
import { requirementsRule } from './requirements.ts';
import { barrelsRule, cyclesRule, roomsRule } from './rooms.ts';
import { shapesRule } from './shapes.ts';
import { sizesRule } from './sizes.ts';
import type { Rule, SourceTree } from './source-tree.ts';
import { vendorsRule } from './vendors.ts';
import { foldersRule, wingsRule } from './wings.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  rooms: roomsRule,
  cycles: cyclesRule,
  barrels: barrelsRule,
  wings: wingsRule,
  folders: foldersRule,
  vendors: vendorsRule,
  words: bannedWordsRule,
  sizes: sizesRule,
  shapes: shapesRule,
  tests: honestTestsRule,
  dependencies: dependenciesRule,
  requirements: requirementsRule,
};

/** What all rules find, as `file:line: [rule] message`, sorted. */
export function findingsOf(tree: SourceTree): string[] {
  return Object.entries(RULES)
    .flatMap(([name, rule]) =>
      rule(tree).map(({ file, line, message }) => `${file}:${line}: [${name}] ${message}`),
    )
    .sort();
}
