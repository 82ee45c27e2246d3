/**
 * What happens at an instant, in normal form. `atMs`: in a template after the bell of a lesson (or after the opening of a meeting);
 * at the top of the file on the run's clock. Places in the day (`atMs`, `forMs` unless said otherwise) are divided by the speed already.
 */
export type MeetingEvent = MeetingEventBase &
  (
    | { readonly do: 'mute'; readonly forMs: number }
    /** `share` of the others draw, each every `everyMs` on average. */
    | { readonly do: 'whiteboard'; readonly forMs: number; readonly share: number; readonly everyMs: number }
    | { readonly do: 'poll'; readonly share: number; readonly withinMs: number }
    | { readonly do: 'slides'; readonly forMs: number; readonly everyMs: number }
    | { readonly do: 'screen'; readonly forMs: number }
    | { readonly do: 'react'; readonly share: number; readonly withinMs: number }
    /** Of those who joined with microphone. */
    | { readonly do: 'microphones'; readonly share: number; readonly forMs: number }
    | { readonly do: 'breakouts'; readonly rooms: number; readonly forMs: number; readonly share: number; readonly withinMs: number }
    /** All at the same instant. `forMs` as written: the server's own time limits are not compressed. */
    | { readonly do: 'network-loss'; readonly share: number; readonly forMs: number }
    | { readonly do: 'reload'; readonly share: number; readonly withinMs: number }
  );

interface MeetingEventBase {
  readonly atMs: number;
  /** Share 0–1 of the meetings in which it happens. */
  readonly meetingShare: number;
  /** Only in meetings of this template; undefined: in all. */
  readonly meetings?: string;
}

/** Runs a command of the operator, e.g. to stop a server. Needs `firstbell run --allow-hooks`. */
export interface ExecEvent {
  readonly do: 'exec';
  readonly atMs: number;
  /** Shown in events and report; names the file with its output. */
  readonly name: string;
  /** Program and arguments; no shell looks at them. */
  readonly command: readonly string[];
  /** Killed after so long; as written. */
  readonly timeoutMs: number;
}

/** Faults of the embedded simulator that come and go. */
export interface FaultEvent {
  readonly do: 'fault';
  readonly atMs: number;
  /** As `firstbell sim --help` lists them, e.g. bbb02:api-delay=2000. */
  readonly faults: readonly string[];
  /** Undefined: until the end of the run. */
  readonly forMs: number | undefined;
}

export type ScenarioEvent = MeetingEvent | ExecEvent | FaultEvent;
