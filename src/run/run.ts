import { sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { RunEvent } from '../metrics/events.js';
import { judge } from '../metrics/judge.js';
import { stoppingMetrics } from '../metrics/threshold.js';
import { RunClock } from '../vu/run-clock.js';
import { Census } from './census.js';
import type { Crew } from './crew.js';
import { notDelivered } from './delivery.js';
import { Ending } from './ending.js';
import { refuseForeign, watchForForeign, type ForeignGuardOptions } from './foreign-guard.js';
import { followHappenings, requireHands } from './happenings.js';
import { LocalCrew } from './local-crew.js';
import { MeetingBook } from './meeting-book.js';
import { Pulse } from './pulse.js';
import { failureOf } from './recorded-result.js';
import { eventSink, type RunOptions } from './run-context.js';
import type { RunResult } from './run-result.js';
import { beginEarly, follow, isLater } from './schedule-follower.js';
import { ServerLoad } from './server-load.js';
import { requireFactories } from './user-pool.js';


/** Meetings are created so long before their first user. */
const MEETING_LEAD_MS = 15_000;

/** Time to end the meetings that are open when the users have gone, and when the run was aborted. */
const END_ALL_MS = 60_000;
const END_ALL_ABORTED_MS = 10_000;

/** The target may list an ended meeting for some seconds. */
const GONE_CHECKS = 5;
const GONE_EVERY_MS = 1_000;
const GONE_LIMIT_MS = 15_000;

/**
 * Carries out a plan: creates meetings, starts each user at its due time, measures, and ends every meeting on whatever way out.
 * Resolves when nothing is left running. Rejects with USAGE (a kind of users without factory, commands or faults without who does them), and unless it goes on
 * with a run with FOREIGN_MEETINGS, or the host's error if the target cannot even list its meetings; then nothing had been created.
 */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  if (!options.crew) requireFactories(options.plan, options.factories);
  requireHands(options);
  const clock = new RunClock(options.clock);
  const load = new ServerLoad(options.plan);
  for (const event of options.resumed?.events ?? []) load.event(event);
  const tell = eventSink(options);
  const emit = (event: RunEvent): void => {
    load.event(event);
    tell(event);
  };
  using ending = new Ending({
    clock: options.clock,
    gracefulStopMs: options.plan.limits.gracefulStopMs,
    onBegin: (reason, error) => emit({ type: 'stopping', atMs: clock.atMs, reason, ...(error === undefined ? {} : { code: error.code, message: error.message }) }),
  });
  const begunToEnd = options.resumed?.events.findLast((event) => event.type === 'stopping');
  if (begunToEnd) ending.goOn(begunToEnd.reason, failureOf(begunToEnd.reason, [begunToEnd]));
  const unfollow = ending.follow(options.stop, options.abort);
  try {
    // Who goes on with a run has users and meetings there: what came meanwhile the watch sees, and ends the run in order.
    if (!options.resumed) await refuseForeignUnlessStopped({ run: options, clock, emit }, ending.stopSignal);
    return await carryOut(options, clock, emit, ending, load);
  } catch (error) {
    emit({ type: 'run-ended', atMs: clock.atMs, reason: 'could-not-run' });
    throw error;
  } finally {
    unfollow();
  }
}

async function refuseForeignUnlessStopped(options: ForeignGuardOptions, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  try {
    await refuseForeign(options, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

async function carryOut(options: RunOptions, clock: RunClock, emit: (event: RunEvent) => void, ending: Ending, load: ServerLoad): Promise<RunResult> {
  const { plan, recorder, thresholds, resumed } = options;
  const signals = { stop: ending.stopSignal, abort: ending.abortSignal };
  const meetings = new MeetingBook({ run: options, clock, emit, ...signals });
  if (resumed) meetings.restore(resumed.events, resumed.ledger);
  const context = { clock, meetings, emit, ...signals };
  const crew: Crew = options.crew ? options.crew(context) : new LocalCrew({ ...context, run: options });
  const census = new Census({ run: options, clock, presence: crew.presence, emit });
  const openings = meetings.inOrder().map(({ index, opensMs }) => ({ atMs: opensMs - MEETING_LEAD_MS, begin: () => meetings.ready(index) }));
  const pulse = new Pulse({
    run: options,
    clock,
    emit,
    load,
    gauges: options.crew ? ['meetings_open'] : ['users_present', 'meetings_open'],
    cumulative: () => crew.cumulative,
    soFar: () => crew.soFar,
    windows: () => crew.windows,
    interim: options.crew ? stoppingMetrics(thresholds) : [],
    state: () => ({ present: crew.present, meetings: meetings.openNow, failed: crew.counts.failed, lost: crew.counts.lost }),
    others: () => census.last,
    onBroken: (expression) => ending.stop('threshold', new HarnessError('THRESHOLD_BROKEN', `${expression} broke`)),
  });

  const guard = { run: options, clock, emit };
  const open = async (): Promise<readonly PromiseSettledResult<void>[]> => {
    // Workers may have been long in coming, and others may have begun since the first look.
    if (options.crew && !resumed && !options.allowForeign) await refuseForeignUnlessStopped(guard, signals.stop);
    return resumed || signals.stop.aborted ? [] : beginEarly(openings);
  };
  const { prepared, opened } = await getReady(crew, open, options.crew !== undefined, signals.stop);
  const refused = opened.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (opened.length > 0 && refused.length === opened.length) ending.stop('could-not-run', asHarnessError(refused[0]));
  const begun = prepared ?? (ending.stopSignal.aborted ? undefined : await crew.begin().then(() => undefined, asHarnessError));
  if (begun) ending.stop('could-not-run', begun);
  clock.start(resumed?.agoMs);
  if (!resumed) emit({ type: 'run-started', atMs: 0, wallMs: options.clock.wallMs() });
  const over = new AbortController();
  // After a stop people leave in any order: nothing can be said of who should be there.
  const counting = census.run(AbortSignal.any([over.signal, signals.stop]));
  const guarding = watchForForeign(guard, over.signal, (error) => ending.stop('foreign', error));
  const happening = followHappenings({ run: options, clock, emit }, signals.stop, over.signal);
  const beside = Promise.all([pulse.run(over.signal), counting, guarding, happening]);
  // A bug ends the run in order, and is thrown when everything has been tidied up.
  const asOurBug = (error: unknown): void => ending.stop('could-not-run', asHarnessError(error));
  beside.catch(asOurBug);
  // When nobody brings users any more, nobody would join what is still to open. Users of this process lose nothing by it: a meeting opens before its first user, who creates it otherwise.
  const everybodyStarted = new AbortController();
  const started = Promise.all([
    follow(resumed ? openings : openings.filter(isLater), clock, AbortSignal.any([signals.stop, everybodyStarted.signal])),
    crew.run().finally(() => everybodyStarted.abort()),
  ]);
  await started.catch(asOurBug);
  await crew.settled();
  await endMeetings(options, meetings);
  over.abort();
  meetings.reportLeftOpen();
  await pulse.finish();
  await Promise.all([started, beside]);
  const { reason, failure } = ending;
  emit({ type: 'run-ended', atMs: clock.atMs, reason });
  const { counts, unprepared, cutShort, shortcomings, cumulative } = crew;
  return {
    reason,
    counts,
    meetings: meetings.counts,
    notDelivered: notDelivered({ limits: plan.limits, reason, counts, series: cumulative, unprepared, cutShort, samplesLost: recorder.refused.overCap, shortcomings }),
    thresholds: judge(thresholds, cumulative, pulse.windows),
    missing: census.worst.missing,
    ...(failure === undefined ? {} : { failure }),
    durationMs: clock.atMs,
  };
}

interface Readiness {
  /** Why the crew cannot begin. */
  readonly prepared: HarnessError | undefined;
  /** What became of the meetings that open first. */
  readonly opened: readonly PromiseSettledResult<void>[];
}

/** Prepares the crew and opens the first meetings; in turn where workers may be long in coming, as the target ends meetings that nobody joins. */
async function getReady(crew: Crew, open: () => Promise<readonly PromiseSettledResult<void>[]>, remote: boolean, stop: AbortSignal): Promise<Readiness> {
  const prepare = (): Promise<HarnessError | undefined> => crew.prepare().then(() => undefined, asHarnessError);
  if (!remote) {
    const [opened, prepared] = await Promise.all([open(), prepare()]);
    return { prepared, opened };
  }
  const prepared = await prepare();
  return { prepared, opened: prepared || stop.aborted ? [] : await open() };
}

/** The rest of the meetings; the last user of each has usually ended it. Then asks the target whether it agrees, unless time is short. */
async function endMeetings(options: RunOptions, meetings: MeetingBook): Promise<void> {
  const { clock, abort } = options;
  const finished = new AbortController();
  const deadline = new AbortController();
  const giveUpIn = (limitMs: number): void => {
    sleep(clock, limitMs, finished.signal).then(
      () => deadline.abort(new HarnessError('TARGET_TIMEOUT', 'the time to end the meetings was over')),
      () => undefined,
    );
  };
  const inHaste = (): void => giveUpIn(END_ALL_ABORTED_MS);
  if (abort.aborted) inHaste();
  else abort.addEventListener('abort', inHaste, { once: true, signal: finished.signal });
  giveUpIn(END_ALL_MS);
  try {
    await meetings.endAll(deadline.signal);
    if (abort.aborted || meetings.counts.created === 0) return;
    for (const meetingId of await stillListed(options)) meetings.reopen(meetingId);
    if (meetings.leftOpen.length > 0) await meetings.endAll(deadline.signal);
  } finally {
    finished.abort();
  }
}

async function stillListed({ host, runId, clock, logger, abort }: RunOptions): Promise<readonly string[]> {
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not list the meetings within ${GONE_LIMIT_MS / 1000} s`);
  try {
    for (let check = 1; ; check++) {
      const listed = await within(clock, GONE_LIMIT_MS, abort, tooSlow, (signal) => host.ours(runId, signal));
      if (listed.length === 0 || check === GONE_CHECKS) return listed;
      await sleep(clock, GONE_EVERY_MS, abort);
    }
  } catch (error) {
    if (!abort.aborted) logger.log('warn', `cannot check that no meeting is left: ${messageOf(error)}`);
    return [];
  }
}

function asHarnessError(error: unknown): HarnessError {
  return error instanceof HarnessError ? error : new HarnessError(codeOf(error), messageOf(error), { cause: error });
}
