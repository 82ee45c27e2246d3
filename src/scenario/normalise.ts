import { DEFAULTS } from './defaults.js';
import { LINE_PROFILES, type CameraProfile, type LineProfile } from './line.js';
import { normaliseMeetingEvent } from './normalise-events.js';
import { normaliseCurve, normaliseMeetingList, normaliseTimetable } from './normalise-timetable.js';
import { instantMs, lasting, ms, shareOr, type DayClock } from './normalise-values.js';
import { ratePerSec } from './quantity.js';
import type { Fleet, LoadPart, MeetingTemplate, RoleBehaviour, RunLimits, Scrape, Stage, Target, UserKinds, Wire } from './scenario.js';
import type { WrittenLine } from './shape-conditions.js';
import type { WrittenBehaviour, WrittenPart, WrittenScenario, WrittenTarget, WrittenTemplate, WrittenUsers } from './shape.js';
import type { WrittenScrape } from './shape-scrape.js';

/**
 * Written form → normal form, piece by piece, so that sound pieces can be checked further though others are not.
 * Each takes a value that fits its shape; what the shape has let through converts.
 */

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

export function normaliseScrape(written: WrittenScrape): Scrape {
  return { exporters: written.exporters ?? [], prometheus: written.prometheus ?? [], everyMs: ms(written.every ?? DEFAULTS.scrapeEvery), keep: written.keep ?? [], tokenEnv: written.tokenEnv };
}

export function normaliseUsers(written: WrittenUsers | undefined): UserKinds {
  const browser = written?.browser ?? (written?.native === 'rest' ? 0 : 'rest');
  return { browser, native: written?.native ?? (browser === 'rest' ? 0 : 'rest') };
}

export function normaliseWire(written: string | undefined): Wire {
  const wire = written ?? DEFAULTS.wire;
  return wire === 'recorded' || wire === 'learn' ? { kind: wire } : { kind: 'file', path: wire };
}

export function normaliseTemplate(name: string, written: WrittenTemplate, day: DayClock): MeetingTemplate {
  return {
    name,
    size: written.size,
    teachers: written.teachers ?? DEFAULTS.teachers,
    teacher: normaliseBehaviour(written.teacher, DEFAULTS.teacher),
    pupil: normaliseBehaviour(written.pupil, DEFAULTS.pupil),
    events: (written.events ?? []).map((event) => normaliseMeetingEvent(event, day)),
  };
}

function normaliseBehaviour(written: WrittenBehaviour | undefined, defaults: (typeof DEFAULTS)['teacher'] | (typeof DEFAULTS)['pupil']): RoleBehaviour {
  return {
    audio: written?.audio ?? defaults.audio,
    microphoneShare: shareOr(written?.microphoneShare, defaults.microphoneShare),
    webcamShare: shareOr(written?.webcamShare, defaults.webcamShare),
    cameraViews: written?.cameraViews ?? defaults.cameraViews,
    chatEveryMs: written?.chatEvery === undefined ? undefined : ms(written.chatEvery),
    raiseHandShare: shareOr(written?.raiseHandShare, defaults.raiseHandShare),
    reloadShare: shareOr(written?.reloadShare, defaults.reloadShare),
    networkLossShare: shareOr(written?.networkLossShare, defaults.networkLossShare),
    networkLossMs: ms(written?.networkLoss ?? defaults.networkLoss),
    ...(written === undefined ? {} : { ...pastimes(written), ...conditions(written) }),
  };
}

/** What is there only if it is asked for. */
function pastimes(written: WrittenBehaviour): Partial<RoleBehaviour> {
  return {
    ...(written.reactEvery === undefined ? {} : { reactEveryMs: ms(written.reactEvery) }),
    ...(written.speakEvery === undefined ? {} : { speakEveryMs: ms(written.speakEvery), speakForMs: ms(written.speakFor ?? DEFAULTS.speakFor) }),
    ...(written.slidesEvery === undefined ? {} : { slidesEveryMs: ms(written.slidesEvery) }),
    ...(written.screenShare === undefined ? {} : { screenShare: shareOr(written.screenShare, 0), screenForMs: ms(written.screenFor ?? DEFAULTS.screenFor) }),
  };
}

function conditions({ line, lines, forceTurnShare, cameraProfile, cameraProfiles }: WrittenBehaviour): Partial<RoleBehaviour> {
  const allLines = lines?.map((one) => ({ line: lineOf(one.line), share: shareOr(one.share, 0) })) ?? (line === undefined ? undefined : [{ line: lineOf(line), share: 1 }]);
  const profiles = cameraProfiles
    ? (Object.entries(cameraProfiles) as [CameraProfile, string | number][]).map(([profile, share]) => ({ profile, share: shareOr(share, 0) }))
    : cameraProfile === undefined
      ? undefined
      : [{ profile: cameraProfile, share: 1 }];
  return {
    ...(allLines === undefined ? {} : { lines: allLines }),
    ...(forceTurnShare === undefined ? {} : { forceTurnShare: shareOr(forceTurnShare, 0) }),
    ...(profiles === undefined ? {} : { cameraProfiles: profiles }),
  };
}

function lineOf(written: WrittenLine): LineProfile {
  if (typeof written === 'string') return LINE_PROFILES[written];
  const { downKbps, upKbps, delay, jitter, loss } = written;
  return { name: 'custom', downKbps, upKbps, delayMs: ms(delay ?? '0ms'), ...(jitter === undefined ? {} : { jitterMs: ms(jitter) }), ...(loss === undefined ? {} : { lossShare: shareOr(loss, 0) }) };
}

/** A part under `load`. `templateSize`: of the template that it names, if that is sound. */
export function normalisePart(written: WrittenPart, day: DayClock, templateSize: number | undefined): LoadPart {
  switch (written.executor) {
    case 'timetable':
      return normaliseTimetable(written, day, templateSize);
    case 'curve':
      return normaliseCurve(written, day, templateSize);
    case 'meeting-list':
      return normaliseMeetingList(written, day);
    default:
      return normaliseStaged(written, day);
  }
}

/** Arrivals a second grow with the speed as stays shorten, so that as many users are there at once. */
function normaliseStaged(written: Extract<WrittenPart, { start?: string | undefined }>, day: DayClock): LoadPart {
  const base = { name: written.name, startMs: instantMs(written.start ?? DEFAULTS.start, day), meetings: written.meetings, meetingCount: written.meetingCount };
  switch (written.executor) {
    case 'ramping-users':
      return { ...base, executor: written.executor, startUsers: written.startUsers ?? DEFAULTS.startUsers, stages: written.stages.map((stage): Stage => ({ durationMs: lasting(stage.duration, day), target: stage.target })) };
    case 'constant-users':
      return { ...base, executor: written.executor, users: written.users, durationMs: lasting(written.duration, day) };
    case 'ramping-arrival-rate':
      return {
        ...base,
        executor: written.executor,
        startRatePerSec: ratePerSec(written.startRate ?? DEFAULTS.startRate)! * day.speed,
        stages: written.stages.map((stage): Stage => ({ durationMs: lasting(stage.duration, day), target: ratePerSec(stage.target)! * day.speed })),
        stayMs: lasting(written.stay, day),
        maxUsers: written.maxUsers,
      };
  }
}

export function normaliseLimits(written: WrittenScenario['limits']): RunLimits {
  const all = { ...DEFAULTS.limits, ...written };
  return {
    joinTimeoutMs: ms(all.joinTimeout),
    gracefulStopMs: ms(all.gracefulStop),
    maxLatenessMs: ms(all.maxLateness),
    maxEventLoopDelayMs: ms(all.maxEventLoopDelay),
    maxSendLatenessMs: ms(all.maxSendLateness),
    maxSendLimited: shareOr(all.maxSendLimited, 0),
    browserLaunches: all.browserLaunches,
    usersPerBrowser: all.usersPerBrowser,
    maxScreenshots: all.maxScreenshots,
  };
}
