import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { BbbApi } from '../../src/bbb/api.js';
import { MIDDLEWARE_LIMITS } from '../../src/bbb/graphql.js';
import { operation } from '../../src/bbb/operations.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { GraphqlConnection, type ConnectionHost } from '../../src/sim/graphql/connection.js';
import { GraphqlSession, type Frame, type SessionOptions } from '../fakes/graphql-session.js';
import { shapeDifferences } from '../fakes/shape.js';

/** What the captures have after the first answer of an operation: patches, whole documents, ends, errors, keep-alives, in their order and size. */

interface Recorded {
  readonly operationName: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly responses: readonly { readonly type: string; readonly payload: { readonly data: Readonly<Record<string, unknown>> } }[];
}

interface Line {
  readonly ms: number;
  readonly dir: 'c->s' | 's->c';
  readonly type: string;
  readonly op?: string;
  readonly bytes: number;
}

type Browser = 'chromium' | 'firefox';

const capture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../fixtures/captures/${name}`, import.meta.url), 'utf8')) as T;
const { operations } = capture<{ operations: Recorded[] }>('graphql-operations.json');
const sequence = capture<Record<Browser, Line[]>>('graphql-frame-sequence.json');
const recorded = (name: string): Recorded => operations.find(({ operationName }) => operationName === name)!;
const heard = (browser: Browser): readonly Line[] => sequence[browser].filter(({ dir }) => dir === 's->c');
const BROWSERS: readonly Browser[] = ['chromium', 'firefox'];
const never = new AbortController().signal;

/** Frames whose bytes do not depend on who is in which meeting. */
const SIZED: ReadonlySet<string> = new Set(['ping', 'connection_ack', 'complete']);

let sim: Sim;
let api: BbbApi;
let meetings = 0;

type Session = Awaited<ReturnType<typeof GraphqlSession.open>>;

async function meeting(): Promise<string> {
  const meetingID = `later-${++meetings}`;
  await api.create({ meetingID, name: `Later ${meetings}` }, never);
  return meetingID;
}

const session = (meetingID: string, more: Partial<SessionOptions> = {}): Promise<Session> => GraphqlSession.open(api, { meetingID, fullName: 'Test Moderator Chromium', role: 'MODERATOR', ...more });

const start = (user: GraphqlSession, name: string, variables: Record<string, unknown> = recorded(name).variables): string => user.start(name, recorded(name).query, variables);

/** Enters as the recorded client did, with its own operations; the id of what shows the user itself. */
async function enterAsRecorded(user: Session): Promise<string> {
  const current = start(user, 'Patched_userCurrentSubscription');
  const [me] = (await user.data(current, 'user_current')) as [Record<string, unknown>];
  start(user, 'UserJoin', { ...recorded('UserJoin').variables, authToken: me['authToken'] });
  await user.next((frame) => frame.id === current && JSON.stringify(frame).includes('"joined":true'));
  return current;
}

const of = (user: GraphqlSession, id: string, type: string): Frame[] => user.frames.filter((frame) => frame.id === id && frame.type === type);

/** The n-th frame of a type, counted from 1. */
async function nth(user: GraphqlSession, id: string, type: string, n: number): Promise<Frame> {
  await user.next(() => of(user, id, type).length >= n);
  return of(user, id, type)[n - 1]!;
}

const dataOf = (frame: Frame): Readonly<Record<string, unknown>> => (frame.payload as { data: Record<string, unknown> }).data;

/** Names of the fields that two rows have different. */
const differing = (before: Record<string, unknown>, after: Record<string, unknown>): string[] => Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort();

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await sim[Symbol.asyncDispose]();
});

describe('entering a meeting', () => {
  it.each(BROWSERS)('is told in the recorded order, frame by frame, with the recorded sizes: %s', async (browser) => {
    const all = heard(browser);
    const until = all.filter(({ op }) => op === 'Patched_userCurrentSubscription')[1]!;
    const theirs = all.slice(0, all.indexOf(until) + 1);
    const user = await session(await meeting());
    const names = new Map<string, string>();
    const current = await enterAsRecorded(user);
    for (const { id, type, payload } of user.sent) if (type === 'subscribe') names.set(id!, (payload as { operationName: string }).operationName);
    const last = user.frames.findIndex((frame) => frame === of(user, current, 'next')[1]);
    const ours = user.frames.slice(0, last + 1).map((frame) => ({ type: frame.type, ...(frame.id === undefined ? {} : { op: names.get(frame.id) }), bytes: Buffer.byteLength(JSON.stringify(frame)) }));
    const sized = ({ type, op, bytes }: { readonly type: string; readonly op?: string | undefined; readonly bytes: number }): object => ({ type, op, bytes: SIZED.has(type) || op === 'UserJoin' ? bytes : 'depends' });
    expect(ours.map(sized)).toEqual(theirs.map(sized));
    user.close();
  });

  it('changes the fields of the own row that it changed there, in a document that is whole', async () => {
    const rows = recorded('Patched_userCurrentSubscription').responses.map(({ payload }) => (payload.data['user_current'] as [Record<string, unknown>])[0]);
    const user = await session(await meeting());
    const current = await enterAsRecorded(user);
    const [before, after] = of(user, current, 'next').map((frame) => (dataOf(frame)['user_current'] as [Record<string, unknown>])[0]);
    expect(dataOf(of(user, current, 'next')[1]!)).not.toHaveProperty('patch');
    expect(shapeDifferences(rows[1], after)).toEqual([]);
    expect(differing(before!, after!)).toEqual(differing(rows[0]!, rows[1]!));
    user.close();
  });
});

describe('pushes after the first', () => {
  it('of the meeting are the recorded patches, one for each change of the layout', async () => {
    const [, ...theirs] = recorded('Patched_MeetingSubscription').responses.map(({ payload }) => payload);
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const id = start(user, 'Patched_MeetingSubscription');
    await nth(user, id, 'next', 1);
    // The recorded client sent the first, then the same with the presentation put away.
    for (const [at, presentationIsOpen] of [true, false].entries()) {
      start(user, 'SetLayoutProps', { ...recorded('SetLayoutProps').variables, presentationIsOpen });
      await nth(user, id, 'next', at + 2);
    }
    const timeless = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload).replace(/"value":"\d{4}-[^"]+\+00:00"/g, '"value":"<time>"'));
    expect(of(user, id, 'next').slice(1).map(({ payload }) => timeless(payload))).toEqual(theirs.map(timeless));
    user.close();
  });

  it('of a layout that is set again to what it is have the time alone, as recorded', async () => {
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const id = start(user, 'Patched_MeetingSubscription');
    await nth(user, id, 'next', 1);
    for (const n of [2, 3]) {
      start(user, 'SetLayoutProps');
      await nth(user, id, 'next', n);
    }
    const [, , again] = of(user, id, 'next');
    expect(dataOf(again!)).toEqual({ meeting: [], patch: [{ op: 'replace', path: '/0/layout/updatedAt', value: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?\+00:00$/) as string }] });
    // A time has up to four characters more, as its fraction ends.
    const smallest = Math.min(...heard('chromium').filter(({ op, ms }) => op === 'Patched_MeetingSubscription' && ms > 2_000).map(({ bytes }) => bytes));
    expect(Math.abs(Buffer.byteLength(JSON.stringify(again)) - smallest)).toBeLessThanOrEqual(4);
    user.close();
  });

  it('of notifications bring the new one alone, in the recorded shape', async () => {
    const theirs = recorded('getNotificationStream').responses.map(({ payload }) => payload);
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const id = start(user, 'getNotificationStream');
    for (const [at, payload] of theirs.entries()) {
      start(user, 'SetLayoutProps');
      const ours = await nth(user, id, 'next', at + 1);
      expect(shapeDifferences(payload, ours.payload)).toEqual([]);
      const [row, ...more] = dataOf(ours)['notification_stream'] as [Record<string, unknown>];
      expect(more).toEqual([]);
      expect({ ...row, createdAt: '' }).toEqual({ ...(payload.data['notification_stream'] as [object])[0], createdAt: '' });
    }
    user.close();
  });

  it('of presentations are whole, for their subscription has no patches', async () => {
    const [first, second] = recorded('PresentationsSubscription').responses.map(({ payload }) => (payload.data['pres_presentation'] as [Record<string, unknown>])[0]);
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const id = start(user, 'PresentationsSubscription');
    const [before] = dataOf(await nth(user, id, 'next', 1))['pres_presentation'] as [Record<string, unknown>];
    start(user, 'PresentationSetUploadCompletionNotified', { presentationId: before['presentationId'] });
    const [after] = dataOf(await nth(user, id, 'next', 2))['pres_presentation'] as [Record<string, unknown>];
    expect(shapeDifferences(second, after)).toEqual([]);
    expect(differing(before, after)).toEqual(differing(first!, second!));
    user.close();
  });
});

describe('a change of rights in the meeting', () => {
  it('pings twice and sends whole documents, no patches, as when the recorded user became the only one', async () => {
    // In Firefox’s recording the other user left: two pings, the own row anew, then the user list, half as large and yet no patch.
    const at = sequence.firefox.findIndex(({ ms, type }) => ms > 5_000 && type === 'ping');
    const theirs = sequence.firefox.slice(at).filter(({ dir, type, op }) => dir === 's->c' && (type === 'ping' || op === 'Patched_userCurrentSubscription' || op === 'Patched_UserListSubscription'));
    const wanted = theirs.slice(0, 4).map(({ type, op }) => ({ type, op }));

    const meetingID = await meeting();
    const presenter = await session(meetingID);
    await enterAsRecorded(presenter);
    const user = await session(meetingID, { fullName: 'Test Moderator Firefox' });
    const current = await enterAsRecorded(user);
    const list = start(user, 'Patched_UserListSubscription');
    await user.next(() => of(user, list, 'next').length > 0 && (dataOf(of(user, list, 'next')[0]!)['user'] as unknown[]).length === 2);
    const before = user.frames.length;
    presenter.start('UserLeaveMeeting', operation('UserLeaveMeeting').query);
    await user.next(() => user.frames.slice(before).some(({ id }) => id === list) && user.frames.slice(before).some(({ id }) => id === current));
    const names = new Map([[current, 'Patched_userCurrentSubscription'], [list, 'Patched_UserListSubscription']]);
    const after = user.frames.slice(before).filter(({ type, id }) => type === 'ping' || (id !== undefined && names.has(id)));
    expect(after.slice(0, 4).map(({ type, id }) => ({ type, op: id === undefined ? undefined : names.get(id) }))).toEqual(wanted);
    for (const frame of after.slice(2, 4)) expect(dataOf(frame)).not.toHaveProperty('patch');
    expect(dataOf(after[2]!)['user_current']).toMatchObject([{ presenter: true }]);
    expect(dataOf(after[3]!)['user']).toHaveLength(1);
    for (const one of [presenter, user]) one.close();
  });
});

describe('the end of an operation', () => {
  it('follows every error in the recordings, and ours: a field that the server does not know', async () => {
    for (const browser of BROWSERS) {
      const lines = heard(browser);
      const errors = lines.flatMap((line, index) => (line.type === 'error' ? [[line, lines[index + 1]!] as const] : []));
      expect(errors.length).toBeGreaterThan(0);
      for (const [{ op }, next] of errors) expect(next).toMatchObject({ type: 'complete', op });
    }
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const id = start(user, 'Patched_Timer');
    await user.next((frame) => frame.id === id && frame.type === 'complete');
    const theirs = heard('chromium').filter(({ op }) => op === 'Patched_Timer');
    expect(user.frames.filter((frame) => frame.id === id).map((frame) => ({ type: frame.type, bytes: Buffer.byteLength(JSON.stringify(frame)) }))).toEqual(theirs.map(({ type, bytes }) => ({ type, bytes })));
    user.close();
  });

  it('follows the error of a mutation that is refused, as of who may not set the layout', async () => {
    const meetingID = await meeting();
    const presenter = await session(meetingID);
    await enterAsRecorded(presenter);
    const user = await session(meetingID, { fullName: 'Test Moderator Firefox' });
    await enterAsRecorded(user);
    const id = start(user, 'SetLayoutProps');
    await user.next((frame) => frame.id === id && frame.type === 'complete');
    const theirs = heard('firefox').filter(({ op }) => op === 'SetLayoutProps').slice(0, 2);
    expect(user.frames.filter((frame) => frame.id === id).map(({ type }) => type)).toEqual(theirs.map(({ type }) => type));
    for (const one of [presenter, user]) one.close();
  });

  const asked = operations.filter(({ query }) => /^(mutation|query)\b/.test(query)).map(({ operationName }) => operationName);
  it.each(asked)('%s: an answer and its end, as often and in the order recorded', async (name) => {
    const theirs = heard('chromium').filter(({ op }) => op === name).slice(0, 2);
    const user = await session(await meeting());
    await enterAsRecorded(user);
    const page = user.start('CurrentPresentationPagesSubscription', operation('CurrentPresentationPagesSubscription').query);
    const [{ pageId, presentationId }] = (await user.data(page, 'pres_page_curr')) as [Record<string, unknown>];
    const [me] = dataOf(user.frames.findLast((frame) => frame.type === 'next' && 'user_current' in dataOf(frame))!)['user_current'] as [Record<string, unknown>];
    const ids: Record<string, unknown> = { pageId, presentationId, authToken: me['authToken'], userId: me['userId'] };
    const id = start(user, name, Object.fromEntries(Object.entries(recorded(name).variables).map(([key, value]) => [key, ids[key] ?? value])));
    await user.next((frame) => frame.id === id && frame.type === 'complete');
    // What they answer is `true`, or rows of which there are none.
    expect(user.frames.filter((frame) => frame.id === id).map((frame) => ({ type: frame.type, bytes: Buffer.byteLength(JSON.stringify(frame)) }))).toEqual(theirs.map(({ type, bytes }) => ({ type, bytes })));
    user.close();
  });
});

describe('the keep-alive', () => {
  /** A connection in virtual time: its frames and how it was closed. */
  function alone(): { readonly connection: GraphqlConnection; readonly frames: Frame[]; readonly closed: unknown[][]; nowMs: number; hear(frame: Frame): void } {
    const frames: Frame[] = [];
    const closed: unknown[][] = [];
    const socket = Object.assign(new EventEmitter(), { OPEN: 1, readyState: 1, send: (text: string) => frames.push(JSON.parse(text) as Frame), close: (...how: unknown[]) => closed.push(how), terminate: () => undefined });
    const at = { nowMs: 0 };
    const host: ConnectionHost = {
      limits: MIDDLEWARE_LIMITS,
      line: '3.0',
      nowMs: () => at.nowMs,
      work: (_work, done) => done(true),
      authorize: () => ({ messageId: 'not_asked', message: 'nobody has sent an init', close: 4403 }),
      opened: () => undefined,
      closed: () => undefined,
      mutationContext: () => {
        throw new Error('no mutation was sent');
      },
    };
    const connection = new GraphqlConnection(socket as unknown as WebSocket, new PassThrough(), host);
    return Object.assign(at, { connection, frames, closed, hear: (frame: Frame) => void socket.emit('message', Buffer.from(JSON.stringify(frame)), false) });
  }

  const [ping] = capture<{ frames: Frame[] }>('graphql-connection-init.json').frames.filter(({ type }) => type === 'ping');

  it.each(BROWSERS)('comes 10 s after the last ping, as in the recording: %s', (browser) => {
    const pings = heard(browser).filter(({ type }) => type === 'ping').map(({ ms }) => ms);
    const pauseSeconds = Math.round((pings.at(-1)! - pings.at(-2)!) / 1_000);
    const one = alone();
    for (let second = 1; second <= 2 * pauseSeconds; second++) {
      one.nowMs = second * 1_000;
      one.hear({ type: 'pong', payload: { message: 'keepalive' } });
      one.connection.watch();
      expect(one.frames).toHaveLength(Math.floor(second / pauseSeconds));
    }
    for (const frame of one.frames) expect({ type: frame.type, payload: frame.payload }).toEqual({ type: 'ping', payload: ping!.payload });
    expect(one.closed).toEqual([]);
  });

  it('ends with 1000 when the client has not said a word for a minute; a pong is a word', () => {
    const one = alone();
    one.nowMs = 50_000;
    one.hear({ type: 'pong' });
    one.nowMs = 110_000;
    one.connection.watch();
    expect(one.closed).toEqual([]);
    one.nowMs = 111_000;
    one.connection.watch();
    expect(one.closed).toEqual([[1000, 'idle timeout']]);
  });
});
