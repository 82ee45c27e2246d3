import { HarnessError } from '../core/errors.js';
import { LESSON_OPERATIONS } from './lesson-operations.js';
import { write, type Operation } from './operation.js';
import recorded from './operations-3.0.19.json' with { type: 'json' };

export type { Operation };

/** What the HTML5 client of 3.0.19 sends while joining, in the order of first appearance, word for word. */
export const JOIN_OPERATIONS = recorded.operations as readonly Operation[];

/**
 * What it sends later. `recorded.actions` were recorded; the rest is written after the field lists of
 * bbb-graphql-server/metadata/actions.graphql and the client's mutations.ts files (BBB 3.0), in the client's own style.
 */
export const ACTION_OPERATIONS: readonly Operation[] = [
  ...(recorded.actions as readonly Operation[]),
  write('mutation', 'UserLeaveMeeting', 'userLeaveMeeting', 'mutation UserLeaveMeeting {\n  userLeaveMeeting\n}'),
  // Of a meeting over LiveKit.
  write('mutation', 'UserSetTalking', 'userSetTalking', 'mutation UserSetTalking($talking: Boolean!) {\n  userSetTalking(talking: $talking)\n}'),
  write('mutation', 'UserSetDeafened', 'userSetDeafened', 'mutation UserSetDeafened($deafened: Boolean!) {\n  userSetDeafened(deafened: $deafened)\n}'),
  write('mutation', 'MeetingEnd', 'meetingEnd', 'mutation MeetingEnd {\n  meetingEnd\n}'),
  write(
    'mutation',
    'UpdateConnectionAliveAt',
    'userSetConnectionAlive',
    'mutation UpdateConnectionAliveAt($serverRequestId: String!, $clientSessionUUID: String!, $networkRttInMs: Float!, $applicationRttInMs: Float, $traceLog: String) {\n  userSetConnectionAlive(\n    serverRequestId: $serverRequestId\n    clientSessionUUID: $clientSessionUUID\n    networkRttInMs: $networkRttInMs\n    applicationRttInMs: $applicationRttInMs\n    traceLog: $traceLog\n  )\n}',
  ),
  write('query', 'GetChatData', 'chat', 'query GetChatData($chatId: String!) {\n  chat(where: {chatId: {_eq: $chatId}}) {\n    chatId\n    public\n    participant {\n      name\n      userId\n      __typename\n    }\n    __typename\n  }\n}'),
  write('subscription', 'IsTyping', 'user_typing_public', 'subscription IsTyping {\n  user_typing_public(limit: 4, where: {isCurrentlyTyping: {_eq: true}}) {\n    userId\n    user {\n      name\n      __typename\n    }\n    __typename\n  }\n}'),
  write(
    'subscription',
    'chatMessages',
    'chat_message_public',
    'subscription chatMessages($limit: Int!, $offset: Int!) {\n  chat_message_public(\n    limit: $limit\n    offset: $offset\n    order_by: {messageSequence: asc}\n  ) {\n    user {\n      name\n      userId\n      avatar\n      isModerator\n      color\n      __typename\n    }\n    messageSequence\n    replyToMessage {\n      deletedAt\n      messageSequence\n      message\n      __typename\n    }\n    reactions {\n      createdAt\n      reactionEmoji\n      __typename\n    }\n    messageType\n    chatEmphasizedText\n    chatId\n    message\n    messageAsHtml\n    messageId\n    createdAt\n    editedAt\n    deletedAt\n    messageMetadata\n    senderName\n    senderRole\n    senderId\n    __typename\n  }\n}',
  ),
  ...LESSON_OPERATIONS,
];

export const OPERATIONS: readonly Operation[] = [...JOIN_OPERATIONS, ...ACTION_OPERATIONS];

const BY_NAME: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((one) => [one.operationName, one]));

/** An operation by its name. Throws INTERNAL for a name that is not in the tables: a typo of ours. */
export function operation(operationName: string): Operation {
  const found = BY_NAME.get(operationName);
  if (!found) throw new HarnessError('INTERNAL', `no operation is called ${operationName}`);
  return found;
}
