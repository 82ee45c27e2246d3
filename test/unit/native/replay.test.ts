import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/bbb/operations.js';
import { replayJoin } from '../../../src/native/replay.js';
import { parseProfile, RECORDED_PROFILE, type WireProfile } from '../../../src/native/wire-profile.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const PAGES = 'CurrentPresentationPagesSubscription';

/** A server that lets in whoever joins, and has no slide until it is told. */
class Meeting {
  readonly clock = new VirtualClock();
  readonly sent: string[] = [];
  readonly variables = new Map<string, unknown>();
  readonly #listeners = new Map<string, (document: unknown) => void>();

  replay(profile: WireProfile): Promise<void> {
    return replayJoin({
      profile,
      session: {
        subscribe: ({ operationName }: Operation, variables: unknown, onData: (document: unknown) => void) => {
          this.#hear(operationName, variables);
          this.#listeners.set(operationName, onData);
          if (operationName === 'Patched_userCurrentSubscription') onData([{ authToken: 'token', joined: false }]);
          else if (operationName === PAGES) onData([]);
        },
        request: ({ operationName }: Operation, variables: unknown) => {
          this.#hear(operationName, variables);
          if (operationName === 'UserJoin') this.say('Patched_userCurrentSubscription', [{ authToken: 'token', joined: true }]);
          return Promise.resolve(null);
        },
        complete: (name: string) => this.sent.push(`-${name}`),
      },
      clientSessionUuid: 'uuid',
      sessionToken: 'session',
      answers: new Map(),
      clock: this.clock,
      signal: new AbortController().signal,
      onDocument: () => undefined,
      isPresenter: () => true,
    });
  }

  say(operationName: string, document: unknown): void {
    this.#listeners.get(operationName)!(document);
  }

  #hear(operationName: string, variables: unknown): void {
    this.sent.push(operationName);
    this.variables.set(operationName, variables);
  }
}

/** All that is sent in a meeting with a slide, by the operations that take something from it. */
const OF_THE_SLIDE = ['CurrentPageAnnotationsQuery', 'PresentationSetUploadCompletionNotified', 'annotationHistoryStream', 'PresentationSetUploadCompletionNotified'];

describe('the join of a native user', () => {
  it('goes on in a meeting without a slide, and asks for what is drawn once there is one', async () => {
    const meeting = new Meeting();
    await meeting.clock.run(meeting.replay(RECORDED_PROFILE));
    expect(meeting.sent).toContain('Patched_UserListSubscription');
    expect(meeting.sent).toHaveLength(RECORDED_PROFILE.join.length - OF_THE_SLIDE.length);
    const before = meeting.sent.length;
    meeting.say(PAGES, [{ pageId: 'page', presentationId: 'presentation' }]);
    await meeting.clock.advanceTo(meeting.clock.nowMs() + 1_000);
    expect(meeting.sent.slice(before).sort()).toEqual([...OF_THE_SLIDE].sort());
    expect(meeting.variables.get('CurrentPageAnnotationsQuery')).toEqual({ pageId: 'page' });
    expect(meeting.clock.sleeping).toBe(0);
  });

  it('never sends what was ended before its slide came', async () => {
    const meeting = new Meeting();
    const start = (name: string, variables: unknown = {}): unknown => ({ start: name, gapMs: 0, variables });
    const subscription = (operationName: string): unknown => ({ operationName, kind: 'subscription', rootField: operationName, query: `subscription ${operationName} { x }` });
    const drawings = start('Drawings', { page: { $from: PAGES, path: '/0/pageId' } });
    await meeting.clock.run(meeting.replay(parseProfile({ schema: 2, bbb: '3.1', source: 'a test', operations: [subscription(PAGES), subscription('Drawings')], join: [start(PAGES), drawings, { end: 'Drawings', gapMs: 0 }, drawings] })));
    meeting.say(PAGES, [{ pageId: 'page' }]);
    await meeting.clock.advanceTo(1_000);
    expect(meeting.sent).toEqual([PAGES, '-Drawings', 'Drawings']);
  });
});
