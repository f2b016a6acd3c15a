// Tests of the simulator's GraphQL: introspection, what it lets clients ask beyond its schema, and what bounds a query.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { Fault, readGraphql, rootArguments, runGraphql, type Source } from './_graphql-run.ts';
import { githubSchema } from './_graphql-schema.ts';

const SCHEMA = githubSchema();
const NONE = { operationName: null, variables: {} };

function answered(query: string, root: Source, variables = {}): Readonly<Record<string, unknown>> {
  const asked = readGraphql(SCHEMA, query, { operationName: null, variables });
  assert.ok(asked.ok, asked.ok ? '' : asked.error);
  return JSON.parse(JSON.stringify(runGraphql(SCHEMA, asked.value, root)));
}

describe('runGraphql()', () => {
  test('answers introspection, so that a client can read the schema', () => {
    const { data, errors } = answered(getIntrospectionQuery(), {});
    assert.equal(errors, undefined);
    const read = buildClientSchema(JSON.parse(JSON.stringify(data)));
    assert.deepEqual(Object.keys(read.getQueryType()?.getFields() ?? {}).slice(0, 2), [
      'viewer',
      'repository',
    ]);
  });

  const viewer = { __typename: 'User', login: 'mona_octo' };
  const rows: readonly {
    readonly name: string;
    readonly query: string;
    readonly root: Source;
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly gives: unknown;
  }[] = [
    {
      name: 'null for a field that GitHub has and the simulator has not',
      query: '{ viewer { login bioHTML sponsors(first: 2) { nodes { id } } } }',
      root: { viewer },
      gives: { data: { viewer: { login: 'mona_octo', bioHTML: null, sponsors: null } } },
    },
    {
      name: 'what a fragment on another type asks to nobody',
      query: '{ viewer { ...on User { login } ...on Organization { name } ...on Enterprise { slug } } }',
      root: { viewer },
      gives: { data: { viewer: { login: 'mona_octo' } } },
    },
    {
      name: 'a fault as null, with its place',
      query: '{ me: viewer { login } }',
      root: { viewer: new Fault('NOT_FOUND', 'nobody') },
      gives: { data: { me: null }, errors: [{ type: 'NOT_FOUND', path: ['me'], message: 'nobody' }] },
    },
    {
      name: 'a mutation with the input that its variable holds',
      query: 'mutation M($input: CreateIssueInput!) { createIssue(input: $input) { issue { title } } }',
      root: {
        createIssue: ({ input }) => ({ issue: { title: JSON.stringify(input) } }),
      },
      variables: { input: { repositoryId: 'R', title: 'x' } },
      gives: { data: { createIssue: { issue: { title: '{"repositoryId":"R","title":"x"}' } } } },
    },
    {
      name: 'a variable of a type that the simulator does not know, where it is given to what it does not know',
      query: 'query Q($order: StarOrder) { viewer { login starred(orderBy: $order) { totalCount } } }',
      root: { viewer },
      variables: { order: { field: 'STARRED_AT' } },
      gives: { data: { viewer: { login: 'mona_octo', starred: null } } },
    },
  ];
  for (const { name, query, root, variables, gives } of rows)
    test(`gives ${name}`, () => assert.deepEqual(answered(query, root, variables), gives));
});

describe('readGraphql()', () => {
  const spread = (level: number): string => `...F${level} `;
  const bomb = Array.from(
    { length: 12 },
    (_, level) =>
      `fragment F${level} on Repository { a: parent { ${spread(level + 1)} } b: parent { ${spread(level + 1)} } }`,
  ).join(' ');
  const rows: readonly (readonly [name: string, query: string, says: RegExp])[] = [
    ['more tokens than a client writes', `{ ${'a '.repeat(20_000)} }`, /more than 10000 tokens/],
    ['nesting that would end the stack', `{ ${'a{'.repeat(4_900)}`, /nested too deeply|Syntax Error/],
    [
      'fragments that multiply',
      `{ repository(owner: "a", name: "b") { ...F0 } } ${bomb} fragment F12 on Repository { id }`,
      /at most 5000 fields/,
    ],
    ['a fragment within itself', '{ viewer { ...F } } fragment F on User { ...F }', /itself/],
    [
      'introspection in circles',
      `{ __schema { types { ${'fields { type { '.repeat(4)} name ${'} }'.repeat(4)} } } }`,
      /introspection depth/i,
    ],
    [
      'an operation without its name among others',
      'query A { viewer { login } } query B { viewer { login } }',
      /none of several/,
    ],
    ['no operation', 'fragment F on User { login }', /operation/],
  ];
  for (const [name, query, says] of rows)
    test(`refuses ${name}, in under a second`, { timeout: 1_000 }, () => {
      const read = readGraphql(SCHEMA, query, NONE);
      assert.ok(!read.ok);
      assert.match(read.error, says);
    });
});

test('rootArguments() has what root fields are given, in fragments too, and nothing that is skipped', () => {
  const query = `mutation M($id: ID!, $no: Boolean!) {
    a: updateRepository(input: { repositoryId: $id, name: "x" }) { clientMutationId }
    b: updateRepository(input: { repositoryId: "B" }) @skip(if: true) { clientMutationId }
    c: updateRepository(input: { repositoryId: "C" }) @include(if: $no) { clientMutationId }
    ...F
  }
  fragment F on Mutation { d: createIssue(input: { repositoryId: "D", title: "t" }) { issue(of: "E") { id } } }`;
  const asked = readGraphql(SCHEMA, query, { operationName: 'M', variables: { id: 'A', no: false } });
  assert.ok(asked.ok);
  assert.deepEqual(JSON.parse(JSON.stringify(rootArguments(asked.value))), [
    { repositoryId: 'A', name: 'x' },
    { repositoryId: 'D', title: 't' },
  ]);
});
