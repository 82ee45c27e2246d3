import type { Snapshot } from './snapshot.js';

/** What happened in a run, one JSON line each in `events.jsonl`. With the plan and the snapshots it is all that a summary needs. */
export type RunEvent =
  | { readonly type: 'run-started'; readonly atMs: number; readonly wallMs: number }
  | { readonly type: 'meeting-created'; readonly atMs: number; readonly meeting: number; readonly meetingId: string }
  | { readonly type: 'meeting-failed'; readonly atMs: number; readonly meeting: number; readonly code: string; readonly message: string }
  | { readonly type: 'meeting-ended'; readonly atMs: number; readonly meeting: number; readonly meetingId: string }
  | { readonly type: 'meeting-left-open'; readonly atMs: number; readonly meeting: number; readonly meetingId: string; readonly code: string; readonly message: string }
  | { readonly type: 'user-started'; readonly atMs: number; readonly seq: number; readonly latenessMs: number }
  | { readonly type: 'user-dropped'; readonly atMs: number; readonly seq: number }
  | { readonly type: 'user-joined'; readonly atMs: number; readonly seq: number; readonly server: string }
  | {
      readonly type: 'user-ended';
      readonly atMs: number;
      readonly seq: number;
      /** left: as planned · failed: never got in · lost: was in, then out before time · aborted: by stop or abort of the run */
      readonly outcome: UserOutcome;
      readonly code?: string;
      readonly phase?: string;
      readonly message?: string;
      /** Path inside the run folder. */
      readonly screenshot?: string;
      /** Absent: nothing came. */
      readonly received?: Received;
      /** With `failed`: where the load balancer sent the user; absent: nowhere, as far as is known. Not written by earlier versions. */
      readonly server?: string;
    }
  /** `screenshot`: path inside the run folder. */
  | { readonly type: 'step-failed'; readonly atMs: number; readonly seq: number; readonly step: string; readonly code: string; readonly message: string; readonly screenshot?: string }
  /** A worker has a share of the plan and is ready to begin. `clockOffsetMs`: what its wall clock is ahead of the coordinator's. */
  | { readonly type: 'worker-ready'; readonly atMs: number; readonly worker: string; readonly share: number; readonly users: number; readonly clockOffsetMs: number; readonly roundTripMs: number }
  /** A worker went silent: `running` users went with it (a loss of the generator), `waiting` had not started yet. */
  | { readonly type: 'worker-lost'; readonly atMs: number; readonly worker: string; readonly share: number; readonly running: number; readonly waiting: number }
  /** A worker has given a share back before it began: something is missing there. Another may take it. */
  | { readonly type: 'worker-refused'; readonly atMs: number; readonly worker: string; readonly share: number; readonly code: string; readonly message: string }
  /** A share was not brought as planned: `message` says why its worker could not bring it, `entriesLost` how much of what it said found no room while the broker was away. */
  | { readonly type: 'share-incomplete'; readonly atMs: number; readonly worker: string; readonly share: number; readonly message?: string; readonly entriesLost: number }
  /** Another worker took over what a lost one had not started; `overdue` of these users were due before it could start them, and come late or not at all. */
  | { readonly type: 'share-taken-over'; readonly atMs: number; readonly worker: string; readonly share: number; readonly users: number; readonly overdue?: number }
  | { readonly type: 'foreign-meeting'; readonly atMs: number; readonly name: string; readonly users: number }
  | { readonly type: 'hook-started'; readonly atMs: number; readonly name: string }
  | {
      readonly type: 'hook-ended';
      readonly atMs: number;
      readonly name: string;
      readonly durationMs: number;
      /** Absent: it was killed, or could not be started. */
      readonly exitCode?: number;
      /** Why it has no exit code: the time limit, the end of the run, or the reason of the system. */
      readonly problem?: string;
      /** Path of what it printed, inside the run folder; absent: nothing. */
      readonly output?: string;
    }
  /** The simulator's faults from now on, besides those it was started with. */
  | { readonly type: 'faults-set'; readonly atMs: number; readonly faults: readonly string[]; readonly code?: string; readonly message?: string }
  | {
      readonly type: 'presence';
      readonly atMs: number;
      /** Users in meetings as the harness counts, as the servers do, as other users see; absent: could not be had. */
      readonly harness: number;
      readonly server?: number;
      readonly peers?: number;
      readonly ghosts: number;
      readonly missing: number;
      /** Those in which they do not agree. */
      readonly meetings: readonly MeetingPresence[];
    }
  | CheckpointEvent
  /** `code` and `message` say why, where it was neither the user nor the plan. */
  | { readonly type: 'stopping'; readonly atMs: number; readonly reason: EndReason; readonly code?: string; readonly message?: string }
  | { readonly type: 'run-ended'; readonly atMs: number; readonly reason: EndReason };

/** One meeting counted three times. */
export interface MeetingPresence {
  /** Index in the plan. */
  readonly meeting: number;
  readonly harness: number;
  readonly server?: number;
  readonly peers?: number;
  /** Counted by the servers or other users although out for longer than the grace time; the larger of both. */
  readonly ghosts: number;
  /** In for longer than the grace time and not counted by the servers or other users; the larger of both. */
  readonly missing: number;
  /** Who, where it is known. */
  readonly names?: readonly string[];
}

/** The look at the whole fleet. What is optional here was not written by earlier versions. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly atMs: number;
  readonly present: number;
  readonly meetings: number;
  readonly failed: number;
  readonly lost: number;
  /** As others count them; absent: nobody has. */
  readonly presentServer?: number;
  readonly presentPeers?: number;
  readonly joinTimeP95Ms: number | undefined;
  /** Where users are now, most first; 200 at most. */
  readonly servers?: readonly ServerAtCheckpoint[];
  /** Failures since the checkpoint before. */
  readonly errorsSince?: number;
  /** Thresholds as they stand: held, broken (as written), and those for which nothing was measured yet. */
  readonly held?: number;
  readonly broken?: readonly string[];
  readonly pending?: number;
}

export interface ServerAtCheckpoint {
  readonly server: string;
  readonly users: number;
  readonly meetings: number;
  /** Of all that joined there so far. */
  readonly joinTimeP95Ms?: number;
}

/** What one user heard and saw in all, up to its last look at its connections. What never came is left out. */
export interface Received {
  /** From the due time, as the phase first_audio of join_phase_time. */
  readonly firstAudioMs?: number;
  /** Payload. */
  readonly audioBytes?: number;
  /** As the phase first_video. */
  readonly firstVideoMs?: number;
  /** Payload of cameras and shared screens. */
  readonly videoBytes?: number;
  /** Decoded (browser users), received whole (native users). */
  readonly videoFrames?: number;
}

export type UserOutcome = 'left' | 'failed' | 'lost' | 'aborted';

/** completed: the plan was carried out · stopped/aborted: first/second Ctrl-C · threshold: an abort threshold broke · foreign: someone else's meeting appeared · could-not-run */
export type EndReason = 'completed' | 'stopped' | 'aborted' | 'threshold' | 'foreign' | 'could-not-run';

/** `run.json`: written first, so that a killed run can still be reported and cleaned up. */
export interface RunMeta {
  readonly schema: 1;
  readonly run: string;
  readonly scenario: string;
  readonly scenarioFile: string;
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** `algorithm`: what the target takes checksums of; absent: sha256. */
  readonly target: { readonly kind: 'simulator' | 'bbb'; readonly url: string; readonly secretEnv: string | undefined; readonly bbbVersion: string | undefined; readonly algorithm?: string };
  readonly intervalMs: number;
  /** Meetings of others were allowed; absent: by an earlier version, which did not say. */
  readonly allowForeign?: boolean;
  /** Workers that were asked for, of each kind (`--workers`, `--browser-workers`); absent: the run brought its users itself, or is of an earlier version. */
  readonly workers?: { readonly any: number; readonly browser: number };
  /** What the disk did not take of the record of the run, which then proves nothing; absent: it is whole. */
  readonly incomplete?: string;
  readonly machine: { readonly cores: number; readonly memoryGb: number; readonly cpu: string; readonly os: string };
  readonly firstbell: { readonly version: string; readonly commit: string | undefined; readonly node: string; readonly browser: string | undefined };
}

/** Receives events and snapshots while a run goes on. Synchronous and quick: outputs buffer for themselves. */
export interface RunOutput {
  event(event: RunEvent): void;
  snapshot(snapshot: Snapshot): void;
  /** What was measured so far of an interval that is not over, of some metrics: takes the place of what was said before, until the interval's snapshot comes. */
  interim?(snapshot: Snapshot): void;
}
