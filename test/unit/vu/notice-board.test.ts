import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/metrics/catalogue.js';
import { markText, readMark } from '../../../src/vu/notice.js';
import { DELIVERY_LIMIT_MS, NoticeBoard, type Reader } from '../../../src/vu/notice-board.js';
import { RunClock } from '../../../src/vu/run-clock.js';
import { VoiceQuality } from '../../../src/vu/voice-quality.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const never = new AbortController().signal;

/** `aheadMs`: what the clock of this worker is ahead of the run's. */
function setUp(aheadMs = 0) {
  const virtual = new VirtualClock();
  const clock = new RunClock(virtual, aheadMs);
  clock.start();
  const board = new NoticeBoard(clock);
  const heard = new Map<number, [Sample['metric'], number][]>();
  const reader = (seq: number): Reader => ({ seq, record: ({ metric, value }) => heard.set(seq, [...(heard.get(seq) ?? []), [metric, value]]) });
  const pass = (ms: number): Promise<void> => virtual.run(virtual.sleepUntil(virtual.nowMs() + ms, never));
  return { virtual, board, heard, reader, pass };
}

describe('the board of notices', () => {
  it('measures a message from its due time at every receiver, and the own echo apart', async () => {
    const { board, heard, reader, pass } = setUp();
    for (const seq of [1, 2, 3]) board.watch('m', 'chat', reader(seq), true);
    await pass(1_000);
    board.sent('m', { kind: 'chat', key: '#a', seq: 1, dueMs: 900 });
    await pass(100);
    board.seen('m', reader(1), 'chat', '#a');
    board.seen('m', reader(2), 'chat', '#a', 40);
    board.seen('m', reader(2), 'chat', '#a');
    await pass(50);
    board.seen('m', reader(3), 'chat', '#a');
    expect(heard.get(1)).toEqual([['chat_echo', 200]]);
    expect(heard.get(2)).toEqual([['chat_delivery', 160], ['chat_undelivered', 0]]);
    expect(heard.get(3)).toEqual([['chat_delivery', 250], ['chat_undelivered', 0]]);
  });

  it('counts what never comes, but not for those who were not watching, left, or are in another meeting', async () => {
    const { board, heard, reader, pass } = setUp();
    for (const seq of [1, 2, 3]) board.watch('m', 'chat', reader(seq), true);
    board.watch('other', 'chat', reader(5), true);
    board.sent('m', { kind: 'chat', key: '#a', seq: 1, dueMs: 0 });
    board.watch('m', 'chat', reader(4), true);
    board.leave('m', 3);
    await pass(DELIVERY_LIMIT_MS);
    board.settle();
    expect([...heard.keys()]).toEqual([]);
    await pass(1);
    board.settle();
    board.seen('m', reader(2), 'chat', '#a');
    expect([...heard]).toEqual([[2, [['chat_undelivered', 1]]]]);
  });

  it('measures hands by name and slides in their order; a step that failed is taken back', async () => {
    const { board, heard, reader, pass } = setUp();
    for (const kind of ['hand', 'slide'] as const) board.watch('m', kind, reader(2), true);
    board.sent('m', { kind: 'hand', key: 'Ada', seq: 1, dueMs: 0 });
    board.sent('m', { kind: 'slide', key: '', seq: 1, dueMs: 0 })();
    board.sent('m', { kind: 'slide', key: '', seq: 1, dueMs: 0 });
    await pass(30);
    board.sent('m', { kind: 'slide', key: '', seq: 1, dueMs: 30 });
    board.seen('m', reader(2), 'hand', 'Bob');
    board.seen('m', reader(2), 'hand', 'Ada');
    board.seen('m', reader(2), 'slide', '');
    board.seen('m', reader(2), 'slide', '');
    expect(heard.get(2)).toEqual([['hand_delivery', 30], ['slide_delivery', 30], ['slide_delivery', 0]]);
  });

  it('reads the mark of a user of another worker, on the clock that all have', async () => {
    const { virtual, board, heard, reader, pass } = setUp(500);
    board.watch('m', 'chat', reader(2), true);
    await pass(10_000);
    // Our clock is half a second ahead: the other wrote 200 ms ago by the run's.
    board.seen('m', reader(2), 'chat', markText({ seq: 77, wallMs: virtual.wallMs() - 500 - 200 }));
    board.seen('m', reader(2), 'chat', markText({ seq: 78, wallMs: virtual.wallMs() - 20_000 }));
    board.seen('m', reader(2), 'chat', markText({ seq: 78, wallMs: virtual.wallMs() + 9_000 }));
    board.seen('m', reader(2), 'chat', 'no mark');
    expect(heard.get(2)).toEqual([['chat_delivery', 200]]);
  });

  it('counts of messages from other workers only what came too late, and no message of its own twice', async () => {
    const { virtual, board, heard, reader, pass } = setUp();
    board.watch('m', 'chat', reader(2), true);
    await pass(1_000);
    const own = markText({ seq: 1, wallMs: virtual.wallMs() });
    board.sent('m', { kind: 'chat', key: own, seq: 1, dueMs: 1_000 });
    const far = markText({ seq: 77, wallMs: virtual.wallMs() });
    await pass(DELIVERY_LIMIT_MS + 5_000);
    board.seen('m', reader(2), 'chat', own);
    board.seen('m', reader(2), 'chat', far);
    expect(heard.get(2)).toEqual([['chat_undelivered', 1], ['chat_undelivered', 1]]);
  });
});

describe('what others are not shown', () => {
  const KINDS = ['hand', 'slide', 'poll', 'draw'] as const;
  const KEYS = { hand: 'Ada', slide: '', poll: '', draw: '#a' };

  /** A meeting with users 1 to `readers` that are shown everything, for so long that they can be asked. */
  async function meeting(readers: number) {
    const parts = setUp();
    const { board, reader, pass } = parts;
    for (const kind of KINDS) for (let seq = 1; seq <= readers; seq++) board.watch('m', kind, reader(seq), true);
    await pass(10_000);
    const send = (kind: (typeof KINDS)[number], dueMs: number) => board.sent('m', { kind, key: KEYS[kind], seq: 1, dueMs });
    return { ...parts, send };
  }

  it.each(KINDS)('%s: counts for those who were there, beside those who were shown it in time', async (kind) => {
    const { board, heard, reader, pass, send } = await meeting(3);
    send(kind, 10_000);
    await pass(400);
    board.seen('m', reader(1), kind, KEYS[kind]);
    board.seen('m', reader(2), kind, KEYS[kind]);
    await pass(DELIVERY_LIMIT_MS);
    board.settle();
    expect([...heard]).toEqual([[2, [[`${kind}_delivery`, 400], [`${kind}_undelivered`, 0]]], [3, [[`${kind}_undelivered`, 1]]]]);
  });

  it.each(KINDS)('%s: does not count for who came later or a moment before, left, loaded its client again, or was not connected', async (kind) => {
    const { board, heard, reader, pass, send } = await meeting(5);
    board.watch('m', kind, reader(6), true);
    board.connected('m', 5, false);
    send(kind, 10_000);
    board.watch('m', kind, reader(7), true);
    board.leave('m', 2);
    board.watch('m', kind, reader(3), false);
    board.watch('m', kind, reader(3), true);
    board.connected('m', 4, false);
    board.connected('m', 4, true);
    await pass(DELIVERY_LIMIT_MS + 1);
    board.settle();
    expect([...heard]).toEqual([]);
  });

  it('times what comes after an interruption, and asks again of what is sent once it is over', async () => {
    const { board, heard, reader, pass, send } = await meeting(2);
    send('slide', 10_000);
    board.connected('m', 2, false);
    await pass(12_000);
    board.connected('m', 2, true);
    board.seen('m', reader(2), 'slide', '');
    expect(heard.get(2)).toEqual([['slide_delivery', 12_000]]);
    await pass(5_000);
    send('slide', 27_000);
    await pass(DELIVERY_LIMIT_MS + 1);
    board.settle();
    expect(heard.get(2)).toEqual([['slide_delivery', 12_000], ['slide_undelivered', 1]]);
  });

  it('does not count a slide in whose place a later one was shown, nor a stroke on a slide that is gone', async () => {
    const { board, heard, reader, pass, send } = await meeting(2);
    send('draw', 10_000);
    send('slide', 10_000);
    await pass(300);
    send('slide', 10_300);
    await pass(200);
    board.seen('m', reader(2), 'slide', '');
    await pass(DELIVERY_LIMIT_MS + 1);
    board.settle();
    expect(heard.get(2)).toEqual([['slide_delivery', 500], ['slide_undelivered', 0]]);
  });

  it('does not count a stroke of who still has the slide before', async () => {
    const { board, heard, reader, pass, send } = await meeting(2);
    send('slide', 10_000);
    board.seen('m', reader(2), 'slide', '');
    send('draw', 10_000);
    await pass(DELIVERY_LIMIT_MS + 1);
    board.settle();
    expect(heard.get(2)).toEqual([['slide_delivery', 0], ['slide_undelivered', 0]]);
  });

  it('is not what was taken back', async () => {
    const { board, heard, pass, send } = await meeting(2);
    send('poll', 10_000)();
    await pass(DELIVERY_LIMIT_MS + 1);
    board.settle();
    expect([...heard]).toEqual([]);
  });
});

describe('the mark of a message', () => {
  it('is read back from the end of any text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2050, 0) }), fc.string(), (seq, wallMs, text) => {
        expect(readMark(`${text} ${markText({ seq, wallMs })}`)).toEqual({ seq, wallMs });
      }),
    );
  });

  it.each(['', 'hello', '#1', '#zz-short', 'mark #4c-mibk2w9q in the middle'])('is not read into "%s"', (text) => expect(readMark(text)).toBeUndefined());
});

describe('the quality of what a user hears', () => {
  it('needs a round trip: that of media, else that of a request', () => {
    const voice = new VoiceQuality('native');
    expect(voice.take('audio_loss', 0)).toBeUndefined();
    expect(voice.take('network_rtt', 300)).toBeUndefined();
    const far = voice.take('audio_loss', 0)!;
    voice.take('rtt', 10);
    expect(voice.take('audio_loss', 0)).toBeGreaterThan(far);
    expect(voice.take('audio_loss', 0.05)).toBeLessThan(voice.take('audio_loss', 0)!);
  });

  it('is judged by what a browser had to make up', () => {
    const voice = new VoiceQuality('browser');
    voice.take('rtt', 10);
    expect(voice.take('audio_loss', 0.5)).toBeUndefined();
    expect(voice.take('audio_concealed', 0)).toBeGreaterThan(4.3);
  });
});
