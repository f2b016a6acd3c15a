// What zod says of a value, told in the words of the file: where, what was written, what would be right.
// Must not know what any file means.
import { z } from 'zod';
import type { PathKey, YamlTree } from './_yaml-tree.ts';

/** What is wrong at an offset. Without a `mend`, `instead` lists the spellings that would have been right. */
export interface Finding {
  readonly offset: number;
  readonly value: string;
  readonly problem: string;
  readonly mend: string | null;
  readonly instead: readonly string[];
}

type Issue = z.core.$ZodIssue;
type Path = readonly PathKey[];

/**
 * One finding per fault. A schema's own refusals may say what would be right in `params.mend`;
 * a missing key is mended with the schema's first `examples` entry, when its metadata has one.
 */
export function schemaFindings(issues: readonly Issue[], schema: z.ZodType, tree: YamlTree): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, { schema, tree, prefix: [] }));
}

interface Place {
  readonly schema: z.ZodType;
  readonly tree: YamlTree;
  /** Where the issue's own path starts; options of a union count from the union. */
  readonly prefix: Path;
}

function findingsOf(issue: Issue, place: Place): Finding[] {
  const path = [...place.prefix, ...issue.path.map(pathKey)];
  if (isMissing(path, place.tree)) return [missingKey(path, place)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, place));
    case 'invalid_union':
      return unionFindings(issue, path, place);
    case 'invalid_type':
      return [wrongType(path, [issue.expected], place)];
    case 'invalid_value':
      return isQuoted(path, issue.values, place)
        ? [quotedValue(path, place)]
        : [{ ...here(path, place), problem: 'it is none of the known words', instead: words(issue.values) }];
    case 'invalid_key':
    case 'invalid_element':
      return [{ ...here(path, place), problem: messages(issue.issues), mend: 'choose another spelling' }];
    case 'too_small':
    case 'too_big':
      return [{ ...here(path, place), problem: sizeProblem(issue), mend: sizeMend(issue) }];
    case 'custom':
      return [{ ...here(path, place), problem: issue.message, mend: textOr(issue.params?.['mend'], null) }];
    case 'invalid_format':
    case 'not_multiple_of':
      return [{ ...here(path, place), problem: issue.message, mend: exampleAt(path, place) }];
  }
}

/** True for a number or a yes in quotes: it is text then. */
function isQuoted(path: Path, values: readonly unknown[], { tree }: Place): boolean {
  const value = valueAt(tree.value, path);
  return values.some((right) => typeof right !== 'string' && String(right) === value);
}

function quotedValue(path: Path, place: Place): Finding {
  const found = here(path, place);
  const mend = `write it without quotes: ${String(path.at(-1))}: ${found.value}`;
  return { ...found, problem: 'in quotes it is text, and no number', mend };
}

function here(path: Path, place: Place): Finding {
  const { tree } = place;
  return { offset: tree.offsetOf(path), value: tree.writtenAt(path), problem: '', mend: null, instead: [] };
}

function unknownKey(key: string, path: Path, place: Place): Finding {
  const known = schemasAt(place.schema, path).flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape) : [],
  );
  return {
    offset: place.tree.offsetOfKey(path, key),
    value: key,
    problem: 'this key is unknown here',
    mend: null,
    instead: [...new Set(known)],
  };
}

function unionFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path, place: Place): Finding[] {
  const value = valueAt(place.tree.value, path);
  const options = issue.errors.filter((errors) => !errors.some((inner) => isForeign(inner, value)));
  const [first] = options.toSorted((a, b) => a.length - b.length);
  if (first !== undefined)
    return first.flatMap((inner) =>
      findingsOf(inner, { schema: place.schema, tree: place.tree, prefix: path }),
    );
  const expected = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
  return [wrongType(path, expected, place)];
}

/** True when an option of a union is for values of another kind: a word where a list stands. */
function isForeign(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value === 'object');
}

function wrongType(path: Path, expected: readonly string[], place: Place): Finding {
  const last = path.at(-1);
  if (typeof last === 'string' && valueAt(place.tree.value, path) === undefined)
    return missingKey(path, place);
  const wanted = [...new Set(expected.map((type) => TYPE_WORDS[type] ?? type))].join(' or ');
  const value = valueAt(place.tree.value, path);
  const quotable = expected.includes('string') && (typeof value === 'number' || typeof value === 'boolean');
  const found =
    path.length === 0 && typeof value === 'string'
      ? { ...here(path, place), value: sizeOf(value, place) }
      : here(path, place);
  const mend = quotable
    ? `write it in quotes: "${found.value}"`
    : (exampleAt(path, place) ?? `write ${wanted}`);
  return { ...found, problem: `${kindOf(value)} stands where ${wanted} belongs`, mend };
}

/** A file that is no document at all may be a token or a key: what is longer than a word is not shown. */
function sizeOf(text: string, { tree }: Place): string {
  if (/-----BEGIN [A-Z0-9 ]+-----/.test(text)) return 'a PEM file';
  return text.length > MAX_WORD ? `text of ${text.length} characters` : tree.writtenAt([]);
}

const MAX_WORD = 12;

function isMissing(path: Path, tree: YamlTree): boolean {
  return typeof path.at(-1) === 'string' && valueAt(tree.value, path) === undefined;
}

function missingKey(path: Path, place: Place): Finding {
  const key = String(path.at(-1));
  const example = exampleAt(path, place);
  return {
    offset: place.tree.offsetOf(path.slice(0, -1)),
    value: key,
    problem: 'this key is required and missing',
    mend: example ?? `add "${key}: …"`,
    instead: [],
  };
}

/** `for example KEY: VALUE`, from the metadata of the schema at the path. */
function exampleAt(path: Path, place: Place): string | null {
  const key = path.at(-1);
  for (const schema of schemasAt(place.schema, path)) {
    const example = z.globalRegistry.get(schema)?.['examples'];
    if (!Array.isArray(example) || example.length === 0) continue;
    const text = typeof example[0] === 'string' ? example[0] : JSON.stringify(example[0]);
    return typeof key === 'string' ? `for example "${key}: ${text}"` : `for example ${text}`;
  }
  return null;
}

/** Every schema that could have judged the value at the path: all options of a union count. */
function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  const flat = unwrapped(schema);
  const [key, ...rest] = path;
  if (key === undefined) return flat;
  return flat.flatMap((candidate) => {
    const child = childSchema(candidate, String(key));
    return child === null ? [] : schemasAt(child, rest);
  });
}

function childSchema(schema: z.core.$ZodType, key: string): z.core.$ZodType | null {
  if (schema instanceof z.ZodObject) return schema.shape[key] ?? null;
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return null;
}

/** The schema with its wrappers; metadata may sit on any layer. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return [schema, ...schema.options.flatMap(unwrapped)];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return [schema, ...unwrapped(schema.unwrap())];
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodReadonly)
    return [schema, ...unwrapped(schema.unwrap())];
  if (schema instanceof z.ZodPipe) return [schema, ...unwrapped(schema.in)];
  if (schema instanceof z.ZodLazy) return unwrapped(schema.unwrap());
  return [schema];
}

function valueAt(value: unknown, path: Path): unknown {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.getOwnPropertyDescriptor(current, key)?.value;
  }
  return current;
}

function sizeProblem(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return issue.origin === 'number' || issue.origin === 'int'
    ? `the number must be ${bound}`
    : `it must have ${bound} ${SIZE_WORDS[issue.origin] ?? 'entries'}`;
}

function sizeMend(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  return issue.code === 'too_small' ? 'add what is missing' : 'shorten it';
}

function messages(issues: readonly Issue[]): string {
  return issues.map((issue) => issue.message).join('; ');
}

function words(values: readonly unknown[]): string[] {
  return values.map(String);
}

function textOr(value: unknown, otherwise: string | null): string | null {
  return typeof value === 'string' ? value : otherwise;
}

function pathKey(key: PropertyKey): PathKey {
  return typeof key === 'symbol' ? String(key) : key;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return TYPE_WORDS[typeof value] ?? 'something else';
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};
const SIZE_WORDS: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' };
