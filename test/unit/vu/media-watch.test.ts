import { describe, expect, it } from 'vitest';
import type { Reception } from '../../../src/vu/attendee.js';
import type { Company } from '../../../src/vu/media-watch.js';
import type { FakeScript } from '../../fakes/fake-attendee.js';
import { walk, type WalkSetup } from '../../fakes/walk-user.js';

describe('sound and pictures of others', () => {
  const teacher = { fromMs: 0, untilMs: 60_000 };
  const both: Company = { sound: [teacher], pictures: [teacher] };
  const heard: FakeScript = { phases: [['api', 0], ['ready', 1], ['first_audio', 1]] };
  const asked = async (setup: WalkSetup): Promise<readonly (number | undefined)[]> => {
    const { series } = await walk(setup);
    return [series.figures('audio_absent').rate, series.figures('video_absent').rate];
  };

  it('are looked for once the user has been beside who sends them for 15 s', async () => {
    expect(await asked({ company: both, user: { cameraViews: 2 }, fake: heard })).toEqual([0, 1]);
    const { series } = await walk({ company: both, user: { cameraViews: 2 }, fake: { server: 'bbb02', delayMs: { join: 3_000 } } });
    expect(series.figures('audio_absent', { server: 'bbb02', role: 'pupil', kind: 'native' })).toMatchObject({ count: 1, rate: 1 });
  });

  it('are not missed by who came too late, leaves too soon, or has nobody beside it', async () => {
    expect(await asked({ company: both, user: { leaveMs: 15_000 } })).toEqual([undefined, undefined]);
    expect(await asked({ company: both, user: { leaveMs: 15_001 } })).toEqual([1, undefined]);
    expect(await asked({ company: both, user: { dueMs: 45_000, leaveMs: 90_000 } })).toEqual([undefined, undefined]);
    expect(await asked({ company: { sound: [], pictures: [] } })).toEqual([undefined, undefined]);
    expect(await asked({})).toEqual([undefined, undefined]);
  });

  it('are looked for by the first who has been there long enough', async () => {
    const later = { sound: [{ fromMs: 0, untilMs: 10_000 }, { fromMs: 30_000, untilMs: 60_000 }], pictures: [] };
    expect(await asked({ company: later, user: { leaveMs: 44_000 } })).toEqual([undefined, undefined]);
    expect(await asked({ company: later, user: { leaveMs: 46_000 } })).toEqual([1, undefined]);
  });

  it('are nothing to who joins without sound and looks at no camera', async () => {
    expect(await asked({ company: both, user: { audio: 'none' } })).toEqual([undefined, undefined]);
  });

  it('are not looked for by who failed to get in, or was out before', async () => {
    expect(await asked({ company: both, fake: { fail: { join: 'API_REFUSED' } } })).toEqual([undefined, undefined]);
    expect(await asked({ company: both, fake: { lostAfterJoinMs: 14_000 } })).toEqual([undefined, undefined]);
    expect(await asked({ company: both, stopAtMs: 14_000 })).toEqual([undefined, undefined]);
  });
});

describe('sound and pictures of others that had come', () => {
  const teacher = { fromMs: 0, untilMs: 90_000 };
  const both: Company = { sound: [teacher], pictures: [teacher] };
  const heard: FakeScript = { phases: [['api', 0], ['ready', 1], ['first_audio', 1], ['first_video', 1]] };
  const sound: Reception = { kind: 'audio', bytes: 100, frames: 0 };
  const pictures: Reception = { kind: 'video', bytes: 900, frames: 5 };
  /** Every 5 s in [fromMs, untilMs], a little after the whole second. */
  const arriving = (media: Reception, fromMs: number, untilMs: number): NonNullable<WalkSetup['meanwhile']> => async (attendee, clock) => {
    for (let atMs = fromMs + 100; atMs <= untilMs; atMs += 5_000) {
      await clock.sleepUntil(atMs, new AbortController().signal);
      attendee()?.events.received?.(media);
    }
  };
  const asked = async (setup: WalkSetup): Promise<readonly (readonly [asked: number, interrupted: number] | undefined)[]> => {
    const { series } = await walk({ company: both, ...setup, user: { cameraViews: 1, leaveMs: 80_000, ...setup.user } });
    return (['audio_interrupted', 'video_interrupted'] as const).map((metric) => {
      const { count, rate } = series.figures(metric);
      return rate === undefined ? undefined : [count, Math.round(rate * count)];
    });
  };

  it('are looked for again in each 15 s of the stay', async () => {
    expect(await asked({ fake: heard, meanwhile: arriving(sound, 0, 80_000) })).toEqual([[4, 0], [4, 4]]);
    expect(await asked({ fake: heard, meanwhile: arriving(pictures, 0, 80_000) })).toEqual([[4, 4], [4, 0]]);
  });

  it('are missed from the first 15 s on in which none came', async () => {
    // Looks at 30, 45, 60 and 75 s.
    expect(await asked({ fake: heard, meanwhile: arriving(sound, 0, 37_000) })).toEqual([[4, 2], [4, 4]]);
  });

  it('are back when they come again', async () => {
    const gap: WalkSetup['meanwhile'] = async (...them) => {
      await arriving(sound, 0, 14_000)(...them);
      await arriving(sound, 47_000, 80_000)(...them);
    };
    expect((await asked({ fake: heard, meanwhile: gap }))[0]).toEqual([4, 2]);
  });

  it('are not asked of who never had any: that is said once', async () => {
    const { series } = await walk({ company: both, user: { cameraViews: 1, leaveMs: 80_000 } });
    expect(series.figures('audio_absent')).toMatchObject({ count: 1, rate: 1 });
    expect(series.figures('audio_interrupted').rate).toBeUndefined();
  });

  it('are asked of who had some later than others', async () => {
    const meanwhile: WalkSetup['meanwhile'] = arriving(sound, 20_000, 33_000);
    // First at 20 s: asked from 30 s on.
    expect((await asked({ meanwhile }))[0]).toEqual([3, 2]);
  });

  it('are pictures only if there is one to see', async () => {
    expect((await asked({ fake: heard, meanwhile: arriving({ kind: 'video', bytes: 900, frames: 0 }, 0, 80_000) }))[1]).toEqual([4, 4]);
  });

  it('are not missed while by plan nobody sends, until 15 s after somebody should again', async () => {
    const company: Company = { sound: [{ fromMs: 0, untilMs: 31_000 }, { fromMs: 40_000, untilMs: 90_000 }], pictures: [] };
    // 15–30; then 55–70.
    expect((await asked({ company, fake: heard }))[0]).toEqual([2, 2]);
  });

  it('are asked across who takes over from whom', async () => {
    const company: Company = { sound: [{ fromMs: 20_000, untilMs: 90_000 }, { fromMs: 0, untilMs: 40_000 }], pictures: [] };
    expect((await asked({ company, fake: heard }))[0]).toEqual([4, 4]);
  });

  it('are not asked of who was out before, has no sound and views no camera', async () => {
    expect(await asked({ fake: { ...heard, lostAfterJoinMs: 29_000 } })).toEqual([undefined, undefined]);
    expect(await asked({ fake: heard, stopAtMs: 29_000 })).toEqual([undefined, undefined]);
    expect(await asked({ fake: heard, user: { audio: 'none', cameraViews: 0 } })).toEqual([undefined, undefined]);
  });
});
