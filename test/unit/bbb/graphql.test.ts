import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectionInitFrame, INIT_HEADERS, MAX_GRAPHQL_FRAME_BYTES, MIDDLEWARE_LIMITS, parseClientFrame, parseServerFrame, subscribeFrame } from '../../../src/bbb/graphql.js';

const capture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../fixtures/captures/${name}`, import.meta.url), 'utf8')) as T;
interface Frame {
  readonly dir: string;
  readonly type: string;
  readonly payload?: unknown;
}
const init = capture<{ frames: readonly Frame[]; subprotocol: string }>('graphql-connection-init.json').frames;
const recorded = capture<{ operations: readonly { operationName: string; query: string; variables: object; responses: readonly { type: string; payload?: { data?: object } }[] }[] }>('graphql-operations.json').operations;

describe('the recorded opening', () => {
  const fromClient = init.filter(({ dir }) => dir === 'c->s').map((frame) => JSON.stringify({ ...frame, dir: undefined }));
  const fromServer = init.filter(({ dir }) => dir === 's->c').map((frame) => JSON.stringify({ ...frame, dir: undefined }));

  it('is what we would send', () => {
    const [first] = fromClient;
    expect(connectionInitFrame('[REDACTED_SESSION_TOKEN]', 'cb6559cc-d90b-459f-8642-c05f969a0443')).toBe(first);
  });

  it('is read on both sides', () => {
    expect(fromClient.map((text) => parseClientFrame(text)?.type)).toEqual(['connection_init', 'pong']);
    expect(fromServer.map((text) => parseServerFrame(text))).toEqual([{ type: 'ping', payload: { message: 'keepalive' } }, { type: 'connection_ack' }]);
  });

  it('has the four headers without which the middleware refuses', () => {
    const frame = parseClientFrame(fromClient[0]!);
    expect(frame).toMatchObject({ type: 'connection_init' });
    if (frame?.type === 'connection_init') expect(Object.keys(frame.headers)).toEqual([...INIT_HEADERS]);
  });
});

describe('the recorded operations', () => {
  it.each(recorded.map((one) => [one.operationName, one] as const))('%s is sent and read back unchanged', (_name, { operationName, query, variables }) => {
    expect(parseClientFrame(subscribeFrame('7f', { operationName, query, variables: variables as Record<string, unknown> }))).toEqual({ type: 'subscribe', id: '7f', payload: { operationName, query, variables } });
  });

  it.each(recorded.flatMap((one) => one.responses.map((answer, n) => [`${one.operationName} ${n}`, answer] as const)))('the answer %s is read', (_name, { type, payload }) => {
    const frame = parseServerFrame(JSON.stringify({ id: '7f', type, payload }));
    expect(frame).toMatchObject({ type, id: '7f' });
    if (frame?.type === 'next') expect(frame.data).toEqual(payload?.data);
  });

  it('include one that the server refused, with its reason', () => {
    const refused = recorded.find(({ operationName }) => operationName === 'Patched_Timer')!.responses[0];
    expect(parseServerFrame(JSON.stringify({ id: '1', ...refused }))).toMatchObject({ type: 'error', errors: [{ message: "field 'startedOn' not found in type: 'timer'", extensions: { code: 'validation-failed' } }] });
  });
});

describe('parseServerFrame', () => {
  it('reads a refusal of the whole connection', () => {
    expect(parseServerFrame('{"id":"-1","type":"error","payload":[{"messageId":"check_authorization_error","message":"no"}]}')).toEqual({ type: 'error', id: '-1', errors: [{ messageId: 'check_authorization_error', message: 'no' }] });
  });

  it('takes a next without data for the error that it is', () => {
    expect(parseServerFrame('{"id":"a","type":"next","payload":{"data":null,"errors":[{"message":"no"}]}}')).toEqual({ type: 'error', id: 'a', errors: [{ message: 'no' }] });
  });

  it.each(['', 'x', 'null', '[]', '7', '{}', '{"type":5}', '{"type":"data","id":"1"}', '{"type":"next","id":"1"}', '{"type":"next","id":7,"payload":{"data":{}}}', '{"type":"complete"}'])('takes %j for no frame', (text) => {
    expect(parseServerFrame(text)).toBeUndefined();
  });

  it('reads no frame above the limit of the middleware', () => {
    expect(parseServerFrame(`{"type":"connection_ack","x":"${'x'.repeat(MAX_GRAPHQL_FRAME_BYTES)}"}`)).toBeUndefined();
  });
});

describe('parseClientFrame', () => {
  it.each(['', '[]', '{"type":"subscribe"}', '{"type":"subscribe","id":"","payload":{"query":"q"}}', '{"type":"subscribe","id":"1","payload":{}}', `{"type":"subscribe","id":"${'1'.repeat(129)}","payload":{"query":"q"}}`, '{"type":"start","id":"1"}'])('takes %s for no frame', (text) => {
    expect(parseClientFrame(text)).toBeUndefined();
  });

  it('drops headers that are no text', () => {
    expect(parseClientFrame('{"type":"connection_init","payload":{"headers":{"X-Session-Token":"a","X-ClientType":5}}}')).toEqual({ type: 'connection_init', headers: { 'X-Session-Token': 'a' } });
  });
});

describe('MIDDLEWARE_LIMITS', () => {
  it('has the first wall of a big test', () => {
    expect(MIDDLEWARE_LIMITS).toMatchObject({ maxConnections: 500, maxConnectionsPerSecond: 100, idleTimeoutSeconds: 60 });
  });
});
