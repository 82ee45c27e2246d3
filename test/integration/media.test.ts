import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSfuServer, type SfuServer } from '../fakes/sfu-server.js';
import { SFU_PAGE_SCRIPT } from '../fakes/sfu-page.js';
import { browserForTests } from '../fakes/test-browser.js';

interface InboundStats {
  readonly type: string;
  readonly kind: string;
  readonly framesDecoded: number;
  readonly frameHeight: number;
  readonly packetsReceived: number;
  readonly totalAudioEnergy: number;
  readonly qualityLimitationReason?: string;
  readonly frameWidth: number;
  readonly framesPerSecond?: number;
  readonly keyFramesDecoded: number;
  readonly nominated?: boolean;
  readonly currentRoundTripTime?: number;
}

let server: SfuServer;
let browser: Browser;
let teacher: Page;
let pupil: Page;

async function newPage(): Promise<Page> {
  const page = await (await browser.newContext({ permissions: ['microphone', 'camera'] })).newPage();
  await page.goto(server.origin);
  await page.evaluate(SFU_PAGE_SCRIPT);
  return page;
}

/** Asks the page's connection until the statistics satisfy `enough` (bounded by the test's own time limit). */
async function statsWhen(page: Page, connection: string, enough: (stats: InboundStats[]) => boolean): Promise<InboundStats[]> {
  for (;;) {
    const stats = (await page.evaluate(`sfu.stats(sfu.${connection})`)) as InboundStats[];
    if (enough(stats)) return stats;
    await page.waitForTimeout(100);
  }
}

const inbound = (stats: InboundStats[]): InboundStats | undefined => stats.find((one) => one.type === 'inbound-rtp');

beforeAll(async () => {
  server = await startSfuServer();
  browser = await chromium.launch({
    executablePath: browserForTests(),
    args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns', '--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  });
  teacher = await newPage();
  pupil = await newPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('the SFU with real Chromium', () => {
  it('lets a listener hear silence before anyone speaks', async () => {
    await pupil.evaluate(`sfu.audio('pupil', 'passive-sendrecv').then(() => true)`);
    const stats = await statsWhen(pupil, 'audioPc', (all) => (inbound(all)?.packetsReceived ?? 0) > 20);
    expect(inbound(stats)!.totalAudioEnergy).toBe(0);
    expect(server.log.joined).toEqual(['pupil listens']);
  }, 30_000);

  it('carries a microphone to the listener, audibly, and announces the talker', async () => {
    await teacher.evaluate(`sfu.audio('teacher', 'sendrecv').then(() => true)`);
    const stats = await statsWhen(pupil, 'audioPc', (all) => (inbound(all)?.totalAudioEnergy ?? 0) > 0.0001);
    expect(inbound(stats)!.packetsReceived).toBeGreaterThan(20);
    expect(server.log.joined).toContain('teacher');
    expect(server.log.talking).toContain('teacher true');
  }, 30_000);

  it('tells a round-trip time by ICE', async () => {
    const stats = await statsWhen(pupil, 'audioPc', (all) => all.some((one) => one.type === 'candidate-pair' && one.nominated === true && one.currentRoundTripTime !== undefined));
    expect(stats.some((one) => one.type === 'candidate-pair')).toBe(true);
  }, 30_000);

  it('carries a camera at full size to a viewer', async () => {
    const share = (await teacher.evaluate(`sfu.share('teacher', 'teacher_cam')`)) as { id: string };
    expect(share.id).toBe('startResponse');
    expect(server.log.up).toEqual(['teacher_cam']);
    await pupil.evaluate(`sfu.view('pupil', 'teacher_cam').then(() => true)`);
    // At 800 kbit/s: below about 300 Chromium itself keeps a VGA camera at 240 lines, with BBB's default of 200, too.
    const stats = await statsWhen(pupil, 'viewPc', (all) => (inbound(all)?.framesDecoded ?? 0) > 20 && inbound(all)!.frameHeight >= 480);
    expect(inbound(stats)!.frameWidth).toBe(640);
  }, 30_000);

  it('gives a late viewer a key frame on request', async () => {
    const late = await newPage();
    const before = server.plane.stats().keyFrameRequests;
    await late.evaluate(`sfu.view('late', 'teacher_cam').then(() => true)`);
    const stats = await statsWhen(late, 'viewPc', (all) => (inbound(all)?.framesDecoded ?? 0) > 5);
    expect(inbound(stats)!.keyFramesDecoded).toBeGreaterThanOrEqual(1);
    while (server.plane.stats().keyFrameRequests <= before) await late.waitForTimeout(100);
    await late.context().close();
  }, 30_000);

  it('gives silence while the only speaker is muted', async () => {
    server.plane.setMuted('m', 'teacher', true);
    await statsWhen(pupil, 'audioPc', () => server.log.talking.includes('teacher false'));
    // What is still in the jitter buffer may sound on; then the energy stands still while packets go on.
    let before = inbound(await statsWhen(pupil, 'audioPc', () => true))!;
    for (;;) {
      const now = inbound(await statsWhen(pupil, 'audioPc', (all) => (inbound(all)?.packetsReceived ?? 0) > before.packetsReceived + 50))!;
      if (now.totalAudioEnergy - before.totalAudioEnergy < 1e-6) break;
      before = now;
    }
    server.plane.setMuted('m', 'teacher', false);
  }, 30_000);

  it('tells viewers when the camera ends', async () => {
    await teacher.evaluate(`sfu.shareSocket.send({ id: 'stop', type: 'video', cameraId: 'teacher_cam', role: 'share' })`);
    const stop = await pupil.evaluate(`sfu.viewSocket.next((f) => f.id === 'playStop')`);
    expect(stop).toEqual({ type: 'video', role: 'viewer', id: 'playStop', cameraId: 'teacher_cam' });
    expect(server.log.down).toEqual(['teacher_cam']);
  }, 30_000);

  it('answers the viewing of a camera that is gone with 2201', async () => {
    const answer = await pupil.evaluate(`sfu.view('pupil', 'teacher_cam')`);
    expect(answer).toEqual({ type: 'video', id: 'error', role: 'viewer', streamId: 'teacher_cam', code: 2201, message: 'MEDIA_NOT_FOUND', reason: 'MEDIA_NOT_FOUND' });
  }, 30_000);

  it('refuses with the code of the server', async () => {
    server.refuse(2301);
    const answer = await teacher.evaluate(`sfu.share('teacher', 'teacher_cam')`);
    server.refuse(undefined);
    expect(answer).toMatchObject({ id: 'error', code: 2301, role: 'share' });
  }, 30_000);
});
