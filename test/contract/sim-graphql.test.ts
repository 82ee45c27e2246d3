import { readFileSync } from 'node:fs';
import jsonPatch, { type Operation as PatchOperation } from 'fast-json-patch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { operation } from '../../src/bbb/operations.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { GraphqlSession, type Frame, type SessionOptions } from '../fakes/graphql-session.js';
import { shapeDifferences } from '../fakes/shape.js';

interface Recorded {
  readonly operationName: string;
  readonly kind: string;
  readonly rootField: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly responses: readonly { readonly type: string; readonly payload: unknown }[];
}

const capture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../fixtures/captures/${name}`, import.meta.url), 'utf8')) as T;
const { operations } = capture<{ operations: Recorded[] }>('graphql-operations.json');
const { mutations } = capture<{ mutations: { operationName: string; query: string | null; variables: unknown }[] }>('client-mutations.json');
const { frames: opening } = capture<{ frames: { dir: string; type: string; payload?: unknown }[] }>('graphql-connection-init.json');
const signal = new AbortController().signal;

let sim: Sim;
let api: BbbApi;
let meetings = 0;

async function meeting(): Promise<string> {
  const meetingID = `contract-${++meetings}`;
  await api.create({ meetingID, name: `Contract ${meetings}` }, signal);
  return meetingID;
}

async function session(meetingID: string, more: Partial<SessionOptions> = {}): ReturnType<typeof GraphqlSession.open> {
  return GraphqlSession.open(api, { meetingID, fullName: 'Test Moderator Chromium', role: 'MODERATOR', ...more });
}

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger, limits: { maxConcurrentSubscriptions: 60, maxMutationsPerMinute: 120 } });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await sim[Symbol.asyncDispose]();
});

describe('the opening of the socket', () => {
  it('runs as recorded: init, ping, pong, ack', async () => {
    const user = await session(await meeting());
    await user.next((frame) => frame.type === 'connection_ack');
    const received = user.frames.slice(0, 2).map(({ type, payload }) => (payload === undefined ? { type } : { type, payload }));
    expect(received).toEqual(opening.filter(({ dir }) => dir === 's->c').map(({ type, payload }) => (payload === undefined ? { type } : { type, payload })));
    // That recording ends with the ack; what follows is in sim-graphql-later.test.ts.
    expect(user.sent.slice(0, 2).map(({ type }) => type)).toEqual(opening.filter(({ dir }) => dir === 'c->s').map(({ type }) => type));
    user.close();
  });

  it.each([
    ['a header is missing', { withoutHeader: 'X-ClientType' }, 'param_missing'],
    ['the cookie is missing', { withoutCookie: true }, 'check_authorization_error'],
  ])('is refused with id -1 and 4403 when %s', async (_why, difference, messageId) => {
    const user = await session(await meeting(), difference);
    expect(await user.next((frame) => frame.type === 'error')).toMatchObject({ id: '-1', payload: [{ messageId }] });
    expect((await user.closed).code).toBe(4403);
  });

  it('is refused for a fourth socket on one token', async () => {
    const first = await session(await meeting());
    const open = [first, await GraphqlSession.connect(first.origin, first.cookie, first.token), await GraphqlSession.connect(first.origin, first.cookie, first.token)];
    for (const one of open) await one.next((frame) => frame.type === 'connection_ack');
    const fourth = await GraphqlSession.connect(first.origin, first.cookie, first.token);
    expect(await fourth.next((frame) => frame.type === 'error')).toMatchObject({ id: '-1', payload: [{ messageId: 'too_many_connections' }] });
    expect((await fourth.closed).code).toBe(4403);
    for (const one of open) one.close();
  });

  it('is refused with 1011 beyond the limit of connections', async () => {
    const small = await startSim({ servers: 1, clock: systemClock, logger: silentLogger, limits: { maxConnections: 1 } });
    const smallApi = new BbbApi({ url: small.url, secret: small.secret }, { clock: systemClock });
    await smallApi.create({ meetingID: 'small', name: 'Small' }, signal);
    const one = await GraphqlSession.open(smallApi, { meetingID: 'small', fullName: 'One', role: 'VIEWER' });
    await one.next((frame) => frame.type === 'connection_ack');
    const two = await GraphqlSession.open(smallApi, { meetingID: 'small', fullName: 'Two', role: 'VIEWER' });
    expect(await two.next((frame) => frame.type === 'error')).toMatchObject({ id: '-1', payload: [{ messageId: 'connections_limit_exceeded' }] });
    expect((await two.closed).code).toBe(1011);
    one.close();
    await smallApi[Symbol.asyncDispose]();
    await small[Symbol.asyncDispose]();
  });
});

describe('every recorded operation', () => {
  let user: Awaited<ReturnType<typeof session>>;
  let me: Record<string, unknown>;
  let ids: Record<string, unknown>;

  beforeAll(async () => {
    user = await session(await meeting());
    me = await user.enter();
    const page = user.start('CurrentPresentationPagesSubscription', operation('CurrentPresentationPagesSubscription').query);
    const [current] = (await user.data(page, 'pres_page_curr')) as Record<string, unknown>[];
    ids = { authToken: me['authToken'], userId: me['userId'], clientSessionUUID: user.uuid, pageId: current!['pageId'], presentationId: current!['presentationId'] };
    // A row for the streams that the recording has rows of.
    user.start('SetLayoutProps', operation('SetLayoutProps').query, operations.find((one) => one.operationName === 'SetLayoutProps')!.variables);
  });

  afterAll(() => user.close());

  /** Recorded variables with the ids of this session. */
  const live = (variables: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, name in ids ? ids[name] : value]));

  it.each(operations.map((one) => [one.operationName, one] as const))('%s is answered in the recorded shape', async (_name, recorded) => {
    const id = user.start(recorded.operationName, recorded.query, live(recorded.variables));
    const [first] = recorded.responses;
    if (!first) {
      // The recorded server had nothing to say (a stream without rows); ours must not refuse it either.
      const probe = user.start('UsersCount', operation('UsersCount').query);
      await user.answer(probe);
      expect(user.frames.filter((frame) => frame.id === id && frame.type === 'error')).toEqual([]);
      return;
    }
    const ours = await user.answer(id);
    expect(ours.type).toBe(first.type);
    if (first.type === 'error') expect(ours.payload).toEqual(first.payload);
    else expect(shapeDifferences(first.payload, ours.payload)).toEqual([]);
    if (recorded.kind !== 'subscription') await user.next((frame) => frame.id === id && frame.type === 'complete');
  });

  it.each([...new Set(mutations.map(({ operationName }) => operationName))].map((name) => [name]))('the recorded mutation %s is accepted', async (name) => {
    const recorded = mutations.find((one) => one.operationName === name && one.query !== null)!;
    const id = user.start(name, recorded.query!, live(recorded.variables as Record<string, unknown>));
    expect(await user.answer(id)).toMatchObject({ type: 'next', payload: { data: { [operation(name).rootField]: true } } });
    await user.next((frame) => frame.id === id && frame.type === 'complete');
  });
});

describe('rules of the middleware', () => {
  const userList = operation('Patched_UserListSubscription');

  it('pushes patches that lead to the same rows as a fresh subscription', async () => {
    const meetingID = await meeting();
    const teacher = await session(meetingID);
    await teacher.enter();
    const others: GraphqlSession[] = [];
    for (const fullName of ['Anna', 'Ben', 'Cem', 'Dora', 'Emil']) {
      const pupil = await session(meetingID, { fullName, role: 'VIEWER' });
      await pupil.enter();
      others.push(pupil);
    }
    const watched = teacher.start(userList.operationName, userList.query, { offset: 0, limit: 50 });
    await teacher.answer(watched);
    const anna = (await teacher.data(watched, 'user')) as { userId: string; name: string }[];
    const annaId = anna.find(({ name }) => name === 'Anna')!.userId;
    others[0]!.start('SetRaiseHand', operation('SetRaiseHand').query, { userId: annaId, raiseHand: true });
    const patched = await teacher.next((frame) => frame.id === watched && JSON.stringify(frame.payload).includes('"patch"'));
    expect(patched).toMatchObject({ payload: { data: { user: [] } } });

    let rows: unknown;
    for (const { payload } of teacher.frames.filter((frame) => frame.id === watched && frame.type === 'next')) {
      const { data } = payload as { data: { user: unknown; patch?: PatchOperation[] } };
      rows = data.patch ? jsonPatch.applyPatch(rows, data.patch).newDocument : data.user;
    }
    const fresh = teacher.start(userList.operationName, userList.query, { offset: 0, limit: 50 });
    expect(rows).toEqual(await teacher.data(fresh, 'user'));
    for (const one of [teacher, ...others]) one.close();
  });

  it('holds operations until the user has joined, then answers them', async () => {
    const user = await session(await meeting());
    await user.next((frame) => frame.type === 'connection_ack');
    const early = user.start(userList.operationName, userList.query, { offset: 0, limit: 50 });
    const allowed = user.start('PluginConfigurationQuery', operation('PluginConfigurationQuery').query);
    await user.answer(allowed);
    expect(user.frames.some((frame) => frame.id === early)).toBe(false);
    await user.enter();
    expect((await user.data(early, 'user')) as unknown[]).toHaveLength(1);
    user.close();
  });

  it('suppresses a push that would say the same again', async () => {
    const meetingID = await meeting();
    const teacher = await session(meetingID);
    await teacher.enter();
    const count = teacher.start('UsersCount', operation('UsersCount').query);
    const hands = teacher.start('RaisedHandUsers', operation('RaisedHandUsers').query);
    await teacher.answer(count);
    await teacher.answer(hands);
    const me = ((await teacher.data(teacher.start(userList.operationName, userList.query, { offset: 0, limit: 50 }), 'user')) as { userId: string }[])[0]!;
    teacher.start('SetRaiseHand', operation('SetRaiseHand').query, { userId: me.userId, raiseHand: true });
    await teacher.next((frame) => frame.id === hands && JSON.stringify(frame.payload).includes(me.userId));
    expect(teacher.frames.filter((frame) => frame.id === count && frame.type === 'next')).toHaveLength(1);
    teacher.close();
  });

  it('answers a refused mutation with error and complete', async () => {
    const user = await session(await meeting(), { role: 'VIEWER' });
    await user.enter();
    const id = user.start('MeetingEnd', operation('MeetingEnd').query);
    expect((await user.answer(id)).type).toBe('error');
    await user.next((frame) => frame.id === id && frame.type === 'complete');
    user.close();
  });

  it('limits subscriptions and mutations of a connection', async () => {
    const user = await session(await meeting());
    await user.enter();
    const errors = (): Frame[] => user.frames.filter((frame) => frame.type === 'error');
    for (let n = 0; n < 60; n++) user.start('UsersCount', operation('UsersCount').query);
    await user.next((frame) => frame.type === 'error');
    expect(JSON.stringify(errors()[0]!.payload)).toContain('Limit exceeded: Maximum 60 concurrent subscriptions allowed.');
    for (let n = 0; n < 120; n++) user.start('UserSetSpeechOptions', operation('UserSetSpeechOptions').query, { partialUtterances: true, minUtteranceLength: 1 });
    await user.next((frame) => frame.type === 'error' && JSON.stringify(frame.payload).includes('Limit of mutations per minute reached already'));
    user.close();
  });

  it('delivers chat to the others, and tells everyone of the end before it closes', async () => {
    const meetingID = await meeting();
    const teacher = await session(meetingID);
    const pupil = await session(meetingID, { fullName: 'Anna', role: 'VIEWER' });
    await teacher.enter();
    await pupil.enter();
    const chat = pupil.start('chatMessages', operation('chatMessages').query, { offset: 0, limit: 50 });
    await pupil.answer(chat);
    teacher.start('ChatSendMessage', operation('ChatSendMessage').query, { chatId: 'MAIN-PUBLIC-GROUP-CHAT', chatMessageInMarkdownFormat: 'Good morning', replyToMessageId: null });
    await pupil.next((frame) => frame.id === chat && JSON.stringify(frame.payload).includes('Good morning'));
    const current = pupil.start('Patched_userCurrentSubscription', operation('Patched_userCurrentSubscription').query);
    await pupil.answer(current);
    await api.end(meetingID, signal);
    await pupil.next((frame) => frame.id === current && JSON.stringify(frame.payload).includes('ENDED_FROM_API'));
    expect((await pupil.closed).code).toBe(4403);
    teacher.close();
  });
});
