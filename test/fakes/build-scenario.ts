import { DEFAULTS } from '../../src/scenario/defaults.js';
import { normaliseLimits } from '../../src/scenario/normalise.js';
import type { ConstantUsers, MeetingTemplate, RampingArrivalRate, RampingUsers, RoleBehaviour, Scenario, Stage } from '../../src/scenario/scenario.js';

/** Scenarios in normal form for tests of what comes after reading; built from the differences that a test is about. */

const silent: RoleBehaviour = { audio: 'listen-only', microphoneShare: 0, webcamShare: 0, cameraViews: 5, chatEveryMs: undefined, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLossMs: 15_000 };

export function behaviour(differences: Partial<RoleBehaviour> = {}): RoleBehaviour {
  return { ...silent, ...differences };
}

export function template(differences: Partial<MeetingTemplate> = {}): MeetingTemplate {
  return { name: 'room', size: 5, teachers: 1, teacher: behaviour({ audio: 'microphone', webcamShare: 1 }), pupil: behaviour(), events: [], ...differences };
}

/** `[durationMs, target]` pairs. */
export function stages(...pairs: readonly (readonly [number, number])[]): readonly Stage[] {
  return pairs.map(([durationMs, target]) => ({ durationMs, target }));
}

export function ramping(differences: Partial<RampingUsers> = {}): RampingUsers {
  return { name: 'lessons', executor: 'ramping-users', startMs: 0, meetings: 'room', meetingCount: 3, startUsers: 0, stages: stages([15_000, 15], [45_000, 15], [15_000, 0]), ...differences };
}

export function constant(differences: Partial<ConstantUsers> = {}): ConstantUsers {
  return { name: 'crowd', executor: 'constant-users', startMs: 0, meetings: 'room', meetingCount: 1, users: 5, durationMs: 60_000, ...differences };
}

export function arriving(differences: Partial<RampingArrivalRate> = {}): RampingArrivalRate {
  return { name: 'walk-ins', executor: 'ramping-arrival-rate', startMs: 0, meetings: 'room', meetingCount: 1, startRatePerSec: 1, stages: stages([10_000, 1]), stayMs: 3_000, maxUsers: 5, ...differences };
}

export function scenario(differences: Partial<Omit<Scenario, 'meetings'>> & { readonly templates?: readonly MeetingTemplate[] } = {}): Scenario {
  const { templates = [template()], ...rest } = differences;
  return {
    schema: 1,
    name: 'Test',
    description: '',
    seed: 1,
    startOfDayMs: undefined,
    speed: 1,
    target: { kind: 'simulator' },
    fleet: DEFAULTS.fleet,
    meetings: Object.fromEntries(templates.map((one) => [one.name, one])),
    load: [ramping()],
    events: [],
    users: { browser: 'rest', native: 0 },
    wire: { kind: 'recorded' },
    thresholds: [],
    limits: normaliseLimits(undefined),
    checkpointEveryMs: 20_000,
    ...rest,
  };
}
