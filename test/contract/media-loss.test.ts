import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { parseFault } from '../../src/sim/faults.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { AttendeeSpec } from '../../src/vu/attendee.js';
import { never } from '../fakes/never.js';

const LISTENERS = 6;
const LOSS = 0.03;
/** Intervals of five seconds, of each listener and kind. */
const INTERVALS = 2;

interface Pupil {
  readonly server: string;
  readonly losses: Record<'audio_loss' | 'video_loss', number[]>;
}

let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
let seq = 0;

beforeAll(async () => {
  sim = await startSim({ servers: 2, faults: [parseFault(`bbb02:packet-loss=${LOSS}`)], clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
}, 30_000);

afterAll(async () => {
  await natives?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await sim?.[Symbol.asyncDispose]();
});

async function enter(meetingId: string, more: Partial<AttendeeSpec> = {}): Promise<Pupil> {
  const losses: Pupil['losses'] = { audio_loss: [], video_loss: [] };
  const spec: AttendeeSpec = { seq: ++seq, name: `User ${seq}`, role: 'pupil', meetingId, audio: 'listen-only', webcam: false, cameraViews: 5, ...more };
  const attendee = await natives.create(spec, { sample: ({ metric, value }) => (metric === 'audio_loss' || metric === 'video_loss') && losses[metric].push(value), phase: () => undefined }, never);
  const { server } = await attendee.join(() => undefined, never);
  await attendee.connectAudio(spec.audio === 'microphone' ? 'microphone' : 'listen-only', () => undefined, never);
  if (spec.webcam) await attendee.shareWebcam(never);
  return { server, losses };
}

describe('packets lost by one server', () => {
  it('are seen by the users of that server, as many as were lost, and by nobody else', async () => {
    const pupils = await Promise.all(
      ['loss-1', 'loss-2'].map(async (meetingId) => {
        await api.create({ meetingID: meetingId, name: meetingId }, never);
        await enter(meetingId, { role: 'teacher', audio: 'microphone', webcam: true, cameraProfile: 'high' });
        return Promise.all(Array.from({ length: LISTENERS }, () => enter(meetingId)));
      }),
    );
    const all = pupils.flat();
    while (all.some(({ losses }) => losses.audio_loss.length < INTERVALS || losses.video_loss.length < INTERVALS)) await sleep(systemClock, 100, never);
    const lossy = sim.servers.find(({ name }) => name === 'bbb02')!;
    for (const metric of ['audio_loss', 'video_loss'] as const) {
      const mean = (where: (server: string) => boolean): number => {
        const values = all.filter(({ server }) => where(server)).flatMap(({ losses }) => losses[metric]);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      // About 2,000 packets: the standard deviation of the mean is 0.4 %.
      expect(Math.abs(mean((server) => lossy.url.includes(server)) - LOSS), metric).toBeLessThan(0.015);
      expect(mean((server) => !lossy.url.includes(server)), metric).toBe(0);
    }
  }, 40_000);
});
