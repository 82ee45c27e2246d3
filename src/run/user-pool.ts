import { HarnessError } from '../core/errors.js';
import type { RunEvent } from '../metrics/events.js';
import type { Attendance, Plan, UserKind } from '../schedule/plan.js';
import type { AttendeeFactory } from '../vu/attendee.js';
import type { NoticeBoard } from '../vu/notice-board.js';
import type { RunClock } from '../vu/run-clock.js';
import type { UserLimits } from '../vu/script.js';
import { VirtualUser } from '../vu/virtual-user.js';
import { Companies } from './companies.js';
import { isOwnFailure, isOwnLoss } from './own-failure.js';
import type { Meetings } from './ports.js';
import type { Roll } from './roll.js';
import type { RunOptions } from './run-context.js';
import type { RunCounts } from './run-result.js';

export interface PoolRun extends Pick<RunOptions, 'plan' | 'factories' | 'recorder'> {
  /** Attendances of the whole run; default: the plan is whole. */
  readonly everybody?: readonly Attendance[];
}

export interface UserPoolOptions {
  readonly run: PoolRun;
  readonly clock: RunClock;
  readonly meetings: Meetings;
  readonly limits: UserLimits;
  readonly board: NoticeBoard;
  readonly roll: Roll;
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
}

/** The users of a run from being prepared to their one end. Keeps the books: who was due is started, dropped or not started. */
export class UserPool {
  readonly #options: UserPoolOptions;
  /** Prepared, not yet due. */
  readonly #prepared = new Map<number, VirtualUser>();
  /** Resolves when all are at an end; entries leave as they settle. */
  readonly #walking = new Set<Promise<void>>();
  /** Started users of each part. */
  readonly #active = new Map<number, number>();
  /** Users in a meeting. */
  readonly #in = new Set<number>();
  readonly #companies: Companies;
  readonly #ends = { left: 0, failed: 0, lost: 0, aborted: 0 };
  #started = 0;
  #dropped = 0;
  #joined = 0;
  #peak = 0;
  #unprepared = 0;
  #ownLosses = 0;

  constructor(options: UserPoolOptions) {
    this.#options = options;
    this.#companies = new Companies(options.run.everybody ?? options.run.plan.attendances);
  }

  get counts(): RunCounts {
    const planned = this.#options.run.plan.attendances.length;
    const [started, dropped] = [this.#started, this.#dropped];
    return { planned, started, dropped, notStarted: planned - started - dropped, joined: this.#joined, ...this.#ends, peakConcurrent: this.#peak };
  }

  /** Users in meetings now. */
  get present(): number {
    return this.#in.size;
  }

  /** Users that failed because this machine could not prepare them. */
  get unprepared(): number {
    return this.#unprepared;
  }

  /** Users that were lost with their browsers. */
  get ownLosses(): number {
    return this.#ownLosses;
  }

  /** Prepares a user that will be due soon; resolves when it is ready or has failed to be. */
  async prepare(attendance: Attendance): Promise<void> {
    if (this.#prepared.has(attendance.seq) || this.#isFull(attendance)) return;
    const user = this.#create(attendance);
    this.#prepared.set(attendance.seq, user);
    await user.open();
  }

  /** The user is due: it starts now, or is dropped because its part has its maximum of users. Never waits. */
  start(attendance: Attendance): void {
    const { clock, emit, run, meetings } = this.#options;
    const { seq, role, kind, part, meeting } = attendance;
    run.recorder.record({ metric: 'users_due', value: 1, atMs: clock.atMs, tags: { role, kind } });
    const prepared = this.#prepared.get(seq);
    this.#prepared.delete(seq);
    if (this.#isFull(attendance)) {
      this.#dropped++;
      run.recorder.record({ metric: 'users_dropped', value: 1, atMs: clock.atMs, tags: { role, kind } });
      emit({ type: 'user-dropped', atMs: clock.atMs, seq });
      if (prepared) this.#track(prepared.discard());
      meetings.release(meeting);
      return;
    }
    this.#active.set(part, this.#activeIn(part) + 1);
    this.#track(this.#walk(prepared ?? this.#create(attendance), attendance));
  }

  /** Gives back what was prepared for users that will not start, and resolves when every user has ended. */
  async settled(): Promise<void> {
    for (const user of this.#prepared.values()) this.#track(user.discard());
    this.#prepared.clear();
    while (this.#walking.size > 0) await Promise.all(this.#walking);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#walking.delete(tracked));
    this.#walking.add(tracked);
  }

  async #walk(user: VirtualUser, { part, meeting }: Attendance): Promise<void> {
    try {
      await user.attend();
    } finally {
      this.#active.set(part, this.#activeIn(part) - 1);
      this.#options.meetings.release(meeting);
    }
  }

  #create(attendance: Attendance): VirtualUser {
    const { run, clock, meetings, limits, board, roll, emit, stop, abort } = this.#options;
    const { seq, meeting } = attendance;
    const user: VirtualUser = new VirtualUser({
      script: attendance,
      meetingId: meetings.idOf(meeting),
      meetingReady: () => meetings.ready(meeting),
      factory: factoryFor(run.factories, attendance.kind),
      clock,
      recorder: run.recorder,
      board,
      witnessed: this.#companies.isMixed(meeting),
      company: () => this.#companies.of(attendance),
      limits,
      stop,
      abort,
      listener: {
        started: (latenessMs) => {
          this.#started++;
          roll.starting(attendance, clock.atMs);
          emit({ type: 'user-started', atMs: clock.atMs, seq, latenessMs });
        },
        joined: (server) => {
          this.#joined++;
          this.#in.add(seq);
          roll.in(attendance, clock.atMs, user, server);
          this.#countPresent();
          emit({ type: 'user-joined', atMs: clock.atMs, seq, server });
        },
        stepFailed: (step, code, message, screenshot) => emit({ type: 'step-failed', atMs: clock.atMs, seq, step, code, message, ...(screenshot === undefined ? {} : { screenshot }) }),
        ended: (end) => {
          this.#ends[end.outcome]++;
          roll.out(attendance, clock.atMs, end.outcome === 'left');
          if (isOwnFailure(end)) this.#unprepared++;
          if (isOwnLoss(end)) this.#ownLosses++;
          if (this.#in.delete(seq)) this.#countPresent();
          emit({ type: 'user-ended', atMs: clock.atMs, seq, ...end });
        },
      },
    });
    return user;
  }

  #countPresent(): void {
    this.#peak = Math.max(this.#peak, this.#in.size);
    this.#options.run.recorder.record({ metric: 'users_present', value: this.#in.size, atMs: this.#options.clock.atMs });
  }

  #activeIn(part: number): number {
    return this.#active.get(part) ?? 0;
  }

  /** Only open load has a maximum: the others are their own. What the plan drops is dropped, also where somebody failed early and left a place. */
  #isFull({ part, dropped }: Attendance): boolean {
    if (dropped) return true;
    const load = this.#options.run.plan.parts[part];
    return load?.executor === 'ramping-arrival-rate' && this.#activeIn(part) >= load.maxUsers;
  }
}

function factoryFor(factories: RunOptions['factories'], kind: UserKind): AttendeeFactory {
  const factory = factories[kind];
  if (!factory) throw new HarnessError('USAGE', `the plan has ${kind} users, and this run has no way to make them`);
  return factory;
}

/** Throws USAGE if the plan has a kind of users that the run cannot make. */
export function requireFactories(plan: Plan, factories: RunOptions['factories']): void {
  for (const kind of new Set(plan.attendances.map((attendance) => attendance.kind))) factoryFor(factories, kind);
}
