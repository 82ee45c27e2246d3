import { redact } from '../core/redact.js';
import { METRICS, TAG_NAMES, type MetricName } from '../metrics/catalogue.js';
import type { RunEvent } from '../metrics/events.js';
import { judge } from '../metrics/judge.js';
import { mergeRun, type Interval, type MergedRun } from '../metrics/merge.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Threshold } from '../metrics/threshold.js';
import { WindowedSeries } from '../metrics/windows.js';
import { endOf, userRecords, type UserRecord } from './attendance-log.js';
import { checkpointsIn } from './checkpoint-line.js';
import { countErrors, failuresIn } from './count-errors.js';
import { summariseFleet } from './count-fleet.js';
import { summariseServers } from './count-servers.js';
import { countUsers } from './count-users.js';
import { instant } from './format.js';
import { summarisePresence } from './presence.js';
import { labelStart } from './live-next.js';
import type { RunData } from './run-data.js';
import type { MetricFigures, MetricSummary, Summary, VerdictWord } from './summary.js';
import { spreadOf } from './spread.js';
import { timelineOf } from './timeline.js';
import { compareWitnesses } from './witnesses.js';

/** The verdict as `run/` reaches it; the caller hands it in, as the report may not judge for itself. */
export interface Verdict {
  readonly word: VerdictWord;
  readonly exitCode: number;
  readonly reasons: readonly string[];
}

export interface Judgement {
  readonly thresholds: readonly Threshold[];
  /** Ignored for a run that died (whatever its figures say, it was interrupted) and for one whose record is incomplete. */
  readonly verdict: Verdict;
  /** A process still works on the run, so that one without its last event has not died. */
  readonly goesOn?: boolean;
}

export const DIED = 'the harness died';
export const GOES_ON = 'the run still goes on';
export const INCOMPLETE = 'the record of the run is incomplete';
const EXIT_INTERRUPTED = 130;
const EXIT_COULD_NOT_RUN = 4;

/** A run without its last event was killed, or its machine was. */
export function hasDied(events: readonly RunEvent[]): boolean {
  return !events.some(({ type }) => type === 'run-ended');
}

/** Everything that is said of a run, from what it recorded. Counts are exact: from events and plan; figures are from merged histograms. */
export function summarise(data: RunData, { thresholds, verdict, goesOn = false }: Judgement): Summary {
  const { meta, plan, events, snapshots } = data;
  const durationMs = endOf(events, snapshots);
  const records = userRecords(plan, events, durationMs);
  const { total, intervals, missing } = mergeRun(snapshots);
  const judged = judgementOf(data, verdict, goesOn);
  return {
    schema: 1,
    run: meta.run,
    scenario: meta.scenario,
    seed: meta.seed,
    startedAt: meta.startedAt,
    durationMs,
    target: { kind: meta.target.kind, url: redact(meta.target.url), bbbVersion: meta.target.bbbVersion },
    verdict: judged.word,
    exitCode: judged.exitCode,
    reasons: judged.reasons.map((reason) => redact(reason)),
    users: countUsers(records),
    meetings: countMeetings(plan.meetings.length, events),
    servers: summariseServers(records, total),
    metrics: summariseMetrics(total),
    thresholds: judge(thresholds, total, WindowedSeries.of(thresholds, snapshots)),
    generator: summariseGenerator(data, { total, intervals }, records),
    errors: countErrors(failuresIn(events)),
    presence: summarisePresence(plan, events),
    witnesses: compareWitnesses(total),
    spread: spreadOf(plan, records),
    checkpoints: checkpointsIn(events).map(({ type: _, ...checkpoint }) => ({ ...checkpoint, time: instant(checkpoint.atMs, labelStart(plan)) })),
    fleet: summariseFleet(total),
    timeline: timelineOf(records, intervals, meta.intervalMs, durationMs),
    recording: { missingIntervals: missing.length, unreadableLines: data.unreadableLines },
    firstbell: meta.firstbell,
  };
}

/** Losses may be among the lines that are missing, and the last event, too: then nothing is held, nor was it the harness that died. */
function judgementOf({ meta: { incomplete }, events }: RunData, verdict: Verdict, goesOn: boolean): Verdict {
  if (incomplete !== undefined) return { word: 'could-not-run', exitCode: EXIT_COULD_NOT_RUN, reasons: [...(verdict.word === 'could-not-run' ? verdict.reasons : []), `${INCOMPLETE}: ${incomplete}`] };
  return hasDied(events) ? { word: 'interrupted', exitCode: EXIT_INTERRUPTED, reasons: [goesOn ? GOES_ON : DIED] } : verdict;
}

/** Left open: created, and no end was seen, whether ending failed or nobody was left to do it. */
function countMeetings(planned: number, events: readonly RunEvent[]): Summary['meetings'] {
  const created = new Set<string>();
  const ended = new Set<string>();
  for (const event of events) {
    if (event.type === 'meeting-created') created.add(event.meetingId);
    if (event.type === 'meeting-ended') ended.add(event.meetingId);
  }
  const leftOpen = [...created].filter((id) => !ended.has(id)).length;
  return { planned, created: created.size, ended: created.size - leftOpen, leftOpen };
}

function summariseMetrics(series: SeriesSet): Summary['metrics'] {
  const summaries: Partial<Record<MetricName, MetricSummary>> = {};
  for (const metric of series.metrics()) {
    const by: Record<string, MetricFigures> = {};
    for (const tag of TAG_NAMES) for (const [value, figures] of series.byTag(metric, tag)) by[`${tag}=${value}`] = figures;
    summaries[metric] = { unit: METRICS[metric].unit, kind: METRICS[metric].kind, ...series.figures(metric), by };
  }
  return summaries;
}

function summariseGenerator({ meta, events }: RunData, { total: series, intervals }: Pick<MergedRun, 'total' | 'intervals'>, records: readonly UserRecord[]): Summary['generator'] {
  return {
    latenessP99Ms: series.figures('lateness').p99,
    eventLoopDelayP99Ms: series.figures('event_loop_delay').p99,
    cpuCores: meanCores(intervals),
    peakRssMb: series.figures('generator_rss').max,
    sendLatenessP99Ms: series.figures('send_lateness').p99,
    sendLimited: series.figures('send_limited').rate,
    peakSockets: series.figures('generator_sockets').max,
    dropped: records.filter(({ dropped, startedAtMs }) => dropped && startedAtMs === undefined).length,
    cores: meta.machine.cores,
    workers: workersIn(events),
  };
}

/** Of what all generators used together in each interval: they begin and end at different times. */
function meanCores(intervals: readonly Interval[]): number | undefined {
  const levels = intervals.flatMap(({ series }) => series.level('generator_cpu') ?? []);
  const samples = levels.reduce((total, level) => total + level.samples, 0);
  return samples === 0 ? undefined : levels.reduce((total, level) => total + level.sum, 0) / samples;
}

/** How many workers brought the users; undefined: the machine of the run did. */
function workersIn(events: readonly RunEvent[]): number | undefined {
  const workers = new Set(events.flatMap((event) => (event.type === 'worker-ready' ? [event.worker] : [])));
  return workers.size === 0 ? undefined : workers.size;
}
