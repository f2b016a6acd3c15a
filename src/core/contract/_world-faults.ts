// What a world document can get wrong beyond its shape: names that nobody has, and names that two have.
// Must not know where a path stands in the text; the caller turns paths into places.
import type { World } from './world.ts';

type Path = readonly (string | number)[];
type MakeFault<F> = (path: Path, value: string, problem: string, mend: string) => F;

/** Every fault in the order of the document. */
export function worldFaults<F>(world: World, fault: MakeFault<F>): F[] {
  const faults: F[] = [];
  const report: Report = (path, value, problem, mend) => faults.push(fault(path, value, problem, mend));
  checkUnique(world, report);
  checkReferences(world, report);
  return faults;
}

type Report = (path: Path, value: string, problem: string, mend: string) => void;

interface Entry {
  readonly path: Path;
  readonly value: string;
}

function checkUnique(world: World, report: Report): void {
  const entries = <T>(list: readonly T[], name: string, field: string, read: (item: T) => string): Entry[] =>
    list.map((item, at) => ({ path: [name, at, field], value: read(item) }));
  // The header names an enterprise by ID or slug, so the two share one space of names.
  const enterpriseNames = world.enterprises.flatMap((one, at) => [
    { path: ['enterprises', at, 'id'], value: one.id },
    { path: ['enterprises', at, 'slug'], value: one.slug },
  ]);
  const accounts = [
    ...entries(world.organizations, 'organizations', 'login', (one) => one.login),
    ...entries(world.users, 'users', 'login', (one) => one.login),
  ];
  const tokens = [
    ...entries(world.tokens, 'tokens', 'token', (one) => one.token),
    ...entries(world.installations, 'installations', 'token', (one) => one.token),
  ];
  const loose: readonly (readonly Entry[])[] = [
    enterpriseNames,
    entries(world.enterprises, 'enterprises', 'shortcode', (one) => one.shortcode),
    accounts,
    entries(world.repositories, 'repositories', 'name', (one) => one.name),
    entries(world.installations, 'installations', 'id', (one) => String(one.id)),
  ];
  for (const list of loose) reportTwice(list, (value) => value.toLowerCase(), report);
  reportTwice(tokens, (value) => value, report);
}

function reportTwice(list: readonly Entry[], fold: (value: string) => string, report: Report): void {
  const seen = new Set<string>();
  for (const { path, value } of list) {
    if (seen.has(fold(value)))
      report(path, value, 'this name is taken by an earlier entry', 'give each entry a name of its own');
    seen.add(fold(value));
  }
}

function checkReferences(world: World, report: Report): void {
  const slugs = world.enterprises.map((one) => one.slug);
  const users = world.users.map((one) => one.login);
  const owners = [...world.organizations.map((one) => one.login), ...users];
  const known = (path: Path, value: string | null, among: readonly string[]): void => {
    if (value === null || among.some((name) => name.toLowerCase() === value.toLowerCase())) return;
    report(
      path,
      value,
      'the world has no entry of this name',
      `write one of: ${among.join(', ') || '(there is none)'}`,
    );
  };
  for (const [at, one] of world.organizations.entries())
    known(['organizations', at, 'enterprise'], one.enterprise, slugs);
  for (const [at, one] of world.users.entries()) known(['users', at, 'enterprise'], one.enterprise, slugs);
  for (const [at, one] of world.repositories.entries())
    known(['repositories', at, 'name'], ownerOf(one.name), owners);
  for (const [at, one] of world.tokens.entries()) known(['tokens', at, 'user'], one.user, users);
  for (const [at, one] of world.installations.entries())
    known(['installations', at, 'organization'], one.organization, owners);
}

function ownerOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}
