import type { CheckpointEvent } from '../metrics/events.js';
import type { ErrorCount } from './count-errors.js';
import type { ServerAccount } from './count-fleet.js';
import type { SpreadSummary } from './spread.js';
import type { MetricKind, MetricName, Unit } from '../metrics/catalogue.js';
import type { ThresholdResult } from '../metrics/threshold.js';

export type VerdictWord = 'held' | 'broken' | 'not-delivered' | 'could-not-run' | 'interrupted';

/** `reports/<run>/summary.json`: stable, versioned, documented in docs/files.md; scripts of others rely on it. */
export interface Summary {
  readonly schema: 1;
  readonly run: string;
  readonly scenario: string;
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Ms from the first instant of the plan to the end of the run. */
  readonly durationMs: number;
  readonly target: { readonly kind: 'simulator' | 'bbb'; readonly url: string; readonly bbbVersion: string | undefined };
  readonly verdict: VerdictWord;
  readonly exitCode: number;
  /** Why, in one sentence each; empty when held. */
  readonly reasons: readonly string[];
  readonly users: UserCounts & {
    readonly byKind: Readonly<Record<string, UserCounts>>;
    readonly byRole: Readonly<Record<string, UserCounts>>;
  };
  readonly meetings: { readonly planned: number; readonly created: number; readonly ended: number; readonly leftOpen: number };
  readonly servers: readonly ServerSummary[];
  readonly metrics: Readonly<Partial<Record<MetricName, MetricSummary>>>;
  readonly thresholds: readonly ThresholdResult[];
  readonly generator: {
    readonly latenessP99Ms: number | undefined;
    readonly eventLoopDelayP99Ms: number | undefined;
    readonly cpuCores: number | undefined;
    readonly peakRssMb: number | undefined;
    readonly sendLatenessP99Ms: number | undefined;
    /** Share of the time in which browsers held their cameras back for want of CPU. */
    readonly sendLimited: number | undefined;
    readonly peakSockets: number | undefined;
    readonly dropped: number;
    /** Of the machine of the run; workers have cores of their own, which are not told. */
    readonly cores: number;
    /** Workers that brought the users, each counted once; undefined: the machine of the run did. */
    readonly workers: number | undefined;
  };
  readonly errors: readonly ErrorCount[];
  /** Undefined: users were not counted by others. */
  readonly presence: PresenceSummary | undefined;
  /** Metrics that both kinds of users measured; empty without meetings that have both. */
  readonly witnesses: readonly WitnessComparison[];
  /** Users over time, one point per interval. */
  /** How the first lesson was spread over the fleet; undefined: nobody got in. */
  readonly spread: SpreadSummary | undefined;
  /** The looks at the whole fleet, as they were taken; `time` is the label of `atMs`. */
  readonly checkpoints: readonly (Omit<CheckpointEvent, 'type'> & { readonly time: string })[];
  /** What servers said of themselves; empty: none was asked. */
  readonly fleet: readonly ServerAccount[];
  readonly timeline: readonly TimelinePoint[];
  /** What is missing of the recording itself: intervals that a worker did not report, lines of the run folder that could not be read. */
  readonly recording: { readonly missingIntervals: number; readonly unreadableLines: number };
  readonly firstbell: { readonly version: string; readonly commit: string | undefined; readonly node: string; readonly browser: string | undefined };
}

/** planned = started + dropped + not started; started = left + failed + lost + aborted once the run is over. */
export interface UserCounts {
  readonly planned: number;
  readonly started: number;
  readonly joined: number;
  readonly failed: number;
  readonly lost: number;
  readonly left: number;
  readonly aborted: number;
  readonly peakConcurrent: number;
}

export interface ServerSummary {
  readonly name: string;
  readonly meetings: number;
  readonly peakUsers: number;
  readonly joined: number;
  readonly failed: number;
  readonly lost: number;
  readonly joinTimeP95Ms: number | undefined;
  readonly rttP95Ms: number | undefined;
  readonly audioLossP95: number | undefined;
  readonly videoFpsP50: number | undefined;
  readonly mosP50: number | undefined;
  readonly chatDeliveryP95Ms: number | undefined;
  /** GraphQL connections that were interrupted, and how long they took to come back. */
  readonly interruptions: number;
  readonly reconnectTimeP95Ms: number | undefined;
}

/** Users counted three times; what the census of the run found. */
export interface PresenceSummary {
  /** Times at which users were counted. */
  readonly looks: number;
  /** Most at one time, over all meetings. */
  readonly missing: number;
  readonly ghosts: number;
  /** Meetings in which the counts differed, each at its worst. */
  readonly meetings: readonly {
    readonly name: string;
    readonly atMs: number;
    readonly harness: number;
    readonly server: number | undefined;
    readonly peers: number | undefined;
    readonly missing: number;
    readonly ghosts: number;
    readonly names: readonly string[];
  }[];
}

/** The same metric from browser and native users in the same meetings. */
export interface WitnessComparison {
  readonly metric: MetricName;
  readonly unit: Unit;
  readonly browserCount: number;
  readonly nativeCount: number;
  readonly browserP50: number | undefined;
  readonly nativeP50: number | undefined;
  /** Median of native users minus that of browser users; undefined: too few samples of either. */
  readonly difference: number | undefined;
}

export interface MetricSummary extends MetricFigures {
  readonly unit: Unit;
  readonly kind: MetricKind;
  /** "role=pupil", "phase=api", "server=…" → figures of that tag value alone. */
  readonly by: Readonly<Record<string, MetricFigures>>;
}

/** In the metric's unit; undefined where the kind has no such figure or nothing was recorded. */
export interface MetricFigures {
  readonly count: number;
  readonly sum?: number;
  readonly avg?: number;
  readonly min?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
  /** Rates: share of true. Gauges: last value. */
  readonly rate?: number;
  readonly last?: number;
}

/** `planned` and `present` are users at `atMs`; `joined`, `failed` and `lost` count what happened within the interval that ends there. */
export interface TimelinePoint {
  readonly atMs: number;
  readonly planned: number;
  readonly present: number;
  readonly joined: number;
  readonly failed: number;
  readonly lost: number;
  readonly joinTimeP50Ms?: number;
  readonly joinTimeP95Ms?: number;
  readonly rttP95Ms?: number;
  readonly audioLossP95?: number;
  readonly videoFpsP50?: number;
  readonly cpuCores?: number;
  /** Users present as the servers and as other users count them. */
  readonly presentServer?: number;
  readonly presentPeers?: number;
}
