/** The target as a run needs it; `fleet/` implements it over the BBB API, tests fake it. Every method rejects with a HarnessError. */
export interface MeetingHost {
  /** Creates the meeting, tagged `meta_firstbell-run`. */
  create(meeting: MeetingRequest, signal: AbortSignal): Promise<void>;
  /** Ends the meeting; a meeting that is already gone counts as ended. */
  end(meetingId: string, signal: AbortSignal): Promise<void>;
  /** Meetings on the target that carry no tag of Firstbell. */
  foreign(signal: AbortSignal): Promise<readonly ForeignMeeting[]>;
  /** Ids of meetings on the target that carry the tag of this run. */
  ours(runId: string, signal: AbortSignal): Promise<readonly string[]>;
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
