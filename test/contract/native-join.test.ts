import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { operation } from '../../src/bbb/operations.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { HarnessError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/log.js';
import { uniqueUuid } from '../../src/core/random.js';
import { GraphqlSession } from '../../src/native/graphql-session.js';
import { replayJoin } from '../../src/native/replay.js';
import { RECORDED_PROFILE, at } from '../../src/native/wire-profile.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { shapeDifferences } from '../fakes/shape.js';

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly operationName: string; readonly query: string; readonly variables: unknown };
}

const capture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../fixtures/captures/${name}`, import.meta.url), 'utf8')) as T;
const { operations: recorded } = capture<{ operations: { operationName: string; query: string; variables: unknown }[] }>('graphql-operations.json');
const { chromium: sequence } = capture<{ chromium: { dir: string; type: string; op?: string }[] }>('graphql-frame-sequence.json');
const ECHO_TEST = 'UpdateUserClientEchoTestRunningAt';
const signal = new AbortController().signal;

let sim: Sim;
let api: BbbApi;
const open: GraphqlSession[] = [];

/** A native session on the simulator whose socket is listened in on. */
interface Heard {
  readonly session: GraphqlSession;
  readonly sent: Frame[];
  readonly documents: Map<string, unknown>;
  readonly interruptions: string[];
  readonly resumed: { count: number };
  readonly ended: Promise<HarnessError>;
  readonly sockets: WebSocket[];
  readonly uuid: string;
}

async function connect(meetingID: string, role: 'MODERATOR' | 'VIEWER', { withoutCookie = false, clock = systemClock } = {}): Promise<Heard> {
  const joined = await api.join({ meetingID, fullName: `Native ${role}`, role }, signal);
  const origin = new URL(joined.clientUrl).origin;
  const sent: Frame[] = [];
  const interruptions: string[] = [];
  const sockets: WebSocket[] = [];
  const resumed = { count: 0 };
  const uuid = uniqueUuid();
  let end: (error: HarnessError) => void = () => undefined;
  const ended = new Promise<HarnessError>((resolve) => (end = resolve));
  const session = new GraphqlSession({
    url: `${origin.replace('http', 'ws')}/graphql`,
    origin,
    cookie: withoutCookie ? '' : await joined.jar.getCookieString(joined.clientUrl),
    sessionToken: joined.sessionToken,
    clientSessionUuid: uuid,
    clock,
    events: { interrupted: (why) => interruptions.push(why), limited: () => undefined, refused: () => undefined, resumed: () => resumed.count++, ended: (error) => end(error) },
    connect: (url, protocol, headers) => {
      const socket = new WebSocket(url, protocol, { headers });
      const send = socket.send.bind(socket) as (text: string) => void;
      socket.send = ((text: string) => {
        sent.push(JSON.parse(text) as Frame);
        send(text);
      }) as typeof socket.send;
      sockets.push(socket);
      return socket;
    },
  });
  open.push(session);
  return { session, sent, documents: new Map(), interruptions, resumed, ended, sockets, uuid };
}

function replay({ session, documents, uuid }: Heard, isPresenter: boolean): Promise<void> {
  return replayJoin({ profile: RECORDED_PROFILE, session, clientSessionUuid: uuid, sessionToken: 'token', answers: new Map(), clock: systemClock, signal, onDocument: (name, document) => documents.set(name, document), isPresenter: () => isPresenter });
}

/** Operation names of what a client starts, and `-name` for what it ends; the echo test is a step of its own. */
function namesOf(frames: readonly Frame[]): string[] {
  const names = new Map<string, string>();
  return frames.flatMap(({ type, id, payload }) => {
    if (type === 'subscribe') {
      names.set(id!, payload!.operationName);
      return [payload!.operationName];
    }
    return type === 'complete' ? [`-${names.get(id!)}`] : [];
  });
}

const recordedNames = sequence.filter(({ dir, type, op }) => dir === 'c->s' && (type === 'subscribe' || type === 'complete') && op !== ECHO_TEST).map(({ type, op }) => (type === 'complete' ? `-${op}` : op!));

async function meeting(meetingID: string): Promise<string> {
  await api.create({ meetingID, name: meetingID }, signal);
  return meetingID;
}

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
});

afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await sim?.[Symbol.asyncDispose]();
});

describe('a native join', () => {
  it('sends the recorded frames in the recorded order, with variables of the recorded shapes', async () => {
    const heard = await connect(await meeting('native-teacher'), 'MODERATOR');
    await heard.session.open();
    await replay(heard, true);
    expect(heard.sent[0]!.type).toBe('connection_init');
    expect(recordedNames.length).toBe(46);
    expect(namesOf(heard.sent)).toEqual(recordedNames);
    for (const { payload } of heard.sent.filter(({ type }) => type === 'subscribe')) {
      const original = recorded.find(({ operationName }) => operationName === payload!.operationName)!;
      expect(payload!.query).toBe(original.query);
      expect(shapeDifferences(original.variables, payload!.variables)).toEqual([]);
    }
  });

  it('takes from the server what the client takes from it', async () => {
    const heard = await connect(await meeting('native-values'), 'MODERATOR');
    await heard.session.open();
    await replay(heard, true);
    const sentBy = (name: string): unknown => heard.sent.find(({ payload }) => payload?.operationName === name)!.payload!.variables;
    const page = heard.documents.get('CurrentPresentationPagesSubscription');
    expect(sentBy('UserJoin')).toMatchObject({ authToken: at(heard.documents.get('Patched_userCurrentSubscription'), '/0/authToken') });
    expect(sentBy('CurrentPageAnnotationsQuery')).toEqual({ pageId: at(page, '/0/pageId') });
    expect(sentBy('PresentationSetUploadCompletionNotified')).toEqual({ presentationId: at(page, '/0/presentationId') });
    expect(sentBy('ConnStatusWithTraceLog')).toEqual({ clientSessionUUID: heard.uuid });
    expect(JSON.stringify(heard.sent.map(({ payload }) => payload?.variables))).not.toContain('$');
  });

  it('knows its meeting by patches: a second user appears in the list of the first', async () => {
    const meetingID = await meeting('native-two');
    const first = await connect(meetingID, 'MODERATOR');
    await first.session.open();
    await replay(first, true);
    const second = await connect(meetingID, 'VIEWER');
    await second.session.open();
    await replay(second, false);
    const names = (): unknown[] => ((first.documents.get('Patched_UserListSubscription') ?? []) as { name: string }[]).map(({ name }) => name).sort();
    while (names().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(names()).toEqual(['Native MODERATOR', 'Native VIEWER']);
    // Who is no presenter does not say that the upload was noticed; everything else is the same.
    expect(namesOf(second.sent)).toEqual(recordedNames.filter((name) => name !== 'PresentationSetUploadCompletionNotified'));
  });
});

describe('a native session', () => {
  it('is refused with the reason of the server when the cookie is missing', async () => {
    const heard = await connect(await meeting('native-cookie'), 'VIEWER', { withoutCookie: true });
    void heard.session.open();
    expect(await heard.ended).toMatchObject({ code: 'GRAPHQL_REFUSED', message: expect.stringContaining('check_authorization_error') as string });
  });

  it('says what a mutation was refused for', async () => {
    const heard = await connect(await meeting('native-refused'), 'VIEWER');
    await heard.session.open();
    await replay(heard, false);
    await expect(heard.session.request(operation('MeetingEnd'), {})).rejects.toMatchObject({ code: 'STEP_FAILED' });
  });

  it('hears that the meeting ended under it, and why', async () => {
    const meetingID = await meeting('native-ended');
    const heard = await connect(meetingID, 'VIEWER');
    await heard.session.open();
    await replay(heard, false);
    await api.end(meetingID, signal);
    const me = (path: string): unknown => at(heard.documents.get('Patched_userCurrentSubscription'), path);
    while (me('/0/meeting/ended') !== true) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(me('/0/meeting/endedReasonCode')).toBe('ENDED_FROM_API');
  });

  it('notices a dropped socket, fails what was under way, and resumes every subscription with the client’s back-off', async () => {
    const slept: number[] = [];
    const hasty: Clock = {
      nowMs: () => systemClock.nowMs(),
      wallMs: () => systemClock.wallMs(),
      sleepUntil: (atMs, wanted) => {
        const leftMs = atMs - systemClock.nowMs();
        slept.push(Math.round(leftMs / 1_000) * 1_000);
        return systemClock.sleepUntil(systemClock.nowMs() + leftMs / 20, wanted);
      },
    };
    const heard = await connect(await meeting('native-drop'), 'VIEWER', { clock: hasty });
    await heard.session.open();
    await replay(heard, false);
    const before = namesOf(heard.sent).filter((name) => !name.startsWith('-'));
    const lost = heard.session.request(operation('SetRaiseHand'), { userId: 'nobody', raiseHand: true });
    heard.sockets[0]!.terminate();
    await expect(lost).rejects.toMatchObject({ code: 'STEP_FAILED' });
    expect(heard.interruptions).toHaveLength(1);
    const countBefore = heard.sent.length;
    while (heard.resumed.count === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const again = namesOf(heard.sent.slice(countBefore));
    expect(heard.sockets).toHaveLength(2);
    expect(slept).toContain(10_000);
    // Queries and mutations are not repeated, nor what the client or the server had ended.
    const kinds = new Map(RECORDED_PROFILE.operations.map(({ operationName, kind }) => [operationName, kind]));
    const over = new Set(['whiteboardCursorAccessSubscription', 'getCursorCoordinatesStream', 'Patched_Timer']);
    expect(again).toEqual(before.filter((name) => kinds.get(name) === 'subscription' && !over.has(name)));
  }, 30_000);
});
