import { readFileSync } from 'node:fs';
import { Kind, parse, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { MIDDLEWARE_LIMITS } from '../../../src/bbb/graphql.js';
import { ACTION_OPERATIONS, JOIN_OPERATIONS, operation, OPERATIONS } from '../../../src/bbb/operations.js';

const capture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../fixtures/captures/${name}`, import.meta.url), 'utf8')) as T;
interface Recorded {
  readonly operationName: string;
  readonly query: string | null;
}
const joining = capture<{ operations: readonly (Recorded & { kind: string; rootField: string })[] }>('graphql-operations.json').operations;
const actions = capture<{ mutations: readonly Recorded[] }>('client-mutations.json').mutations;
const media = capture<{ graphql: readonly Recorded[] }>('sfu-signaling.json').graphql;

/** The recording of the media flows has its texts on one line. */
const onOneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(/ ?([(){}]) ?/g, '$1');

describe('JOIN_OPERATIONS', () => {
  it('are the recorded ones, word for word and in order', () => {
    expect(JOIN_OPERATIONS).toEqual(joining.map(({ operationName, kind, rootField, query }) => ({ operationName, kind, rootField, query })));
    expect(JOIN_OPERATIONS).toHaveLength(34);
  });
});

describe('the mutations of a user who is in', () => {
  it.each(actions.flatMap(({ operationName, query }) => (query === null ? [] : [[operationName, query] as const])))('%s is the recorded one', (name, query) => {
    expect(operation(name).query).toBe(query);
  });

  it.each(media.map(({ operationName, query }) => [operationName, query ?? ''] as const))('%s is the recorded one, white space aside', (name, query) => {
    // Subscriptions of a viewer were recorded with another selection; their text is that of the join.
    if (query.startsWith('subscription')) expect(operation(name).kind).toBe('subscription');
    else expect(onOneLine(operation(name).query)).toBe(onOneLine(query));
  });

  it.each(['UserLeaveMeeting', 'UpdateConnectionAliveAt', 'ChatSendMessage', 'ChatSetTyping', 'SetRaiseHand', 'CameraBroadcastStart', 'CameraBroadcastStop', 'UserSetMuted', 'UserSetListenOnlyInput', 'MeetingEnd'])('include %s', (name) => {
    expect(ACTION_OPERATIONS.map((one) => one.operationName)).toContain(name);
  });
});

describe('OPERATIONS', () => {
  it('have names of their own', () => {
    const names = OPERATIONS.map((one) => one.operationName);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(OPERATIONS.map((one) => [one.operationName, one] as const))('%s is GraphQL of the kind, name and root that the table says', (_name, { operationName, kind, rootField, query }) => {
    const [definition, ...others] = parse(query).definitions;
    expect(others).toEqual([]);
    expect(definition?.kind).toBe(Kind.OPERATION_DEFINITION);
    const { name, operation: written, selectionSet } = definition as OperationDefinitionNode;
    const roots = selectionSet.selections.map((one) => (one as FieldNode).name.value);
    expect({ name: name?.value, kind: written, roots }).toEqual({ name: operationName, kind, roots: [rootField] });
    expect(query.length).toBeLessThanOrEqual(kind === 'mutation' ? MIDDLEWARE_LIMITS.maxMutationLength : MIDDLEWARE_LIMITS.maxQueryLength);
  });

  it.each(OPERATIONS.filter(({ kind }) => kind === 'mutation').map((one) => [one.operationName, one] as const))('%s passes the expression by which the middleware reads mutations', (_name, { query }) => {
    // One root field; arguments, if any, as `name: $variable`.
    const [definition] = parse(query).definitions;
    const [field] = (definition as OperationDefinitionNode).selectionSet.selections as readonly FieldNode[];
    expect((field?.arguments ?? []).map((argument) => argument.value.kind)).toEqual((field?.arguments ?? []).map(() => Kind.VARIABLE));
    expect(field?.selectionSet).toBeUndefined();
  });

  it('asks for no operation that is not there', () => {
    expect(() => operation('UserJoins')).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});
