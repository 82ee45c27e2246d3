import type { Clock, EventLoopMonitor } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import type { RunEvent, RunOutput } from '../metrics/events.js';
import type { RunRecorder } from '../metrics/recorder.js';
import type { Threshold } from '../metrics/threshold.js';
import type { Plan, UserKind } from '../schedule/plan.js';
import type { AttendeeFactory } from '../vu/attendee.js';
import type { CrewFactory } from './crew.js';
import type { Ledger, LedgerEntry } from './ledger.js';
import type { FaultControl, HookRunner, MeetingHost } from './ports.js';

/** CPU time and memory of the harness with its browsers. */
export interface Usage {
  /** Since some fixed instant; only differences count. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** Open; undefined: not known on this system. */
  readonly sockets?: number;
}

/** What is known of a run that was cut short while its users went on. */
export interface ResumedRun {
  /** Its first instant was so long ago, ms. */
  readonly agoMs: number;
  readonly events: readonly RunEvent[];
  readonly ledger: readonly LedgerEntry[];
}

export interface RunOptions {
  readonly plan: Plan;
  /** Letters, digits and hyphens; part of the meeting ids. */
  readonly runId: string;
  /** Names this process among several of one run; default 'local'. */
  readonly worker?: string;
  readonly clock: Clock;
  /** Must have every kind that the plan has, unless a `crew` brings the users. */
  readonly factories: Readonly<Partial<Record<UserKind, AttendeeFactory>>>;
  /** Default: the users are those of this process. */
  readonly crew?: CrewFactory;
  readonly host: MeetingHost;
  readonly ledger: Ledger;
  readonly recorder: RunRecorder;
  readonly outputs: readonly RunOutput[];
  readonly thresholds: readonly Threshold[];
  readonly intervalMs: number;
  /** Takes up a run whose coordinator died; needs a `crew`. */
  readonly resumed?: ResumedRun;
  /** No new users, everyone leaves, meetings are ended. */
  readonly stop: AbortSignal;
  /** As stop, at once. */
  readonly abort: AbortSignal;
  /** Run although others' meetings are on the target. */
  readonly allowForeign: boolean;
  /** Needed if the plan runs commands. */
  readonly hooks?: HookRunner;
  /** Needed if the plan sets faults. */
  readonly faults?: FaultControl;
  readonly usage?: () => Usage | Promise<Usage>;
  /** Default: the event loop of this process. */
  readonly eventLoop?: EventLoopMonitor;
  readonly logger: Logger;
}

/** Tells every output; one that fails is named in the log and does not disturb the run. */
export function eventSink({ outputs, logger }: Pick<RunOptions, 'outputs' | 'logger'>): (event: RunEvent) => void {
  return (event) => {
    for (const output of outputs) {
      try {
        output.event(event);
      } catch (error) {
        logger.log('error', `an output failed at event ${event.type}: ${messageOf(error)}`);
      }
    }
  };
}
