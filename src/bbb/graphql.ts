/** Frames of `wss://HOST/graphql`, subprotocol graphql-transport-ws as BBB uses it (bbb-protocol §3). No Node imports: page code uses it too. */

export const GRAPHQL_SUBPROTOCOL = 'graphql-transport-ws';
/** Read limit of the middleware, bytes. */
export const MAX_GRAPHQL_FRAME_BYTES = 10 * 1024 * 1024;

export interface SubscribePayload {
  readonly operationName: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type ClientFrame =
  | { readonly type: 'connection_init'; readonly headers: Readonly<Record<string, string>> }
  | { readonly type: 'ping' | 'pong'; readonly payload: unknown }
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: SubscribePayload }
  | { readonly type: 'complete'; readonly id: string };

export interface GraphqlError {
  readonly message: string;
  readonly messageId?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export type ServerFrame =
  | { readonly type: 'connection_ack' }
  | { readonly type: 'ping' | 'pong'; readonly payload: unknown }
  | { readonly type: 'next'; readonly id: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: 'error'; readonly id: string; readonly errors: readonly GraphqlError[] }
  | { readonly type: 'complete'; readonly id: string };

/** Headers of connection_init; the middleware refuses if one is missing. */
export const INIT_HEADERS = ['X-Session-Token', 'X-ClientSessionUUID', 'X-ClientType', 'X-ClientIsMobile'] as const;

/** Close codes of the middleware and of the client (bbb-protocol §3.9). */
export const CLOSE = { normal: 1000, limit: 1011, forced: 4403, clientTimeout: 4499 } as const;

/** `messageId` of a frame with id −1: why a connection was refused or ended (middleware hasura/client, gql_actions; bbb-protocol §3.9). */
export const MESSAGE_IDS = ['param_missing', 'check_authorization_error', 'meeting_not_found', 'user_not_found', 'too_many_connections', 'connections_limit_exceeded', 'session_token_replaced'] as const;

export type MessageId = (typeof MESSAGE_IDS)[number];

/** The frame with this id refuses or ends the whole connection. */
export const CONNECTION_ERROR_ID = '-1';

/** Limits of bbb-graphql-middleware/config/config.yml (3.0); 0 means none. */
export const MIDDLEWARE_LIMITS = {
  maxConnections: 500,
  maxConnectionsPerSessionToken: 3,
  maxConnectionsPerSecond: 100,
  maxQueriesPerMinute: 200,
  maxMutationsPerMinute: 900,
  maxConcurrentSubscriptions: 150,
  maxQueryLength: 5_000,
  maxQueryDepth: 6,
  maxMutationLength: 10_000,
  idleTimeoutSeconds: 60,
} as const;

export type MiddlewareLimits = { readonly [K in keyof typeof MIDDLEWARE_LIMITS]: number };

/** Parses a frame from a client; undefined if it is none. */
export function parseClientFrame(text: string): ClientFrame | undefined {
  const frame = objectOf(text);
  if (!frame) return undefined;
  const { type, id, payload } = frame;
  switch (type) {
    case 'connection_init': {
      const headers = isObject(payload) && isObject(payload['headers']) ? payload['headers'] : {};
      return { type, headers: Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) };
    }
    case 'ping':
    case 'pong':
      return { type, payload };
    case 'subscribe': {
      if (typeof id !== 'string' || id === '' || id.length > 128 || !isObject(payload)) return undefined;
      const { operationName, query, variables } = payload;
      if (typeof query !== 'string') return undefined;
      return { type, id, payload: { operationName: typeof operationName === 'string' ? operationName : '', query, variables: isObject(variables) ? variables : {} } };
    }
    case 'complete':
      return typeof id === 'string' ? { type, id } : undefined;
    default:
      return undefined;
  }
}

/** Parses a frame from the server; undefined if it is none. */
export function parseServerFrame(text: string): ServerFrame | undefined {
  const frame = objectOf(text);
  if (!frame) return undefined;
  const { type, id, payload } = frame;
  switch (type) {
    case 'connection_ack':
      return { type };
    case 'ping':
    case 'pong':
      return { type, payload };
    case 'next':
      if (typeof id !== 'string' || !isObject(payload)) return undefined;
      if (isObject(payload['data'])) return { type, id, data: payload['data'] };
      // GraphQL over WebSocket lets an execution that failed as a whole arrive as next without data.
      return Array.isArray(payload['errors']) ? { type: 'error', id, errors: payload['errors'].filter(isObject).map(errorFrom) } : undefined;
    case 'error':
      return typeof id === 'string' ? { type, id, errors: (Array.isArray(payload) ? payload : [payload]).filter(isObject).map(errorFrom) } : undefined;
    case 'complete':
      return typeof id === 'string' ? { type, id } : undefined;
    default:
      return undefined;
  }
}

/** The frame that starts any operation: BBB sends mutations as `subscribe`, too. */
export function subscribeFrame(id: string, payload: SubscribePayload): string {
  return JSON.stringify({ id, type: 'subscribe', payload: { variables: payload.variables, extensions: {}, operationName: payload.operationName, query: payload.query } });
}

export function connectionInitFrame(sessionToken: string, clientSessionUuid: string): string {
  return JSON.stringify({
    type: 'connection_init',
    payload: { headers: { 'X-Session-Token': sessionToken, 'X-ClientSessionUUID': clientSessionUuid, 'X-ClientType': 'HTML5', 'X-ClientIsMobile': 'false' } },
  });
}

function errorFrom(payload: Record<string, unknown>): GraphqlError {
  const { message, messageId, extensions } = payload;
  return {
    message: typeof message === 'string' ? message.slice(0, 500) : '',
    ...(typeof messageId === 'string' ? { messageId: messageId.slice(0, 64) } : {}),
    ...(isObject(extensions) ? { extensions } : {}),
  };
}

function objectOf(text: string): Record<string, unknown> | undefined {
  if (text.length > MAX_GRAPHQL_FRAME_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
