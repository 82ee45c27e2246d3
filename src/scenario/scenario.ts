import type { Threshold } from '../metrics/threshold.js';
import type { MeetingEvent, ScenarioEvent } from './event.js';
import type { CameraProfile, LineProfile } from './line.js';

/** A checked scenario in normal form: durations in ms, defaults filled in, frozen. The written form is in shape.ts. */
export interface Scenario {
  readonly schema: 1;
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  /** Time of day of instant 0 in ms after midnight, for labels and checkpoints; undefined: labels count from 0. */
  readonly startOfDayMs: number | undefined;
  /** So many times faster than written do lessons, gaps and stages go by; every instant and length below is divided by it already. */
  readonly speed: number;
  readonly target: Target;
  /** What the target fleet is said to be; used by `plan` and the report, and by the simulator when it is embedded. */
  readonly fleet: Fleet;
  /** Meeting templates by name. */
  readonly meetings: Readonly<Record<string, MeetingTemplate>>;
  readonly load: readonly LoadPart[];
  readonly events: readonly ScenarioEvent[];
  readonly users: UserKinds;
  readonly wire: Wire;
  readonly thresholds: readonly Threshold[];
  readonly limits: RunLimits;
  readonly checkpointEveryMs: number;
  /** Undefined: the file names no exporters. */
  readonly scrape?: Scrape;
}

/** Where servers say how they are doing; URLs as written, checked where they are used. */
export interface Scrape {
  readonly exporters: readonly string[];
  readonly prometheus: readonly string[];
  readonly everyMs: number;
  readonly keep: readonly string[];
  readonly tokenEnv: string | undefined;
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
  /** In every meeting of the template. */
  readonly events: readonly MeetingEvent[];
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
  /** Mean time between emojis that one user shows; undefined: never. */
  readonly reactEveryMs?: number;
  /** Users with microphone: mean time until they speak, and for how long on average; undefined: they never switch it. */
  readonly speakEveryMs?: number;
  readonly speakForMs?: number;
  /** The first teacher of a meeting: time between two slides; undefined: the slide stays. */
  readonly slidesEveryMs?: number;
  /** Share of the meetings in which the first teacher shares the screen once, and for how long. */
  readonly screenShare?: number;
  readonly screenForMs?: number;
  /** Lines and the share of the role that has them; the rest has the line of the machine. */
  readonly lines?: readonly LineShare[];
  /** Share whose media must go through TURN. */
  readonly forceTurnShare?: number;
  /** Camera profiles and the share of the role that uses them; the rest leaves the choice to the client. */
  readonly cameraProfiles?: readonly CameraProfileShare[];
}

export interface LineShare {
  readonly line: LineProfile;
  readonly share: number;
}

export interface CameraProfileShare {
  readonly profile: CameraProfile;
  readonly share: number;
}

export type LoadPart = RampingUsers | ConstantUsers | RampingArrivalRate | Curve | Timetable | MeetingList;

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

/** Follows a list of points in straight lines: users at once, as `ramping-users` does, or meetings at once. */
export interface Curve extends PartBase {
  readonly executor: 'curve';
  readonly of: 'users' | 'meetings';
  /** On the run's clock, in order; two at the same instant jump. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
  /** For meetings: how many users each has, and how they come. */
  readonly classSize: ClassSize;
  readonly comings: Comings;
}

/** Schools whose lessons begin and end with the bell; `meetingCount` is the number of classes in all. */
export interface Timetable extends PartBase {
  readonly executor: 'timetable';
  readonly schools: number;
  readonly classesPerSchool: number;
  readonly classSize: ClassSize;
  readonly lessons: readonly Lesson[];
  /** Each school's bell rings later than the timetable says by chance of 0 to this. */
  readonly bellSpreadMs: number;
  readonly comings: Comings;
}

/** Meetings that an operator had: begin, end, size. */
export interface MeetingList extends PartBase {
  readonly executor: 'meeting-list';
  readonly list: readonly { readonly bellMs: number; readonly endMs: number; readonly size: number }[];
  readonly comings: Comings;
}

export interface Lesson {
  readonly bellMs: number;
  readonly lengthMs: number;
}

/** Users of a meeting, teachers included: log-normal with this mean and this standard deviation of the logarithm, drawn again outside [min, max]. */
export interface ClassSize {
  readonly mean: number;
  readonly sigma: number;
  readonly min: number;
  readonly max: number;
}

/** How people come to a lesson and leave it; all even within its bounds. */
export interface Comings {
  /** Teachers come so long before the bell, at most and at least. */
  readonly teachersMostMs: number;
  readonly teachersLeastMs: number;
  /** Pupils, relative to the bell; shares add up to 1. The last rows are the stragglers. */
  readonly pupils: readonly { readonly fromMs: number; readonly toMs: number; readonly share: number }[];
  /** Everybody has left so long after the end. */
  readonly leaveWithinMs: number;
  /** Who is still in another lesson comes so long after leaving it, at least and at most. */
  readonly changeoverLeastMs: number;
  readonly changeoverMostMs: number;
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
  /** p99 of how late media packets left above this means: load not delivered. Undefined: not judged. */
  readonly maxSendLatenessMs?: number;
  /** A larger share of samples in which browsers held their cameras back for want of CPU means: load not delivered. Undefined: not judged. */
  readonly maxSendLimited?: number;
  /** Browsers started at the same time at most. */
  readonly browserLaunches: number;
  /** Users per browser process. */
  readonly usersPerBrowser: number;
  /** Failure screenshots kept. */
  readonly maxScreenshots: number;
}
