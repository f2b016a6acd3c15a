// Answers selections from plain objects: a field is a value, or a function of its arguments. Must not know GitHub's schema.
import type { Args, Fragment, GraphqlDocument, Selection, Value } from './_graphql-document.ts';

type Arguments = Readonly<Record<string, unknown>>;
export type Field =
  | string
  | number
  | boolean
  | null
  | Source
  | readonly Field[]
  | Fault
  | ((args: Arguments) => Field);
export interface Source {
  readonly [field: string]: Field;
}

/** A field that could not be had: it becomes null, and an entry of `errors`. */
export class Fault {
  readonly type: string;
  readonly message: string;

  constructor(type: string, message: string) {
    this.type = type;
    this.message = message;
  }
}

export interface Outcome {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly {
    readonly type: string;
    readonly path: readonly string[];
    readonly message: string;
  }[];
}

export interface Run {
  readonly document: GraphqlDocument;
  readonly variables: Arguments;
}

/** Fields that `source` does not have are null: clients ask for more than a simulator knows. */
export function runSelections(run: Run, selections: readonly Selection[], source: Source): Outcome {
  const errors: Outcome['errors'][number][] = [];
  const complete = (
    field: Field | undefined,
    inner: readonly Selection[],
    path: readonly string[],
  ): unknown => {
    if (field === undefined || field === null || typeof field === 'function') return null;
    if (field instanceof Fault) {
      errors.push({ type: field.type, path, message: field.message });
      return null;
    }
    if (Array.isArray(field)) return field.map((item, at) => complete(item, inner, [...path, String(at)]));
    return isSource(field) ? object(inner, field, path) : field;
  };
  const object = (
    inner: readonly Selection[],
    of: Source,
    path: readonly string[],
  ): Record<string, unknown> => {
    const made: Record<string, unknown> = {};
    for (const field of flattened(run, inner, { type: of['__typename'] })) {
      const found = Object.hasOwn(of, field.name) ? of[field.name] : undefined;
      const value = typeof found === 'function' ? found(argumentsOf(run, field.args)) : found;
      made[field.key] = complete(value, field.selections, [...path, field.key]);
    }
    return made;
  };
  return { data: object(selections, source, []), errors };
}

/** The arguments with their variables filled in. */
export function argumentsOf({ variables }: Run, args: Args): Arguments {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, plain(value, variables)]));
}

/** The fields that are asked of a value of this type: fragments opened, `@skip` and `@include` obeyed. */
export function flattened(
  run: Run,
  selections: readonly Selection[],
  of: { readonly type: Field | undefined; readonly depth?: number },
): FieldSelection[] {
  const depth = of.depth ?? 0;
  // A fragment that spreads itself would never end.
  if (depth > MOST_NESTED_FRAGMENTS) return [];
  return selections.flatMap((selection) => {
    if (!isWanted(run, selection)) return [];
    if (selection.kind === 'field') return [selection];
    const fragment = selection.kind === 'inline' ? selection : run.document.fragments.get(selection.name);
    if (fragment === undefined || !appliesTo(fragment, of.type)) return [];
    return flattened(run, fragment.selections, { type: of.type, depth: depth + 1 });
  });
}

type FieldSelection = Extract<Selection, { kind: 'field' }>;

/** Every name that is no object type here is taken for an interface, which applies. */
function appliesTo({ on }: Fragment, type: Field | undefined): boolean {
  return on === null || on === type || !OBJECT_TYPES.includes(on);
}

const OBJECT_TYPES = ['User', 'Bot', 'Organization', 'Mannequin', 'Repository', 'Issue', 'PullRequest'];

const MOST_NESTED_FRAGMENTS = 16;

function isWanted(run: Run, { directives }: Selection): boolean {
  return directives.every(({ name, args }) => {
    const condition = argumentsOf(run, args)['if'];
    return name === 'skip' ? condition !== true : name !== 'include' || condition === true;
  });
}

function isSource(field: Exclude<Field, null>): field is Source {
  return typeof field === 'object' && !Array.isArray(field) && !(field instanceof Fault);
}

function plain(value: Value, variables: Arguments): unknown {
  switch (value.kind) {
    case 'variable':
      return variables[value.name] ?? null;
    case 'literal':
      return value.value;
    case 'list':
      return value.items.map((item) => plain(item, variables));
    case 'object':
      return Object.fromEntries(
        Object.entries(value.fields).map(([name, item]) => [name, plain(item, variables)]),
      );
  }
}
