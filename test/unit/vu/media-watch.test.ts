import { describe, expect, it } from 'vitest';
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
