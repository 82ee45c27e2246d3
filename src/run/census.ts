import { sleep } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { MetricName } from '../metrics/catalogue.js';
import type { MeetingPresence, RunEvent } from '../metrics/events.js';
import type { RunClock } from '../vu/run-clock.js';
import { compareCounts, type Count } from './compare-counts.js';
import { meetingIdOf } from './ledger.js';
import type { Presence } from './presence.js';
import type { RunOptions } from './run-context.js';

export interface CensusOptions {
  readonly run: Pick<RunOptions, 'plan' | 'runId' | 'host' | 'recorder' | 'logger'>;
  readonly clock: RunClock;
  readonly presence: Presence;
  readonly emit: (event: RunEvent) => void;
}

/** So many looks at a run, within bounds. */
const LOOKS = 100;
const MIN_EVERY_MS = 2_000;
const MAX_EVERY_MS = 30_000;
/** Asking takes at most a twentieth of the time, whatever the size of the answer. */
const PAUSE_PER_ASKING = 20;
const ASK_LIMIT_MS = 20_000;
/** Meetings that disagree, named in one event. */
const MAX_MEETINGS = 50;

type Totals = { readonly server?: number; readonly peers?: number };

/**
 * Counts the users of each meeting three times, now and then: as the harness, as the servers (one getMeetings for all), and as other
 * users' clients show them. A difference counts once it was there in two looks one after the other: news needs its time.
 */
export class Census {
  readonly #options: CensusOptions;
  #before: ReadonlyMap<number, MeetingPresence> = new Map();
  readonly #servers = new Set<string>();
  #last: Totals = {};
  #mostMissing = 0;
  #mostGhosts = 0;

  constructor(options: CensusOptions) {
    this.#options = options;
  }

  /** What the last look found; nothing before the first. */
  get last(): Totals {
    return this.#last;
  }

  /** Most at one time. */
  get worst(): { readonly missing: number; readonly ghosts: number } {
    return { missing: this.#mostMissing, ghosts: this.#mostGhosts };
  }

  /** Looks until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, run } = this.#options;
    const everyMs = Math.min(MAX_EVERY_MS, Math.max(MIN_EVERY_MS, run.plan.durationMs / LOOKS));
    try {
      for (let pauseMs = everyMs; !signal.aborted; ) {
        await sleep(clock.clock, pauseMs, signal);
        pauseMs = Math.max(everyMs, PAUSE_PER_ASKING * (await this.#look(signal)));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** How long the asking took, ms. */
  async #look(signal: AbortSignal): Promise<number> {
    const { clock, presence, emit, run } = this.#options;
    const startMs = clock.atMs;
    const before = presence.rolls();
    const [counts, seen] = await Promise.all([this.#askServers(signal), presence.peers(signal)]);
    const askingMs = clock.atMs - startMs;
    if (presence.lagMs > 0) await sleep(clock.clock, presence.lagMs, signal);
    const after = presence.rolls();
    const found: MeetingPresence[] = [];
    const onServer = new Map<string, MeetingPresence[]>();
    for (const [meeting, rollAfter] of after) {
      const rollBefore = before.get(meeting);
      if (!rollBefore) continue;
      const server = counts && (counts.get(meetingIdOf(run.runId, meeting)) ?? { users: 0, names: undefined });
      const counted = this.#confirmed(compareCounts(meeting, rollBefore, rollAfter, server, seen.get(meeting)));
      found.push(counted);
      const name = rollAfter.server ?? '';
      onServer.set(name, [...(onServer.get(name) ?? []), counted]);
    }
    const ghosts = sum(found, ({ ghosts: count }) => count);
    const missing = sum(found, ({ missing: count }) => count);
    this.#mostGhosts = Math.max(this.#mostGhosts, ghosts);
    this.#mostMissing = Math.max(this.#mostMissing, missing);
    this.#last = totalsOf(found, counts !== undefined);
    this.#record(onServer, counts !== undefined);
    const differing = found.filter((one) => one.ghosts + one.missing > 0).slice(0, MAX_MEETINGS);
    emit({ type: 'presence', atMs: clock.atMs, harness: sum(found, ({ harness }) => harness), ...this.#last, ghosts, missing, meetings: differing });
    return askingMs;
  }

  /** Counts of our meetings by id; undefined: they could not be had. */
  async #askServers(signal: AbortSignal): Promise<ReadonlyMap<string, Count> | undefined> {
    const { run, clock } = this.#options;
    const { host, logger, recorder } = run;
    if (!host.present) return undefined;
    const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not count its users within ${ASK_LIMIT_MS / 1000} s`);
    try {
      const listed = await within(clock.clock, ASK_LIMIT_MS, signal, tooSlow, (inner) => host.present!(run.runId, inner));
      return new Map(listed.map(({ meetingId, users, names }) => [meetingId, { users, names }]));
    } catch (error) {
      if (signal.aborted) throw error;
      recorder.record({ metric: 'errors', value: 1, atMs: clock.atMs, tags: { code: codeOf(error), phase: 'census' } });
      logger.log('warn', `cannot ask the target for its users: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Only what the look before said, too. */
  #confirmed(now: MeetingPresence): MeetingPresence {
    const then = this.#before.get(now.meeting);
    this.#before = new Map([...this.#before, [now.meeting, now]]);
    const { names, ...counts } = now;
    const ghosts = Math.min(now.ghosts, then?.ghosts ?? 0);
    const missing = Math.min(now.missing, then?.missing ?? 0);
    return { ...counts, ghosts, missing, ...(names === undefined || ghosts + missing === 0 ? {} : { names }) };
  }

  /** One value for each server that was ever seen, so that one without meetings does not keep its last. */
  #record(onServer: ReadonlyMap<string, readonly MeetingPresence[]>, serversCounted: boolean): void {
    for (const name of onServer.keys()) this.#servers.add(name);
    for (const name of this.#servers) {
      const meetings = onServer.get(name) ?? [];
      const totals = totalsOf(meetings, serversCounted);
      const gauge = (metric: MetricName, value: number): void => this.#options.run.recorder.record({ metric, value, atMs: this.#options.clock.atMs, ...(name === '' ? {} : { tags: { server: name } }) });
      if (serversCounted) gauge('users_present_server', totals.server ?? 0);
      if (totals.peers !== undefined || meetings.length === 0) gauge('users_present_peers', totals.peers ?? 0);
      gauge('ghosts', sum(meetings, ({ ghosts }) => ghosts));
      gauge('missing', sum(meetings, ({ missing }) => missing));
    }
  }
}

/** Meetings that nobody could look at count as the harness counts them; none at all could: no total. */
function totalsOf(meetings: readonly MeetingPresence[], serversCounted: boolean): Totals {
  return {
    ...(serversCounted ? { server: sum(meetings, ({ server }) => server ?? 0) } : {}),
    ...(meetings.some(({ peers }) => peers !== undefined) ? { peers: sum(meetings, ({ peers, harness }) => peers ?? harness) } : {}),
  };
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
