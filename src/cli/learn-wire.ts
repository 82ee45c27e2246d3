import { relative } from 'node:path';
import { BbbApi } from '../bbb/api.js';
import { BrowserAttendees } from '../browser/attendees.js';
import type { FoundBrowser } from '../browser/find-browser.js';
import type { WireRecorder } from '../browser/wire-recorder.js';
import { sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { HarnessError, messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { uniqueToken } from '../core/random.js';
import { ApiMeetingHost } from '../fleet/meetings.js';
import { learnProfile } from '../native/learn.js';
import type { WireProfile } from '../native/wire-profile.js';
import type { Attendee, AttendeeSpec } from '../vu/attendee.js';
import type { Io } from './io.js';
import { openLearnFolder } from './learn-folder.js';
import { runIdFor } from './machine.js';
import type { ResolvedTarget } from './target.js';

export interface LearnJob {
  readonly io: Io;
  readonly target: ResolvedTarget;
  readonly browser: FoundBrowser;
  /** Folder of run folders: while the meeting is open, its ledger is in one of them. */
  readonly reportsDir: string;
  /** Tag of the meeting, and name of that folder; default: one of its own. */
  readonly runId?: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly say: (text: string) => void;
}

interface Learned {
  readonly attendee: Attendee;
  readonly recorder: WireRecorder;
  readonly joinedMs: number;
}

/** The join is over when the client has sent nothing for so long; keep-alives come every 10 s. */
const QUIET_MS = 3_000;
const QUIET_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 200;
const LIMIT_MS = 180_000;
const CLIENT_LIMITS = { readyTimeoutMs: 60_000, audioTimeoutMs: 60_000, stepTimeoutMs: 30_000 };
/** Ends the meeting even when learning was interrupted. */
const END_LIMIT_MS = 10_000;

/**
 * Two people join the target with its own client in a meeting of their own, a presenter and a viewer, and do what native users will
 * do; what their client said becomes a wire profile. The meeting is in a ledger before it is created, and is ended on whatever way out.
 */
export async function learnWire(job: LearnJob): Promise<WireProfile> {
  const { io, target, browser, signal, logger, say } = job;
  await using api = new BbbApi(target, { clock: io.clock });
  const host = new ApiMeetingHost(api);
  const meetingId = `firstbell-learn-${uniqueToken(12)}`;
  const recorders: WireRecorder[] = [];
  await using factory = new BrowserAttendees({
    api,
    executablePath: browser.executablePath,
    root: process.getuid?.() === 0,
    launches: 1,
    usersPerBrowser: 2,
    limits: CLIENT_LIMITS,
    evidence: { dir: '', name: '', maxScreenshots: 0, secrets: [target.secret] },
    onRecorder: (recorder) => recorders.push(recorder),
    clock: io.clock,
    logger,
  });
  const { bbbVersion } = await api.version(signal);
  const wallMs = io.clock.wallMs();
  const runId = job.runId ?? runIdFor('learn', wallMs, uniqueToken(4));
  await using folder = await openLearnFolder({ reportsDir: job.reportsDir, run: runId, wallMs, target, bbbVersion, browserVersion: browser.version });
  await folder.ledger.write({ type: 'intent', run: runId, meetingId, wallMs });
  try {
    await host.create({ meetingId, name: 'Firstbell learns the wire', runId }, signal);
    const tooSlow = (): HarnessError => new HarnessError('CLIENT_NOT_READY', `the client's conversation was not recorded within ${LIMIT_MS / 1_000} s`, { hint: 'does `firstbell doctor` find the target fit?' });
    return await within(io.clock, LIMIT_MS, signal, tooSlow, async (limited) => {
      const enter = async (spec: Pick<AttendeeSpec, 'seq' | 'name' | 'role' | 'audio'>): Promise<Learned> => {
        const attendee = await factory.create({ ...spec, meetingId, webcam: false, cameraViews: 5 }, { sample: () => undefined, phase: () => undefined }, limited);
        const recorder = recorders.at(-1)!;
        await attendee.join(() => undefined, limited);
        const joinedMs = await untilQuiet(io, recorder, limited);
        return { attendee, recorder, joinedMs };
      };
      say('A presenter joins with the client of the server …');
      const presenter = await enter({ seq: 1, name: 'Presenter', role: 'teacher', audio: 'microphone' });
      await presenter.attendee.connectAudio('microphone', () => undefined, limited);
      await presenter.attendee.shareWebcam(limited);
      say('A viewer joins …');
      const viewer = await enter({ seq: 2, name: 'Viewer', role: 'pupil', audio: 'listen-only' });
      await viewer.attendee.connectAudio('listen-only', () => undefined, limited);
      await viewer.attendee.sendChat('Good morning', limited);
      await viewer.attendee.raiseHand(limited);
      await viewer.attendee.leave(limited);
      await presenter.attendee.leave(limited);
      return learnProfile({
        presenter: presenter.recorder.recording(presenter.joinedMs),
        viewer: viewer.recorder.recording(viewer.joinedMs),
        bbb: bbbVersion ?? (await presenterVersion(api, meetingId, limited)) ?? 'unknown',
        source: `learned from ${new URL(target.url).host} on ${new Date(io.clock.wallMs()).toISOString().slice(0, 10)} with ${browser.version}`,
      });
    });
  } finally {
    await within(io.clock, END_LIMIT_MS, new AbortController().signal, () => new HarnessError('TARGET_TIMEOUT', 'the meeting was not ended in time'), (limited) => host.end(meetingId, limited))
      .then(() => folder.remove())
      .catch((error: unknown) => logger.log('warn', `the meeting of the recording may be left open; \`firstbell cleanup ${relative(io.cwd, folder.dir)}\` ends it: ${messageOf(error)}`));
  }
}

/** Behind a balancer only the server itself knows its version. */
async function presenterVersion(api: BbbApi, meetingID: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const session = await api.join({ meetingID, fullName: 'Version', role: 'VIEWER' }, signal);
    return (await api.versionOf(session, signal)).bbbVersion;
  } catch {
    return undefined;
  }
}

/** When the join was over, on the recorder's time. */
async function untilQuiet(io: Io, recorder: WireRecorder, signal: AbortSignal): Promise<number> {
  const startMs = recorder.nowMs;
  while (recorder.quietMs < QUIET_MS && recorder.nowMs - startMs < QUIET_LIMIT_MS) await sleep(io.clock, LOOK_EVERY_MS, signal);
  return recorder.nowMs;
}
