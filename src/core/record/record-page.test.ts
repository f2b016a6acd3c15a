// docs/record.md against the schema of the record.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { auditEventJsonSchema, auditEventSchema } from './event-schema.ts';

const page = readFileSync(new URL('../../../docs/record.md', import.meta.url), 'utf8');

test('docs/record.md shows examples that the schema reads', () => {
  const examples = [...page.matchAll(/```json\n(.*)\n```/g)].map((found) => found[1] ?? '');
  assert.equal(examples.length, 3);
  for (const example of examples) assert.equal(auditEventSchema.safeParse(JSON.parse(example)).success, true);
});

test('docs/record.md names every field of the record and no other', () => {
  const named = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap((row) =>
    [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((field) => field[1] ?? ''),
  );
  assert.deepEqual(new Set(named), new Set(fieldsOf(auditEventJsonSchema(), '')));
});

/** Paths of the fields; a reason's own fields are said once, under `reason`. */
function fieldsOf(schema: unknown, path: string): string[] {
  const options = ['oneOf', 'anyOf'].flatMap((key) => listOf(recordOf(schema)[key]));
  const inOptions = options.flatMap((option) => fieldsOf(option, path));
  const properties = Object.entries(recordOf(recordOf(schema)['properties']));
  const own = properties.flatMap(([key, value]) => {
    const field = path === '' ? key : `${path}.${key}`;
    const inside = field === 'wouldBlock' ? [] : fieldsOf(value, field);
    const isMapping = inside.length > 0 && !('anyOf' in recordOf(value));
    return isMapping ? inside : [field, ...inside];
  });
  return [...inOptions, ...own];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
