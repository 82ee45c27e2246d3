import type { PlannedAction } from '../scenario/action.js';
import type { CameraProfile, LineProfile } from '../scenario/line.js';
import type { Fleet, LoadPart, RunLimits } from '../scenario/scenario.js';

export type Role = 'teacher' | 'pupil';
export type UserKind = 'browser' | 'native';
export type AudioChoice = 'microphone' | 'listen-only' | 'none';

/** Everything fixed before time starts: pure function of scenario and seed, the same on every machine. JSON-safe. */
export interface Plan {
  readonly schema: 1;
  readonly scenario: string;
  readonly seed: number;
  /** Last instant at which a planned user is present. */
  readonly durationMs: number;
  readonly startOfDayMs: number | undefined;
  /** So many times faster than its scenario says does the day go by; undefined: as fast. Times in a plan are those of the run. */
  readonly speed?: number;
  readonly checkpointEveryMs: number;
  readonly fleet: Fleet;
  readonly limits: RunLimits;
  readonly parts: readonly LoadPart[];
  readonly meetings: readonly PlannedMeeting[];
  /** Sorted by (dueMs, seq); `seq` is the index. */
  readonly attendances: readonly Attendance[];
  /** What happens beside the users, in order of time; undefined: nothing. */
  readonly happenings?: readonly Happening[];
}

/** Done by the run itself, by one process of it. */
export type Happening =
  /** A command of the operator. */
  | { readonly atMs: number; readonly do: 'exec'; readonly name: string; readonly command: readonly string[]; readonly timeoutMs: number }
  /** From now on the simulator has these faults and no others, besides those it was started with. */
  | { readonly atMs: number; readonly do: 'faults'; readonly faults: readonly string[] };

export interface PlannedMeeting {
  readonly index: number;
  /** Shown to people, e.g. "lessons 3"; "lessons 3 (2)" when a meeting had emptied and people come again. */
  readonly name: string;
  readonly part: number;
  readonly template: string;
  /** Users planned into it over the run. */
  readonly users: number;
  /** First due and last leave. */
  readonly opensMs: number;
  readonly closesMs: number;
}

/** One user's pass through one meeting. */
export interface Attendance {
  readonly seq: number;
  readonly part: number;
  readonly meeting: number;
  readonly role: Role;
  readonly kind: UserKind;
  readonly name: string;
  readonly dueMs: number;
  readonly leaveMs: number;
  readonly audio: AudioChoice;
  readonly webcam: boolean;
  readonly cameraViews: number;
  /** Line of the user; undefined: that of the machine it runs on. */
  readonly line?: LineProfile;
  /** Media must go through a TURN server. */
  readonly forceTurn?: true;
  /** Profile of the camera it shares; undefined: the client's own choice. */
  readonly cameraProfile?: CameraProfile;
  /** Instants (run clock) at which the user sends a chat message. */
  readonly chatAtMs: readonly number[];
  /** Instant at which the user raises a hand. */
  readonly raiseHandAtMs?: number;
  /** Instant at which the user loads the client anew. */
  readonly reloadAtMs?: number;
  /** When the user's network breaks, and for how long. */
  readonly networkLoss?: { readonly atMs: number; readonly forMs: number };
  /** What else the user does, in order of time. */
  readonly actions?: readonly PlannedAction[];
  /**
   * An arrival beyond the `maxUsers` of an open part: the plan itself says that no user is free for it. It is due and counted as
   * dropped, nobody starts. `leaveMs` equals `dueMs`, so it is nowhere present.
   */
  readonly dropped?: true;
}
