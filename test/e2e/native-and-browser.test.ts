import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { ClientDriver } from '../../src/browser/client-driver.js';
import { browserFlags } from '../../src/browser/flags.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import type { JoinPhase, Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';
import { browserForTests } from '../fakes/test-browser.js';

/** What a page receives of one kind, over all its connections. */
interface Received {
  readonly packets: number;
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly audioEnergy: number;
  readonly frameHeight: number;
}

interface Native {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly samples: Omit<Sample, 'atMs'>[];
}

const never = new AbortController().signal;
const LIMITS = { readyTimeoutMs: 20_000, audioTimeoutMs: 20_000, stepTimeoutMs: 20_000 };
/** Keeps the page's connections where the test can ask them. */
const WATCH_CONNECTIONS = `
  window.connections = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) { super(...args); window.connections.push(this); }
  };`;

let sim: Sim;
let api: BbbApi;
let natives: NativeAttendees;
let browser: Browser;
let seq = 0;

beforeAll(async () => {
  sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
  browser = await chromium.launch({ executablePath: browserForTests(), args: [...browserFlags({ root: process.getuid?.() === 0, cameraFps: 15 })] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await natives?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await sim?.[Symbol.asyncDispose]();
});

async function native(meetingId: string, more: Partial<AttendeeSpec>): Promise<Native> {
  const phases: JoinPhase[] = [];
  const samples: Omit<Sample, 'atMs'>[] = [];
  const spec: AttendeeSpec = { seq: ++seq, name: `Native ${seq}`, role: 'pupil', meetingId, audio: 'listen-only', webcam: false, cameraViews: 5, ...more };
  const onPhase = (phase: JoinPhase): void => void phases.push(phase);
  const attendee = await natives.create(spec, { sample: (sample) => samples.push(sample), phase: onPhase }, never);
  await attendee.join(onPhase, never);
  if (spec.audio !== 'none') await attendee.connectAudio(spec.audio, onPhase, never);
  if (spec.webcam) await attendee.shareWebcam(never);
  return { attendee, phases, samples };
}

async function person(meetingID: string, role: 'MODERATOR' | 'VIEWER', audio: 'microphone' | 'listen-only'): Promise<{ readonly page: Page; readonly driver: ClientDriver }> {
  const page = await (await browser.newContext({ permissions: ['microphone', 'camera'] })).newPage();
  await page.addInitScript({ content: WATCH_CONNECTIONS });
  await page.goto(api.joinUrl({ meetingID, fullName: `Person ${++seq}`, role }));
  const driver = new ClientDriver(page, LIMITS);
  await driver.ready();
  await driver.connectAudio(audio);
  return { page, driver };
}

async function received(page: Page, kind: 'audio' | 'video'): Promise<Received> {
  return page.evaluate(async (wanted) => {
    const sum = { packets: 0, framesDecoded: 0, keyFramesDecoded: 0, audioEnergy: 0, frameHeight: 0 };
    for (const connection of (window as unknown as { connections: RTCPeerConnection[] }).connections) {
      (await connection.getStats()).forEach((stats: Record<string, unknown>) => {
        if (stats['type'] !== 'inbound-rtp' || stats['kind'] !== wanted) return;
        sum.packets += Number(stats['packetsReceived'] ?? 0);
        sum.framesDecoded += Number(stats['framesDecoded'] ?? 0);
        sum.keyFramesDecoded += Number(stats['keyFramesDecoded'] ?? 0);
        sum.audioEnergy += Number(stats['totalAudioEnergy'] ?? 0);
        sum.frameHeight = Math.max(sum.frameHeight, Number(stats['frameHeight'] ?? 0));
      });
    }
    return sum;
  }, kind);
}

/** Asks until it is enough; bounded by the test's own time limit. */
async function until<T>(ask: () => Promise<T> | T, enough: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await sleep(systemClock, 100, never);
  }
}

/** Brightness of the picture that the page shows of someone else's camera: [darkest, brightest] of a grid of points. */
function picture(page: Page): Promise<readonly number[]> {
  return page.evaluate(() => {
    const video = Array.from(document.querySelectorAll('video')).find((one) => one.videoWidth > 0)!;
    const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 32, 24);
    const { data } = context.getImageData(0, 0, 32, 24);
    return Array.from({ length: 32 * 24 }, (_, index) => data[index * 4]! + data[index * 4 + 1]! + data[index * 4 + 2]!);
  });
}

describe('native and browser users in one meeting', () => {
  it('a Chromium user sees and hears a native teacher', async () => {
    await api.create({ meetingID: 'native-teaches', name: 'Native teaches' }, never);
    const teacher = await native('native-teaches', { role: 'teacher', audio: 'microphone', webcam: true });
    const { page } = await person('native-teaches', 'VIEWER', 'listen-only');

    const seen = await until(() => received(page, 'video'), ({ framesDecoded }) => framesDecoded >= 10);
    expect(seen.keyFramesDecoded).toBeGreaterThan(0);
    expect(seen.frameHeight).toBe(480);
    const later = await until(() => received(page, 'video'), ({ framesDecoded }) => framesDecoded >= seen.framesDecoded + 30);
    expect(later.framesDecoded).toBeGreaterThan(seen.framesDecoded);

    const first = await picture(page);
    // A face before a wall: far from one colour.
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(150);
    const moved = await until(() => picture(page), (now) => now.some((value, index) => Math.abs(value - first[index]!) > 60));
    expect(moved).not.toEqual(first);

    // Speech, not the silence that the simulator fills pauses with.
    const heard = await until(() => received(page, 'audio'), ({ audioEnergy }) => audioEnergy > 0.001);
    expect(heard.packets).toBeGreaterThan(0);
    expect(teacher.phases).toEqual(expect.arrayContaining(['api', 'socket', 'ready', 'audio', 'first_audio']));
    await teacher.attendee[Symbol.asyncDispose]();
    await page.context().close();
  }, 60_000);

  it('native listeners count the packets of a browser teacher', async () => {
    await api.create({ meetingID: 'browser-teaches', name: 'Browser teaches' }, never);
    const { page, driver } = await person('browser-teaches', 'MODERATOR', 'microphone');
    await driver.shareWebcam();
    const listeners = await Promise.all([native('browser-teaches', {}), native('browser-teaches', {}), native('browser-teaches', {})]);
    const values = (one: Native, metric: string): number[] => one.samples.filter((sample) => sample.metric === metric).map(({ value }) => value);
    for (const listener of listeners) {
      await until(() => values(listener, 'video_fps').length >= 2 && values(listener, 'audio_bitrate').length >= 2, Boolean);
      expect(listener.phases).toEqual(expect.arrayContaining(['first_audio', 'first_video']));
      // Chromium's fake microphone beeps; the sizes of its packets are far above silence (3 bytes, 1.2 kbit/s).
      expect(Math.max(...values(listener, 'audio_bitrate'))).toBeGreaterThan(5);
      expect(Math.max(...values(listener, 'video_fps'))).toBeGreaterThan(1);
      expect(values(listener, 'key_frames').reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0);
      await listener.attendee.leave(never);
    }
    await page.context().close();
  }, 60_000);

  it('see one another’s shared screen', async () => {
    await api.create({ meetingID: 'screens', name: 'Screens' }, never);
    const teacher = await native('screens', { role: 'teacher', audio: 'none' });
    const { page } = await person('screens', 'VIEWER', 'listen-only');
    await teacher.attendee.act({ do: 'share-screen', on: true }, never);
    const seen = await until(() => received(page, 'video'), ({ framesDecoded }) => framesDecoded >= 5);
    expect(seen.frameHeight).toBe(720);
    expect(await page.locator('#screenshareVideo').isVisible()).toBe(true);
    await teacher.attendee[Symbol.asyncDispose]();
    await page.context().close();

    await api.create({ meetingID: 'screens-back', name: 'Screens back' }, never);
    const { page: sharing, driver } = await person('screens-back', 'MODERATOR', 'listen-only');
    await driver.shareScreen(true);
    const viewer = await native('screens-back', { audio: 'none' });
    await until(() => viewer.samples.filter(({ metric, value }) => metric === 'screen_bitrate' && value > 0).length, Boolean);
    expect(viewer.samples.filter(({ metric }) => metric === 'screen_start')).toHaveLength(1);
    await driver.shareScreen(false);
    await sharing.context().close();
  }, 60_000);
});
