import type { Threshold } from '../metrics/threshold.js';

/** A checked scenario in normal form: durations in ms, defaults filled in, frozen. The written form is in shape.ts. */
export interface Scenario {
  readonly schema: 1;
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  /** Time of day of instant 0 in ms after midnight, for labels and checkpoints; undefined: labels count from 0. */
  readonly startOfDayMs: number | undefined;
  readonly target: Target;
  /** What the target fleet is said to be; used by `plan` and the report, and by the simulator when it is embedded. */
  readonly fleet: Fleet;
  /** Meeting templates by name. */
  readonly meetings: Readonly<Record<string, MeetingTemplate>>;
  readonly load: readonly LoadPart[];
  readonly users: UserKinds;
  readonly wire: Wire;
  readonly thresholds: readonly Threshold[];
  readonly limits: RunLimits;
  readonly checkpointEveryMs: number;
}

export type Target = { readonly kind: 'simulator' } | RealTarget;

export interface RealTarget {
  readonly kind: 'bbb';
  /** Base URL as operators know it (`bbb-conf --secret`): with or without `/bigbluebutton/api`. */
  readonly url: string;
  /** Name of the environment variable that holds the shared secret. */
  readonly secretEnv: string;
  /** True: run although meetings of others are on the fleet. */
  readonly allowForeignMeetings: boolean;
}

export interface Fleet {
  readonly servers: number;
  /** Line of each server, Mbit/s, each way. */
  readonly lineMbps: number;
  /** `max_connections` of bbb-graphql-middleware (default 500). */
  readonly graphqlConnectionsPerServer: number;
  /** New GraphQL sockets that one server admits per second (default 50; BBB PR 21855). */
  readonly socketsPerSecondPerServer: number;
  /** BBB FAQ: no single session above 200. */
  readonly usersPerMeeting: number;
}

export interface MeetingTemplate {
  readonly name: string;
  /** Users in one meeting, teachers included. */
  readonly size: number;
  readonly teachers: number;
  readonly teacher: RoleBehaviour;
  readonly pupil: RoleBehaviour;
}

/** What a role does. Shares are 0–1 of the users of that role in each meeting. */
export interface RoleBehaviour {
  readonly audio: 'microphone' | 'listen-only' | 'none';
  /** Share that uses the microphone although `audio` says listen-only. */
  readonly microphoneShare: number;
  readonly webcamShare: number;
  /** Cameras that a user of this role views at most (the real client pages: moderators all, viewers 5). */
  readonly cameraViews: number;
  /** Mean time between chat messages of one user; undefined: never. */
  readonly chatEveryMs: number | undefined;
  /** Share that raises a hand once. */
  readonly raiseHandShare: number;
  /** Share that loads the client anew once. */
  readonly reloadShare: number;
  /** Share whose network breaks once, and for how long. */
  readonly networkLossShare: number;
  readonly networkLossMs: number;
}

export type LoadPart = RampingUsers | ConstantUsers | RampingArrivalRate;

interface PartBase {
  readonly name: string;
  readonly startMs: number;
  /** Name of a meeting template. */
  readonly meetings: string;
  /** Meetings that exist for this part; users fill them round-robin, teachers first. */
  readonly meetingCount: number;
}

/** Follows a target number of users; arrival times are computed by inverting the ramp. The last to come leave first. */
export interface RampingUsers extends PartBase {
  readonly executor: 'ramping-users';
  readonly startUsers: number;
  readonly stages: readonly Stage[];
}

export interface ConstantUsers extends PartBase {
  readonly executor: 'constant-users';
  readonly users: number;
  readonly durationMs: number;
}

/** Open load: users arrive at a rate whether or not the target keeps up, and stay for `stayMs`. */
export interface RampingArrivalRate extends PartBase {
  readonly executor: 'ramping-arrival-rate';
  readonly startRatePerSec: number;
  readonly stages: readonly Stage[];
  readonly stayMs: number;
  /** Users at once at most; arrivals beyond are dropped and counted. */
  readonly maxUsers: number;
}

/** `target`: users, or arrivals per second; reached linearly over `durationMs`. A stage of 0 ms jumps. */
export interface Stage {
  readonly durationMs: number;
  readonly target: number;
}

/** How many users are real browsers. Native users are the crowd; browser users the witnesses. */
export interface UserKinds {
  readonly browser: number | 'rest';
  readonly native: number | 'rest';
}

/** Where the wire profile of native users comes from. */
export type Wire = { readonly kind: 'recorded' | 'learn' } | { readonly kind: 'file'; readonly path: string };

export interface RunLimits {
  /** A user that is not ready by then has failed. */
  readonly joinTimeoutMs: number;
  /** Time for everyone to leave after stop. */
  readonly gracefulStopMs: number;
  /** p99 of lateness above this means: load not delivered. */
  readonly maxLatenessMs: number;
  /** p99 of event-loop delay above this means: load not delivered. */
  readonly maxEventLoopDelayMs: number;
  /** Browsers started at the same time at most. */
  readonly browserLaunches: number;
  /** Users per browser process. */
  readonly usersPerBrowser: number;
  /** Failure screenshots kept. */
  readonly maxScreenshots: number;
}
