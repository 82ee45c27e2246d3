import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { BrowserAttendees } from '../../src/browser/attendees.js';
import { browserFlags } from '../../src/browser/flags.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { startSim } from '../../src/sim/fleet.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';
import { browserForTests } from '../fakes/test-browser.js';

const never = new AbortController().signal;
const root = process.getuid?.() === 0;
/** The wall in the drawn picture of a teacher's camera, red, green and blue, and how far a pixel may be from it after two lossy codecs. */
const WALL = [149, 170, 181] as const;
const NEAR = 20;

it('shows in the picture of a failure the cameras that are not painted otherwise', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'firstbell-unpainted-'));
  const sim = await startSim({ servers: 1, clock: systemClock, logger: silentLogger });
  const api = new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock });
  const factory = new BrowserAttendees({
    api,
    executablePath: browserForTests(),
    root,
    launches: 1,
    usersPerBrowser: 2,
    limits: { readyTimeoutMs: 20_000, audioTimeoutMs: 20_000, stepTimeoutMs: 20_000 },
    evidence: { dir: scratch, name: 'evidence', maxScreenshots: 1, secrets: [] },
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    await api.create({ meetingID: 'wall', name: 'Wall' }, never);
    let sees = (): void => undefined;
    const seen = new Promise<void>((resolve) => (sees = resolve));
    const enter = async (spec: Pick<AttendeeSpec, 'seq' | 'role' | 'webcam'>, firstVideo: () => void): Promise<Attendee> => {
      const user = await factory.create({ ...spec, name: `User ${spec.seq}`, meetingId: 'wall', audio: 'listen-only', cameraViews: 1 }, { phase: (phase) => phase === 'first_video' && firstVideo(), sample: () => undefined }, never);
      await user.join(() => undefined, never);
      // What asks for the way of sound would be in front.
      await user.connectAudio('listen-only', () => undefined, never);
      if (spec.webcam) await user.shareWebcam(never);
      return user;
    };
    await enter({ seq: 1, role: 'teacher', webcam: true }, () => undefined);
    const pupil = await enter({ seq: 2, role: 'pupil', webcam: false }, sees);
    // Decoded, though not painted.
    await seen;
    expect(await pupil.evidence?.()).toBe('evidence/user-2.jpg');
    // A share of some hundred pixels of 160 × 120, most of which are wall.
    expect(await pixelsNear(readFileSync(join(scratch, 'user-2.jpg')), WALL)).toBeGreaterThan(5_000);
  } finally {
    await factory[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
    await sim[Symbol.asyncDispose]();
    rmSync(scratch, { recursive: true, force: true });
  }
}, 60_000);

/** How many pixels of a JPEG have nearly this colour. */
async function pixelsNear(jpeg: Buffer, colour: readonly number[]): Promise<number> {
  const browser = await chromium.launch({ executablePath: browserForTests(), args: browserFlags({ root, cameraFps: 15 }) });
  try {
    const page = await browser.newPage();
    return await page.evaluate(
      async ([url, wanted, near]) => {
        const bitmap = await createImageBitmap(await (await fetch(url)).blob());
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
        canvas.drawImage(bitmap, 0, 0);
        const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) if (wanted.every((level, channel) => Math.abs(data[at + channel]! - level) <= near)) count++;
        return count;
      },
      [`data:image/jpeg;base64,${jpeg.toString('base64')}`, colour, NEAR] as const,
    );
  } finally {
    await browser.close();
  }
}
