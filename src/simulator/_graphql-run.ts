// Reads GraphQL documents within bounds, and answers them from plain objects: a field is a value, or a function of its
// arguments. Must not know GitHub's schema, nor who asks.
import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isInputType,
  Kind,
  LoneAnonymousOperationRule,
  MaxIntrospectionDepthRule,
  NoFragmentCyclesRule,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
  UniqueFragmentNamesRule,
  validate,
  valueFromASTUntyped,
} from 'graphql';
import { err, ok, type Result } from '../core/base/result.ts';

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
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** A document that was read, and the operation in it that is asked for. */
export interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Arguments;
}

/** The error says what could not be read, as GitHub's `errors` do. */
export function readGraphql(
  schema: GraphQLSchema,
  query: string,
  { operationName, variables }: { readonly operationName: string | null; readonly variables: Arguments },
): Result<Asked, string> {
  try {
    const document = parse(query, { maxTokens: MOST_TOKENS });
    const [fault] = validate(schema, document, RULES, { maxErrors: 1 });
    if (fault !== undefined) return err(fault.message);
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined)
      return err('The operation that was named is not in the document, or none of several was named.');
    if (fieldsOf(document, operation.selectionSet) > MOST_FIELDS)
      return err(
        `A document asks for at most ${MOST_FIELDS} fields, each fragment counted where it is used.`,
      );
    return ok({ ...withKnownVariables(schema, document, operation), variables });
  } catch (error) {
    if (error instanceof GraphQLError) return err(error.message);
    // The parser recurses with the nesting.
    if (error instanceof RangeError) return err('The document is nested too deeply.');
    throw error;
  }
}

/** What the root fields of the operation are given, as plain values. */
export function rootArguments({ document, operation, variables }: Asked): unknown[] {
  const given = (node: { readonly arguments?: FieldNode['arguments'] }): unknown[] =>
    (node.arguments ?? []).map(({ value }) => valueFromASTUntyped(value, variables));
  const isWanted = (selection: SelectionNode): boolean =>
    (selection.directives ?? []).every((directive) => {
      const [condition] = given(directive);
      return directive.name.value === 'skip' ? condition !== true : condition === true;
    });
  const fragments = fragmentsOf(document);
  const within = (set: SelectionSetNode | undefined): unknown[] =>
    (set?.selections ?? []).filter(isWanted).flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return given(selection);
      return within(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet,
      );
    });
  return within(operation.selectionSet);
}

/** Data and errors in GitHub's form. */
export function runGraphql(
  schema: GraphQLSchema,
  asked: Asked,
  root: Source,
): Readonly<Record<string, unknown>> {
  const { document, operation, variables } = asked;
  const operationName = operation.name?.value;
  const outcome = executeSync({
    schema,
    document,
    rootValue: root,
    variableValues: variables,
    ...(operationName === undefined ? {} : { operationName }),
  });
  const errors = (outcome.errors ?? []).map(({ path, message, originalError }) => ({
    ...(originalError instanceof Fault ? { type: originalError.type } : {}),
    ...(path === undefined ? {} : { path: path.map(String) }),
    message,
  }));
  const data = outcome.data === undefined ? {} : { data: outcome.data };
  return errors.length === 0 ? data : { ...data, errors };
}

// gh's longest query has under a thousand tokens.
const MOST_TOKENS = 10_000;
const MOST_FIELDS = 5_000;
// Of the rules of the specification those that bound the work: what GitHub's schema has and this one has not is answered
// with null, since clients ask for more than a simulator knows.
const RULES = [
  LoneAnonymousOperationRule,
  UniqueFragmentNamesRule,
  NoFragmentCyclesRule,
  MaxIntrospectionDepthRule,
];

/** Without the variables whose type this schema has not: they are given to fields that it has not either. */
function withKnownVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Pick<Asked, 'document' | 'operation'> {
  const known = operation.variableDefinitions?.filter(({ type }) => isInputType(typeFromAST(schema, type)));
  const kept = known === undefined ? operation : { ...operation, variableDefinitions: known };
  const definitions = document.definitions.map((definition) =>
    definition === operation ? kept : definition,
  );
  return { document: { ...document, definitions }, operation: kept };
}

/** How many fields a selection comes to once its fragments are opened; few aliases in nested fragments make many. */
function fieldsOf(document: DocumentNode, root: SelectionSetNode): number {
  const fragments = fragmentsOf(document);
  const known = new Map<SelectionSetNode, number>();
  const count = (set: SelectionSetNode | undefined): number => {
    if (set === undefined) return 0;
    const before = known.get(set);
    if (before !== undefined) return before;
    let fields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        fields += count(fragments.get(selection.name.value)?.selectionSet);
      else fields += (selection.kind === Kind.FIELD ? 1 : 0) + count(selection.selectionSet);
    }
    known.set(set, fields);
    return fields;
  };
  return count(root);
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}
