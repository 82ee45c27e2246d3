/** The target as a run needs it; `fleet/` implements it over the BBB API, tests fake it. Every method rejects with a HarnessError. */
export interface MeetingHost {
  /** Creates the meeting, tagged `meta_firstbell-run`. */
  create(meeting: MeetingRequest, signal: AbortSignal): Promise<void>;
  /** Ends the meeting; a meeting that is already gone counts as ended. */
  end(meetingId: string, signal: AbortSignal): Promise<void>;
  /** Meetings on the target that carry no tag of Firstbell. */
  foreign(signal: AbortSignal): Promise<readonly ForeignMeeting[]>;
  /** Meetings of other runs of Firstbell with somebody in them: their load would be measured as if it were ours. */
  otherRuns(runId: string, signal: AbortSignal): Promise<readonly ForeignMeeting[]>;
  /** Ids of meetings on the target that carry the tag of this run. */
  ours(runId: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Users in the meetings of this run, as the servers count them; `names` where they tell. Undefined: the target cannot be asked. */
  present?(runId: string, signal: AbortSignal): Promise<readonly MeetingCount[]>;
}

export interface MeetingCount {
  readonly meetingId: string;
  readonly users: number;
  readonly names: readonly string[] | undefined;
}

/** The meetings of a run as its users need them, whoever creates and ends them. */
export interface Meetings {
  /** BBB's external id. */
  idOf(index: number): string;
  /** Resolves once the meeting exists; rejects with why it does not. */
  ready(index: number): Promise<void>;
  /** A user of the meeting is gone or will not come. */
  release(index: number): void;
}

export interface MeetingRequest {
  readonly meetingId: string;
  readonly name: string;
  readonly runId: string;
}

export interface ForeignMeeting {
  readonly name: string;
  readonly users: number;
}

/** Commands of the operator; `cli/` runs them as child processes. */
export interface HookRunner {
  /** Resolves when the command has ended, also when it was killed: at `signal`, or after its time limit. Never rejects. */
  run(hook: Hook, signal: AbortSignal): Promise<HookEnd>;
}

export interface Hook {
  readonly name: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface HookEnd {
  /** Undefined: it was killed, or could not be started; `problem` says why. */
  readonly exitCode: number | undefined;
  readonly problem: string | undefined;
  /** Path of what it printed, inside the run folder. */
  readonly output: string | undefined;
}

/** The faults of a simulated target. */
export interface FaultControl {
  /** From now on these and no others, besides those it was started with. Rejects with a HarnessError. */
  set(faults: readonly string[], signal: AbortSignal): Promise<void>;
}
