import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/bbb/operations.js';
import { Chat } from '../../../src/native/chat.js';
import { MeetingView } from '../../../src/native/meeting-view.js';
import { Sights } from '../../../src/native/sights.js';
import type { Sight } from '../../../src/vu/notice.js';

const operation = (operationName: string, rootField = operationName): Operation => ({ operationName, rootField, kind: 'subscription', query: '' });
const message = (messageId: string, text: string) => ({ messageId, message: text });
const MARKS = ['#1-mibk2w9q', '#2-mibk2w9r', '#3-mibk2w9s'] as const;

function setUp() {
  const view = new MeetingView();
  const seen: Sight[] = [];
  const sights = new Sights((sight) => seen.push(sight));
  const take = (rootField: string, document: unknown): Sight[] => {
    view.take(operation(rootField), document);
    sights.look(rootField, view);
    return seen.splice(0);
  };
  return { take, sights, seen };
}

describe('what a native user is shown', () => {
  it('is news once: messages with a mark, not what was there before', () => {
    const { take, sights, seen } = setUp();
    expect(take('chat_message_public', [message('a', `old ${MARKS[0]}`)])).toEqual([{ is: 'watching', kind: 'chat', on: true }]);
    const both = [message('a', `old ${MARKS[0]}`), message('b', `new ${MARKS[1]}`), message('c', 'from a person')];
    expect(take('chat_message_public', both)).toEqual([{ is: 'seen', kind: 'chat', key: MARKS[1] }]);
    expect(take('chat_message_public', both)).toEqual([]);
    sights.away();
    expect(seen.splice(0)).toEqual([{ is: 'watching', kind: 'chat', on: false }]);
    expect(take('chat_message_public', both)).toEqual([{ is: 'watching', kind: 'chat', on: true }]);
  });

  it('is a hand each time it goes up, and each further slide', () => {
    const { take } = setUp();
    const users = (...up: boolean[]) => up.map((raiseHand, index) => ({ name: `Pupil ${index}`, raiseHand }));
    expect(take('user', users(true, false))).toEqual([{ is: 'watching', kind: 'hand', on: true }]);
    expect(take('user', users(true, true))).toEqual([{ is: 'seen', kind: 'hand', key: 'Pupil 1' }]);
    expect(take('user', users(true, false))).toEqual([]);
    expect(take('user', users(true, true))).toHaveLength(1);
    expect(take('pres_page_curr', [])).toEqual([]);
    expect(take('pres_page_curr', [{ pageId: 'p/1' }])).toEqual([{ is: 'watching', kind: 'slide', on: true }, { is: 'watching', kind: 'draw', on: true }]);
    expect(take('pres_page_curr', [{ pageId: 'p/2' }])).toEqual([{ is: 'seen', kind: 'slide', key: '' }]);
  });

  it('is each poll once, and each stroke of ours by its mark', () => {
    const { take } = setUp();
    const asked = (pollId: string) => [{ polls: [{ pollId, options: [{ optionId: 0 }, { optionId: 1 }] }] }];
    expect(take('meeting', [{}])).toEqual([{ is: 'watching', kind: 'poll', on: true }]);
    expect(take('meeting', asked('YN/1'))).toEqual([{ is: 'seen', kind: 'poll', key: '' }]);
    expect(take('meeting', asked('YN/1'))).toEqual([]);
    expect(take('meeting', asked('YN/2'))).toHaveLength(1);
    const strokes = (...ids: string[]) => ids.map((annotationId) => ({ annotationId }));
    expect(take('pres_annotation_history_curr_stream', strokes('shape:1f-mibk2w9q', 'shape:of-a-person'))).toEqual([{ is: 'seen', kind: 'draw', key: '#1f-mibk2w9q' }]);
    expect(take('pres_annotation_history_curr_stream', strokes('shape:1f-mibk2w9q'))).toEqual([]);
  });
});

describe('the chat of a native user', () => {
  function open(messageCount: number) {
    const view = new MeetingView();
    view.take(operation('ChatSubscription', 'chat'), [{ public: true, totalMessages: messageCount }]);
    const subscribed: { name: string; offset: unknown; onDocument: (document: unknown) => void }[] = [];
    const mutations: string[] = [];
    const chat = new Chat({
      mutate: (name) => {
        mutations.push(name);
        return Promise.resolve();
      },
      operation: (name) => operation(name),
      subscribe: ({ operationName }, { offset }, onDocument) => subscribed.push({ name: operationName, offset, onDocument }),
      view: () => view,
      wallMs: () => 0,
    });
    return { chat, subscribed, mutations };
  }

  it('is opened once, at its last page, and turns the page when that is full', async () => {
    const { chat, subscribed, mutations } = open(120);
    await Promise.all([chat.open(), chat.open()]);
    expect(mutations).toEqual(['GetChatData', 'UpdateChatLastSeen']);
    expect(subscribed.map(({ name, offset }) => [name, offset])).toEqual([['IsTyping', undefined], ['chatMessages', 100]]);
    subscribed[1]!.onDocument(Array.from({ length: 49 }));
    subscribed[1]!.onDocument(Array.from({ length: 50 }));
    subscribed[1]!.onDocument(Array.from({ length: 50 }));
    expect(subscribed.slice(2).map(({ offset }) => offset)).toEqual([150]);
  });
});
