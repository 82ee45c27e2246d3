import { DEFAULTS } from './defaults.js';
import { durationMs, ratePerSec, shareOf, timeOfDayMs } from './quantity.js';
import type { Fleet, LoadPart, MeetingTemplate, RoleBehaviour, RunLimits, Stage, Target, UserKinds, Wire } from './scenario.js';
import type { WrittenBehaviour, WrittenPart, WrittenScenario, WrittenTarget, WrittenTemplate, WrittenUsers } from './shape.js';

/**
 * Written form → normal form, piece by piece, so that sound pieces can be checked further though others are not.
 * Each takes a value that fits its shape; what the shape has let through converts.
 */

/** In ms of a text that fits DURATION_PATTERN. */
const ms = (written: string): number => durationMs(written)!;

export function normaliseTarget(written: WrittenTarget): Target {
  if (written === 'simulator') return { kind: 'simulator' };
  return {
    kind: 'bbb',
    url: written.url,
    secretEnv: written.secretEnv ?? DEFAULTS.secretEnv,
    allowForeignMeetings: written.allowForeignMeetings ?? DEFAULTS.allowForeignMeetings,
  };
}

export function normaliseFleet(written: WrittenScenario['fleet']): Fleet {
  return { ...DEFAULTS.fleet, ...written };
}

export function normaliseUsers(written: WrittenUsers | undefined): UserKinds {
  const browser = written?.browser ?? (written?.native === 'rest' ? 0 : 'rest');
  return { browser, native: written?.native ?? (browser === 'rest' ? 0 : 'rest') };
}

export function normaliseWire(written: string | undefined): Wire {
  const wire = written ?? DEFAULTS.wire;
  return wire === 'recorded' || wire === 'learn' ? { kind: wire } : { kind: 'file', path: wire };
}

export function normaliseTemplate(name: string, written: WrittenTemplate): MeetingTemplate {
  return {
    name,
    size: written.size,
    teachers: written.teachers ?? DEFAULTS.teachers,
    teacher: normaliseBehaviour(written.teacher, DEFAULTS.teacher),
    pupil: normaliseBehaviour(written.pupil, DEFAULTS.pupil),
  };
}

function normaliseBehaviour(written: WrittenBehaviour | undefined, defaults: (typeof DEFAULTS)['teacher'] | (typeof DEFAULTS)['pupil']): RoleBehaviour {
  const share = (given: string | number | undefined, otherwise: number): number => (given === undefined ? otherwise : shareOf(given)!);
  return {
    audio: written?.audio ?? defaults.audio,
    microphoneShare: share(written?.microphoneShare, defaults.microphoneShare),
    webcamShare: share(written?.webcamShare, defaults.webcamShare),
    cameraViews: written?.cameraViews ?? defaults.cameraViews,
    chatEveryMs: written?.chatEvery === undefined ? undefined : ms(written.chatEvery),
    raiseHandShare: share(written?.raiseHandShare, defaults.raiseHandShare),
    reloadShare: share(written?.reloadShare, defaults.reloadShare),
    networkLossShare: share(written?.networkLossShare, defaults.networkLossShare),
    networkLossMs: ms(written?.networkLoss ?? defaults.networkLoss),
  };
}

/** `startOfDayMs` undefined: a start at a time of day cannot be placed; a rule says so. */
export function normalisePart(written: WrittenPart, startOfDayMs: number | undefined): LoadPart {
  const base = { name: written.name, startMs: startMs(written.start ?? DEFAULTS.start, startOfDayMs), meetings: written.meetings, meetingCount: written.meetingCount };
  switch (written.executor) {
    case 'ramping-users':
      return { ...base, executor: written.executor, startUsers: written.startUsers ?? DEFAULTS.startUsers, stages: written.stages.map((stage): Stage => ({ durationMs: ms(stage.duration), target: stage.target })) };
    case 'constant-users':
      return { ...base, executor: written.executor, users: written.users, durationMs: ms(written.duration) };
    case 'ramping-arrival-rate':
      return {
        ...base,
        executor: written.executor,
        startRatePerSec: ratePerSec(written.startRate ?? DEFAULTS.startRate)!,
        stages: written.stages.map((stage): Stage => ({ durationMs: ms(stage.duration), target: ratePerSec(stage.target)! })),
        stayMs: ms(written.stay),
        maxUsers: written.maxUsers,
      };
  }
}

function startMs(written: string, startOfDayMs: number | undefined): number {
  const timeOfDay = timeOfDayMs(written);
  return timeOfDay === undefined ? ms(written) : timeOfDay - (startOfDayMs ?? timeOfDay);
}

export function normaliseLimits(written: WrittenScenario['limits']): RunLimits {
  const all = { ...DEFAULTS.limits, ...written };
  return {
    joinTimeoutMs: ms(all.joinTimeout),
    gracefulStopMs: ms(all.gracefulStop),
    maxLatenessMs: ms(all.maxLateness),
    maxEventLoopDelayMs: ms(all.maxEventLoopDelay),
    browserLaunches: all.browserLaunches,
    usersPerBrowser: all.usersPerBrowser,
    maxScreenshots: all.maxScreenshots,
  };
}
