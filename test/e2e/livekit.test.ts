import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { ClientDriver } from '../../src/browser/client-driver.js';
import { browserFlags } from '../../src/browser/flags.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { uniqueToken } from '../../src/core/random.js';
import type { JoinPhase, Sample } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';
import { LIVEKIT_SERVER } from '../fakes/livekit-server.js';
import { browserForTests } from '../fakes/test-browser.js';

interface Native {
  readonly attendee: Attendee;
  readonly phases: JoinPhase[];
  readonly samples: Omit<Sample, 'atMs'>[];
}

interface Person {
  readonly page: Page;
  readonly driver: ClientDriver;
}

interface Received {
  readonly framesDecoded: number;
  readonly audioEnergy: number;
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

describe.skipIf(LIVEKIT_SERVER === undefined)('native and browser users of 4.0 in one meeting over LiveKit', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger, line: '4.0', livekitServer: LIVEKIT_SERVER });
    api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
    natives = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
    browser = await chromium.launch({ executablePath: browserForTests(), args: [...browserFlags({ root: process.getuid?.() === 0, cameraFps: 15 })] });
  }, 60_000);

  afterAll(async () => {
    for (const one of [browser, natives, api, sim]) await one?.[Symbol.asyncDispose]();
  });

  async function meeting(extra: Readonly<Record<string, string>> = {}): Promise<string> {
    const meetingID = `livekit-${uniqueToken(8)}`;
    await api.create({ meetingID, name: 'Over LiveKit', extra }, never);
    return meetingID;
  }

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

  async function person(meetingID: string, role: 'MODERATOR' | 'VIEWER', audio: 'microphone' | 'listen-only'): Promise<Person> {
    const page = await (await browser.newContext({ permissions: ['microphone', 'camera'] })).newPage();
    await page.addInitScript({ content: WATCH_CONNECTIONS });
    await page.goto(api.joinUrl({ meetingID, fullName: `Person ${++seq}`, role }));
    const driver = new ClientDriver(page, LIMITS);
    await driver.ready();
    await driver.connectAudio(audio);
    return { page, driver };
  }

  function received(page: Page): Promise<Received> {
    return page.evaluate(async () => {
      const sum = { framesDecoded: 0, audioEnergy: 0 };
      for (const connection of (window as unknown as { connections: RTCPeerConnection[] }).connections) {
        (await connection.getStats()).forEach((stats: Record<string, unknown>) => {
          if (stats['type'] !== 'inbound-rtp') return;
          sum.framesDecoded += Number(stats['framesDecoded'] ?? 0);
          sum.audioEnergy += Number(stats['totalAudioEnergy'] ?? 0);
        });
      }
      return sum;
    });
  }

  /** Asks until it is enough; bounded by the test's own time limit. */
  async function until<T>(ask: () => Promise<T> | T, enough: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (enough(answer)) return answer;
      await sleep(systemClock, 100, never);
    }
  }

  const values = (one: Native, metric: string): number[] => one.samples.filter((sample) => sample.metric === metric).map(({ value }) => value);
  const count = async (meetingId: string): Promise<number> => (await api.getMeetings(never)).find((one) => one.meetingID === meetingId)?.participants ?? 0;

  it('a Chromium pupil hears and sees a native teacher, and again after the livekit-server was killed', async () => {
    const id = await meeting();
    const teacher = await native(id, { role: 'teacher', audio: 'microphone', webcam: true });
    const { page, driver } = await person(id, 'VIEWER', 'listen-only');
    const seen = await until(() => received(page), ({ framesDecoded, audioEnergy }) => framesDecoded >= 20 && audioEnergy > 0.001);
    expect(seen.framesDecoded).toBeGreaterThanOrEqual(20);
    await driver.sendChat('I can hear you');
    const { livekit } = (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { livekit: { pid: number } };
    process.kill(livekit.pid, 'SIGKILL');
    await until(() => values(teacher, 'media_reconnect_time').length, Boolean);
    const before = await received(page);
    // The page has new connections: what it counts begins anew.
    const after = await until(() => received(page), ({ framesDecoded, audioEnergy }) => framesDecoded >= 20 && framesDecoded !== before.framesDecoded && audioEnergy > 0.001);
    expect(after.framesDecoded).toBeGreaterThanOrEqual(20);
    await teacher.attendee.leave(never);
    await driver.leave();
    await page.context().close();
  });

  it('native pupils hear and see a Chromium teacher, and everyone is counted', async () => {
    const id = await meeting();
    const { page, driver } = await person(id, 'MODERATOR', 'microphone');
    await driver.shareWebcam();
    const pupils = await Promise.all([native(id, {}), native(id, {})]);
    for (const pupil of pupils) {
      // Chromium's fake microphone beeps: far above silence.
      await until(() => Math.max(...values(pupil, 'video_fps')) > 1 && Math.max(...values(pupil, 'audio_bitrate')) > 5, Boolean);
      expect(pupil.phases).toEqual(expect.arrayContaining(['first_audio', 'first_video']));
    }
    expect(await count(id)).toBe(3);
    expect(pupils.map(({ attendee }) => attendee.peers?.()?.count)).toEqual([3, 3]);
    for (const { attendee } of pupils) await attendee.leave(never);
    await page.context().close();
  });

  it('a meeting with sound over LiveKit and cameras over the SFU', async () => {
    const id = await meeting({ cameraBridge: 'bbb-webrtc-sfu' });
    const { page, driver } = await person(id, 'MODERATOR', 'microphone');
    await driver.shareWebcam();
    const pupil = await native(id, {});
    await until(() => pupil.phases, (phases) => phases.includes('first_audio') && phases.includes('first_video'));
    const { servers } = (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { servers: readonly { readonly media: { readonly audioSessions: number; readonly viewerSessions: number } }[] };
    expect(servers[0]!.media).toMatchObject({ audioSessions: 0, viewerSessions: 1 });
    await pupil.attendee.leave(never);
    await page.context().close();
  });
});
