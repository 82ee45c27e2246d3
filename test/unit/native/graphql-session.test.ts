import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Operation } from '../../../src/bbb/operations.js';
import { GraphqlSession } from '../../../src/native/graphql-session.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const operation = (operationName: string, kind: Operation['kind'] = 'subscription'): Operation => ({ operationName, rootField: 'row', kind, query: '' });

/** A session whose server answers each operation with `errors`; undefined: not at all. */
async function refusing(errors: (operationName: string) => readonly object[] | undefined) {
  const told: string[] = [];
  class Socket extends EventEmitter {
    readonly readyState = WebSocket.OPEN;
    send(text: string): void {
      const { type, id, payload } = JSON.parse(text) as { type: string; id: string; payload: { operationName: string } };
      if (type === 'connection_init') this.#say({ type: 'connection_ack' });
      const wrong = type === 'subscribe' ? errors(payload.operationName) : undefined;
      if (wrong) this.#say({ id, type: 'error', payload: wrong });
    }
    readonly close = (): undefined => undefined;
    readonly terminate = (): undefined => undefined;
    #say(frame: object): void {
      this.emit('message', Buffer.from(JSON.stringify(frame)));
    }
  }
  const socket = new Socket();
  const session = new GraphqlSession({
    url: 'wss://bbb/graphql',
    origin: 'https://bbb',
    cookie: '',
    sessionToken: 't',
    clientSessionUuid: 'u',
    clock: new VirtualClock(),
    events: { interrupted: () => undefined, resumed: () => undefined, ended: () => undefined, limited: (name) => told.push(`limited ${name}`), refused: (name) => told.push(`refused ${name}`) },
    connect: () => socket as unknown as WebSocket,
  });
  const ready = session.open();
  socket.emit('open');
  await ready;
  return { session, told };
}

it('tells of each subscription that the server refuses, but not of what another version does not have', async () => {
  const { session, told } = await refusing((name) => {
    if (name === 'Patched_Timer') return [{ message: "field 'startedOn' not found in type: 'timer'", extensions: { code: 'validation-failed' } }];
    if (name === 'tooMany') return [{ message: 'Limit exceeded: Maximum 150 concurrent subscriptions allowed.', extensions: { code: 'limit-exceeded' } }];
    return name === 'well' ? undefined : [{ message: 'database query error', extensions: { code: 'unexpected' } }];
  });
  for (const name of ['Patched_Timer', 'tooMany', 'well', 'getSlide']) session.subscribe(operation(name), {}, () => undefined);
  expect(told).toEqual(['limited tooMany', 'refused getSlide']);
  expect(session.isSubscribed('getSlide')).toBe(false);
  // Who asked is told.
  await expect(session.request(operation('SetRaiseHand', 'mutation'), {})).rejects.toMatchObject({ code: 'STEP_FAILED' });
  expect(told).toHaveLength(2);
});
