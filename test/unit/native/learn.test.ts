import { describe, expect, it } from 'vitest';
import type { WireFrame } from '../../../src/bbb/wire-recording.js';
import { learnProfile, operationOf } from '../../../src/native/learn.js';
import { sfuFramesOf } from '../../../src/native/sfu-frames.js';

const UUID = '0b7c6f7e-52a1-4c1f-9d8e-0123456789ab';
let id = 0;

const sent = (atMs: number, frame: unknown): WireFrame => ({ dir: 'sent', atMs, text: JSON.stringify(frame) });
const got = (atMs: number, frame: unknown): WireFrame => ({ dir: 'received', atMs, text: JSON.stringify(frame) });
const init = sent(0, { type: 'connection_init', payload: { headers: { 'X-Session-Token': 'tokenabcdef123', 'X-ClientSessionUUID': UUID } } });
const start = (atMs: number, operationName: string, rootField: string, variables: Readonly<Record<string, unknown>> = {}, kind = 'subscription'): WireFrame =>
  sent(atMs, { id: String(++id), type: 'subscribe', payload: { operationName, query: `${kind} ${operationName} { ${rootField} { id } }`, variables } });
const answer = (atMs: number, data: unknown): WireFrame => got(atMs, { id: String(id), type: 'next', payload: { data } });

describe('learning a wire profile', () => {
  const learn = (frames: readonly WireFrame[], joinedMs = 10_000, viewer?: readonly WireFrame[]) =>
    learnProfile({ presenter: { graphql: frames, sfu: [], joinedMs }, ...(viewer ? { viewer: { graphql: viewer, sfu: [], joinedMs } } : {}), bbb: '3.1', source: 'a test' });

  it('keeps constants and turns the rest into references, variables and generators', () => {
    const now = new Date();
    const { join } = learn([
      init,
      start(10, 'Me', 'user_current'),
      answer(60, { user_current: [{ authToken: 'abcdefgh1234', userId: 'w_12345678', name: 'Presenter Person' }] }),
      start(100, 'Enter', 'userJoinMeeting', { authToken: 'abcdefgh1234', clientType: 'HTML5', mobile: false, uuid: UUID, token: 'tokenabcdef123' }, 'mutation'),
      start(110, 'Stream', 'reactions', { since: now.toISOString(), cursor: now.toUTCString(), old: '2000-01-01T00:00:00.000Z', fresh: '7f1d2c3b-4a59-4e68-8f70-abcdefabcdef', list: [{ who: 'w_12345678' }] }),
    ]);
    expect(join).toEqual([
      { start: 'Me', gapMs: 10, variables: {} },
      { start: 'Enter', gapMs: 40, variables: { authToken: { $from: 'Me', path: '/0/authToken' }, clientType: 'HTML5', mobile: false, uuid: { $var: 'clientSessionUuid' }, token: { $var: 'sessionToken' } } },
      { start: 'Stream', gapMs: 10, variables: { since: { $now: 'iso' }, cursor: { $now: 'utc' }, old: '2000-01-01T00:00:00.000Z', fresh: { $uuid: true }, list: [{ who: { $from: 'Me', path: '/0/userId' } }] }, after: { $from: 'Me', path: '/0/joined' } },
    ]);
  });

  it('prefers the place whose name is that of the variable, and takes words only from there', () => {
    const { join } = learn([
      init,
      start(1, 'Pages', 'pres_page_curr'),
      answer(5, { pres_page_curr: [{ presentationId: 'same-value-1', pageId: 'same-value-1', title: 'Welcome everybody' }] }),
      start(9, 'Ask', 'page', { pageId: 'same-value-1', title: 'Welcome everybody', greeting: 'Welcome everybody' }, 'query'),
    ]);
    expect(join[1]).toMatchObject({ variables: { pageId: { $from: 'Pages', path: '/0/pageId' }, title: { $from: 'Pages', path: '/0/title' }, greeting: 'Welcome everybody' } });
  });

  it('follows patches', () => {
    const { join } = learn([
      init,
      start(1, 'Patched_Me', 'user_current'),
      answer(5, { user_current: [{ page: 'nothing-yet' }] }),
      answer(7, { patch: [{ op: 'replace', path: '/0/page', value: 'page-000001' }], user_current: [] }),
      start(9, 'Ask', 'page', { page: 'page-000001' }, 'query'),
    ]);
    expect(join[1]).toMatchObject({ variables: { page: { $from: 'Patched_Me', path: '/0/page' } } });
  });

  it('takes what came after the join for steps, and leaves out what is sent at intervals', () => {
    const { join, operations } = learn([init, start(1, 'Me', 'user_current'), start(50, 'UpdateConnectionAliveAt', 'userSetConnectionAlive', {}, 'mutation'), start(11_000, 'SetRaiseHand', 'userSetRaiseHand', {}, 'mutation')]);
    expect(join.map((step) => ('start' in step ? step.start : ''))).toEqual(['Me']);
    expect(operations.map(({ operationName }) => operationName)).toEqual(['Me', 'UpdateConnectionAliveAt', 'SetRaiseHand']);
  });

  it('marks what only the presenter sent', () => {
    const { join } = learn([init, start(1, 'Me', 'user_current'), start(2, 'Upload', 'upload', {}, 'mutation')], 10_000, [init, start(1, 'Me', 'user_current')]);
    expect(join).toEqual([{ start: 'Me', gapMs: 1, variables: {} }, { start: 'Upload', gapMs: 1, variables: {}, presenterOnly: true }]);
  });

  it('says so when there is nothing to learn from', () => {
    expect(() => learn([init])).toThrow(/sent nothing over GraphQL/);
    expect(() => learn([sent(1, 'no frame'), got(2, { id: 'x', type: 'next', payload: { data: {} } })])).toThrow(/sent nothing/);
  });
});

describe('an operation from its query', () => {
  it.each([
    ['subscription A { user { id } }', 'A', { kind: 'subscription', rootField: 'user' }],
    ['mutation B($a: String!, $b: Int) {\n  doIt(a: $a)\n}', 'B', { kind: 'mutation', rootField: 'doIt' }],
    ['query C { alias: real { x } }', 'C', { kind: 'query', rootField: 'real' }],
  ])('%s', (query, name, expected) => {
    expect(operationOf(query, name)).toMatchObject({ operationName: name, query, ...expected });
  });

  it.each(['', '{ user { id } }', 'fragment F on user { id }'])('"%s" is none', (query) => {
    expect(operationOf(query, 'X')).toBeUndefined();
  });
});

describe('frames of the SFU', () => {
  it('keep their fields and what is protocol, not what is of the session', () => {
    const frames = [
      sent(1, { id: 'start', type: 'audio', role: 'sendrecv', clientSessionNumber: 1, extension: null, transparentListenOnly: true }),
      got(2, { type: 'audio', id: 'startResponse', response: 'accepted', sdpAnswer: 'v=0\r\na=ice-pwd:secret' }),
      sent(3, { id: 'ping' }),
      sent(4, { id: 'start', type: 'audio', role: 'sendrecv', clientSessionNumber: 2, extension: null, transparentListenOnly: true }),
      sent(5, { id: 'stop', type: 'video', role: 'share', cameraId: 'w_abc' }),
      { dir: 'sent', atMs: 6, text: 'no JSON' } as const,
    ];
    expect(sfuFramesOf([{ frames, template: (_name, text) => text }])).toEqual([
      { dir: 'sent', id: 'start', type: 'audio', role: 'sendrecv', fields: { clientSessionNumber: { $var: 'attempt' }, extension: null, transparentListenOnly: true } },
      { dir: 'received', id: 'startResponse', type: 'audio', role: '', fields: { response: '"accepted"', sdpAnswer: 'sdp' } },
    ]);
  });
});
