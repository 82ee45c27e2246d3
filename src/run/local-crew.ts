import type { SeriesSet } from '../metrics/series-set.js';
import type { Attendance, Plan } from '../schedule/plan.js';
import { NoticeBoard } from '../vu/notice-board.js';
import type { UserLimits } from '../vu/script.js';
import type { Crew, CrewContext } from './crew.js';
import { ownLosses } from './own-failure.js';
import { LocalPresence, type Presence } from './presence.js';
import { Roll } from './roll.js';
import type { RunCounts } from './run-result.js';
import { beginEarly, follow, isLater, type Gate, type Task } from './schedule-follower.js';
import { UserPool, type PoolRun } from './user-pool.js';

/** A browser takes seconds to start, a native user next to nothing; the cost must not count as the target's. */
const PREPARE_LEAD_MS = { browser: 8_000, native: 1_000 } as const;

const OPEN_TIMEOUT_MS = 60_000;
const STEP_TIMEOUT_MS = 30_000;
const LEAVE_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 15_000;

export interface LocalCrewOptions extends CrewContext {
  readonly run: PoolRun;
  /** For the starts of users; undefined: always open. */
  readonly gate?: Gate | undefined;
}

/** The users of this process: prepared ahead of their due time, started at it. */
export class LocalCrew implements Crew {
  readonly #options: LocalCrewOptions;
  readonly #pool: UserPool;
  readonly #preparations: readonly Task[];
  readonly #roll = new Roll();
  readonly #board: NoticeBoard;
  readonly presence: Presence;

  constructor(options: LocalCrewOptions) {
    this.#options = options;
    this.presence = new LocalPresence(this.#roll, options.clock);
    this.#board = new NoticeBoard(options.clock);
    this.#pool = new UserPool({ ...options, board: this.#board, roll: this.#roll, limits: limitsOf(options.run.plan) });
    this.#preparations = options.run.plan.attendances
      .map((attendance) => ({ atMs: attendance.dueMs - leadOf(attendance), begin: () => this.#pool.prepare(attendance) }))
      .sort((a, b) => a.atMs - b.atMs);
  }

  async prepare(): Promise<void> {
    await beginEarly(this.#preparations);
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  async run(): Promise<void> {
    const { run, clock, stop, gate } = this.#options;
    const starts = run.plan.attendances.map((attendance) => ({ atMs: attendance.dueMs, begin: () => this.#pool.start(attendance) }));
    await Promise.all([follow(this.#preparations.filter(isLater), clock, stop), follow(starts, clock, stop, gate)]);
  }

  async settled(): Promise<void> {
    await this.#pool.settled();
    this.#board.settle();
  }

  get counts(): RunCounts {
    return this.#pool.counts;
  }

  get present(): number {
    return this.#pool.present;
  }

  get unprepared(): number {
    return this.#pool.unprepared;
  }

  get cutShort(): number {
    return this.#pool.counts.aborted;
  }

  get shortcomings(): readonly string[] {
    return ownLosses(this.#pool.ownLosses);
  }

  get cumulative(): SeriesSet {
    return this.#options.run.recorder.cumulative;
  }
}

function leadOf({ kind }: Attendance): number {
  return PREPARE_LEAD_MS[kind];
}

function limitsOf({ limits: { joinTimeoutMs } }: Plan): UserLimits {
  return {
    joinTimeoutMs,
    openTimeoutMs: Math.max(OPEN_TIMEOUT_MS, joinTimeoutMs),
    stepTimeoutMs: STEP_TIMEOUT_MS,
    leaveTimeoutMs: LEAVE_TIMEOUT_MS,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
  };
}
