import type { Attendance, Plan } from '../schedule/plan.js';
import type { RunClock } from '../vu/run-clock.js';
import type { MeetingBook } from './meeting-book.js';
import type { UserPool } from './user-pool.js';

export interface ExecutorOptions {
  readonly plan: Plan;
  readonly clock: RunClock;
  readonly meetings: MeetingBook;
  readonly pool: UserPool;
  /** Nothing is begun any more. */
  readonly stop: AbortSignal;
}

/** Meetings are created so long before their first user. */
const MEETING_LEAD_MS = 15_000;
/** A browser takes seconds to start, a native user next to nothing; the cost must not count as the target's. */
const PREPARE_LEAD_MS = { browser: 8_000, native: 1_000 } as const;

interface Task {
  /** On the run's clock; before 0: before the run begins. */
  readonly atMs: number;
  readonly begin: () => Promise<void> | void;
}

export interface Ready {
  /** Why meetings that were needed at the start could not be created; as many as `meetings`: none could. */
  readonly failures: readonly unknown[];
  readonly meetings: number;
}

/**
 * Begins everything at its due time: meetings ahead of their first user, users prepared ahead of their due time, users at their
 * due time. Each list is in order of time, so one loop each waits for the next instant; none waits for what it began.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #meetings: readonly Task[];
  readonly #preparations: readonly Task[];

  constructor(options: ExecutorOptions) {
    this.#options = options;
    const { plan, meetings, pool } = options;
    this.#meetings = meetings.inOrder().map(({ index, opensMs }) => ({ atMs: opensMs - MEETING_LEAD_MS, begin: () => meetings.ready(index) }));
    this.#preparations = plan.attendances
      .map((attendance) => ({ atMs: attendance.dueMs - leadOf(attendance), begin: () => pool.prepare(attendance) }))
      .sort((a, b) => a.atMs - b.atMs);
  }

  /** Does what has to be done before the first instant, and resolves when it is done. */
  async makeReady(): Promise<Ready> {
    const before = (tasks: readonly Task[]): readonly Task[] => tasks.filter((task) => task.atMs <= 0);
    const meetings = before(this.#meetings);
    const [created] = await Promise.all([
      Promise.allSettled(meetings.map((task) => task.begin())),
      Promise.allSettled(before(this.#preparations).map((task) => task.begin())),
    ]);
    return { meetings: meetings.length, failures: created.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])) };
  }

  /** Resolves when the last user has been started, or at the stop. */
  async run(): Promise<void> {
    const { plan, pool } = this.#options;
    const after = (tasks: readonly Task[]): readonly Task[] => tasks.filter((task) => task.atMs > 0);
    await Promise.all([
      this.#follow(after(this.#meetings)),
      this.#follow(after(this.#preparations)),
      this.#follow(plan.attendances.map((attendance) => ({ atMs: attendance.dueMs, begin: () => pool.start(attendance) }))),
    ]);
  }

  async #follow(tasks: readonly Task[]): Promise<void> {
    const { clock, stop } = this.#options;
    for (const { atMs, begin } of tasks) {
      if (stop.aborted) return;
      if (clock.atMs < atMs) {
        try {
          await clock.sleepUntil(atMs, stop);
        } catch (error) {
          if (stop.aborted) return;
          throw error;
        }
      }
      // A meeting that cannot be created is in the events, and its users will say so.
      begin()?.catch(() => undefined);
    }
  }
}

function leadOf({ kind }: Attendance): number {
  return PREPARE_LEAD_MS[kind];
}
