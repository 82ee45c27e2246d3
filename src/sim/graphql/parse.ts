import { Kind, parse, type DocumentNode, type FieldNode, type OperationDefinitionNode, type SelectionSetNode, type ValueNode } from 'graphql';

/** One field of a selection, with aliases resolved. */
export interface Selected {
  readonly alias: string;
  readonly name: string;
  readonly selection: readonly Selected[];
}

export interface ParsedOperation {
  readonly kind: 'query' | 'subscription' | 'mutation';
  readonly rootAlias: string;
  readonly rootField: string;
  readonly selection: readonly Selected[];
  readonly depth: number;
  /** Arguments of the root field with variables filled in. */
  args(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

const CACHE_LIMIT = 2_000;
const cache = new Map<string, ParsedOperation | string>();

/** Parses a document with one operation and one root field, as BBB's client sends them; a text is what is wrong. Cached by text. */
export function parseOperation(query: string): ParsedOperation | string {
  const known = cache.get(query);
  if (known !== undefined) return known;
  const parsed = read(query);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(query, parsed);
  return parsed;
}

function read(query: string): ParsedOperation | string {
  let document: DocumentNode;
  try {
    document = parse(query, { noLocation: true, maxTokens: 5_000 });
  } catch (error) {
    return `not a valid graphql query: ${(error as Error).message}`;
  }
  const operation = document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);
  const roots = operation?.selectionSet.selections.filter((one): one is FieldNode => one.kind === Kind.FIELD) ?? [];
  const root = roots[0];
  if (!operation || !root) return 'not a valid graphql query: no operation';
  if (operation.operation !== 'query' && roots.length > 1) return `${operation.operation} operations must have exactly one top level field`;
  const selection = selectedOf(root.selectionSet);
  return {
    kind: operation.operation,
    rootAlias: root.alias?.value ?? root.name.value,
    rootField: root.name.value,
    selection,
    depth: 1 + depthOf(selection),
    args: (variables) => Object.fromEntries((root.arguments ?? []).map((one) => [one.name.value, valueOf(one.value, variables)])),
  };
}

function selectedOf(set: SelectionSetNode | undefined): readonly Selected[] {
  return (set?.selections ?? [])
    .filter((one): one is FieldNode => one.kind === Kind.FIELD)
    .map((one) => ({ alias: one.alias?.value ?? one.name.value, name: one.name.value, selection: selectedOf(one.selectionSet) }));
}

function depthOf(selection: readonly Selected[]): number {
  return selection.reduce((deepest, one) => Math.max(deepest, one.selection.length === 0 ? 0 : 1 + depthOf(one.selection)), 0);
}

function valueOf(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.ENUM:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((one) => valueOf(one, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((one) => [one.name.value, valueOf(one.value, variables)]));
  }
}
