// What a world document can get wrong beyond its shape: names that nobody has, and names that two have.
// Must not know where a path stands in the text; the caller turns paths into places.

/** The names in a world, and nothing else of it. */
interface Names {
  readonly enterprises: readonly { readonly id: string; readonly slug: string; readonly shortcode: string }[];
  readonly organizations: readonly { readonly login: string; readonly enterprise: string | null }[];
  readonly users: readonly { readonly login: string; readonly enterprise: string | null }[];
  readonly repositories: readonly { readonly name: string }[];
  readonly tokens: readonly { readonly token: string; readonly user: string }[];
  readonly installations: readonly {
    readonly id: number;
    readonly organization: string;
    readonly token: string;
  }[];
}

export interface NameFault {
  readonly path: readonly (string | number)[];
  readonly value: string;
  readonly problem: string;
  readonly mend: string;
}

/** First the names that are taken twice, then the names that nobody has. */
export function worldFaults(world: Names): NameFault[] {
  const owners = [...world.organizations, ...world.users].map((one) => one.login);
  const enterprises = world.enterprises.map((one) => one.slug);
  const users = world.users.map((one) => one.login);
  return [
    ...spacesOfNames(world).flatMap(takenTwice),
    ...unknown(entriesOf('organizations', 'enterprise', world.organizations), enterprises),
    ...unknown(entriesOf('users', 'enterprise', world.users), enterprises),
    ...unknown(entriesOf('repositories', 'name', world.repositories).map(ownerOnly), owners),
    ...unknown(entriesOf('tokens', 'user', world.tokens), users),
    ...unknown(entriesOf('installations', 'organization', world.installations), owners),
  ];
}

interface Entry {
  readonly path: readonly (string | number)[];
  readonly value: string;
}

/** The values of one field over a list; what is null is no entry. */
function entriesOf<F extends string>(
  list: string,
  field: F,
  items: readonly Readonly<Record<F, string | number | null>>[],
): Entry[] {
  return items.flatMap((item, at) => {
    const value = item[field];
    return value === null ? [] : [{ path: [list, at, field], value: String(value) }];
  });
}

/** Within each of these lists a name may stand once. */
function spacesOfNames(world: Names): Entry[][] {
  return [
    // The header names an enterprise by ID or slug, so the two share one space.
    [
      ...entriesOf('enterprises', 'id', world.enterprises),
      ...entriesOf('enterprises', 'slug', world.enterprises),
    ],
    entriesOf('enterprises', 'shortcode', world.enterprises),
    [
      ...entriesOf('organizations', 'login', world.organizations),
      ...entriesOf('users', 'login', world.users),
    ],
    entriesOf('repositories', 'name', world.repositories),
    entriesOf('installations', 'id', world.installations),
    [
      ...entriesOf('tokens', 'token', world.tokens),
      ...entriesOf('installations', 'token', world.installations),
    ],
  ];
}

function takenTwice(entries: readonly Entry[]): NameFault[] {
  const seen = new Set<string>();
  return entries.flatMap(({ path, value }) => {
    const name = isToken(path) ? value : value.toLowerCase();
    const isTaken = seen.has(name);
    seen.add(name);
    if (!isTaken) return [];
    return [
      {
        path,
        value,
        problem: 'this name is taken by an earlier entry',
        mend: 'give each entry a name of its own',
      },
    ];
  });
}

/** Tokens differ by case; every other name does not. */
function isToken(path: Entry['path']): boolean {
  return path.at(-1) === 'token';
}

function unknown(entries: readonly Entry[], known: readonly string[]): NameFault[] {
  const lower = new Set(known.map((name) => name.toLowerCase()));
  return entries
    .filter(({ value }) => !lower.has(value.toLowerCase()))
    .map(({ path, value }) => ({
      path,
      value,
      problem: 'the world has no entry of this name',
      mend: known.length === 0 ? 'add an entry of this name first' : `write one of: ${known.join(', ')}`,
    }));
}

function ownerOnly({ path, value }: Entry): Entry {
  return { path, value: value.slice(0, value.indexOf('/')) };
}
