import { EventEmitter } from 'node:events';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { BrowserAttendee, type BrowserAttendeeParts } from '../../../src/browser/browser-attendee.js';
import type { LostReason } from '../../../src/vu/attendee.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

/** A user whose page shows what it is told to show; nothing else of a browser is there. */
function user(): { readonly clock: VirtualClock; readonly attendee: BrowserAttendee; readonly shows: (state: 'interrupted' | 'fine', agoMs?: number) => void; readonly lost: LostReason[] } {
  const clock = new VirtualClock();
  const page = new EventEmitter() as unknown as Page;
  const seat = { context: {}, browserGone: new Promise<void>(() => undefined), [Symbol.asyncDispose]: () => Promise.resolve() };
  const attendee = new BrowserAttendee({
    spec: { seq: 1, name: 'Ada', role: 'pupil', meetingId: 'm', audio: 'none', webcam: false, cameraViews: 0 },
    seat: seat as unknown as BrowserAttendeeParts['seat'],
    page,
    line: undefined,
    joinUrl: 'https://bbb/',
    limits: { readyTimeoutMs: 1, audioTimeoutMs: 1, stepTimeoutMs: 1 },
    events: { sample: () => undefined, phase: () => undefined },
    evidence: {} as BrowserAttendeeParts['evidence'],
    clock,
  });
  const lost: LostReason[] = [];
  void attendee.lost.then((reason) => lost.push(reason));
  return { clock, attendee, shows: (state, agoMs) => attendee.hear(JSON.stringify({ is: 'looks', state, agoMs, text: '' }), page), lost };
}

describe('a browser user whose client reconnects', () => {
  it('is lost after half a minute, also when its page has no media and says nothing more', async () => {
    const { clock, shows, lost } = user();
    shows('interrupted');
    await clock.advanceTo(30_000);
    expect(lost).toEqual([]);
    await clock.advanceTo(35_000);
    expect(lost).toMatchObject([{ code: 'CONNECTION_LOST' }]);
  });

  it('is lost half a minute after the connection broke, not after the page had seen it', async () => {
    const { clock, shows, lost } = user();
    await clock.advanceTo(3_000);
    shows('interrupted', 3_000);
    await clock.advanceTo(32_000);
    expect(lost).toMatchObject([{ code: 'CONNECTION_LOST' }]);
  });

  it('is not lost when it comes back before, however often', async () => {
    const { clock, shows, lost } = user();
    for (let atMs = 0; atMs < 120_000; atMs += 30_000) {
      shows('interrupted');
      await clock.advanceTo(atMs + 25_000);
      shows('fine');
      await clock.advanceTo(atMs + 30_000);
    }
    expect(lost).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('waits for nothing once it is closed', async () => {
    const { clock, attendee, shows, lost } = user();
    shows('interrupted');
    await attendee[Symbol.asyncDispose]();
    expect(clock.sleeping).toBe(0);
    await clock.advanceTo(60_000);
    expect(lost).toEqual([]);
  });
});
