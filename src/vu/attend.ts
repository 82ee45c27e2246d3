import { unlessAborted, within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import type { Received, UserOutcome } from '../metrics/events.js';
import type { Attendee } from './attendee.js';
import { markText } from './notice.js';
import { watchMedia, type Company } from './media-watch.js';
import type { NoticeBoard } from './notice-board.js';
import type { Interruption } from './interruption.js';
import type { RunClock } from './run-clock.js';
import { stepsOf, type AttendanceScript, type PlannedStep, type Step, type UserLimits } from './script.js';
import type { UserMeter } from './user-meter.js';

/** How an attendance ended; code, phase and message say why it was not as planned. */
export interface AttendanceEnd {
  readonly outcome: UserOutcome;
  readonly code?: string;
  readonly phase?: string;
  readonly message?: string;
  /** Path inside the run folder. */
  readonly screenshot?: string;
  /** What came to the user; absent: nothing. */
  readonly received?: Received;
  /** With `failed`: where the load balancer sent the user; absent: nowhere, as far as is known. */
  readonly server?: string;
}

/** Hears of what happens to one user. Synchronous and quick. */
export interface UserListener {
  started(latenessMs: number): void;
  joined(server: string): void;
  /** `screenshot`: path inside the run folder. */
  stepFailed(step: Step, code: string, message: string, screenshot?: string): void;
  /** Called once for every user that started, before its attendee is closed. */
  ended(end: AttendanceEnd): void;
}

/** What one walk needs. */
export interface Walk {
  readonly script: AttendanceScript;
  readonly attendee: Attendee;
  /** BBB's external meeting id. */
  readonly meetingId: string;
  /** Resolves when the meeting exists; rejects with why it does not. */
  readonly meetingReady: () => Promise<void>;
  readonly clock: RunClock;
  /** Undefined: nobody asks when others see what this user does. */
  readonly board: NoticeBoard | undefined;
  /** Undefined: nobody asks whether sound and pictures of others came. */
  readonly company: (() => Company) | undefined;
  readonly meter: UserMeter;
  readonly limits: UserLimits;
  readonly interruption: Interruption;
  /** The run's abort: what a leave after `stop` still obeys. */
  readonly abort: AbortSignal;
  readonly listener: UserListener;
}

const MAX_MESSAGE_LENGTH = 500;

/**
 * One user's walk: join → audio → webcam → stay with chat and hand → leave. Resolves, never rejects, with exactly one outcome:
 * failed (never got in), lost (was in, out before time), aborted (the run was stopped or aborted) or left.
 * A step that fails inside the meeting is counted and reported, not the end. The caller disposes of the attendee.
 */
export async function attend(walk: Walk): Promise<AttendanceEnd> {
  const failure = await enter(walk);
  if (failure) return failure;
  const { interruption, company } = walk;
  await Promise.all([stay(walk), company && watchMedia({ ...walk, company })]);
  if (interruption.cause?.by === 'lost') {
    const { code, message } = interruption.cause.reason;
    walk.meter.error(code, 'stay');
    return { outcome: 'lost', code, phase: 'stay', message: shortened(message), ...(await shown(walk)) };
  }
  // Asked before leaving: a stop while the user leaves as planned, or the server closing behind it, changes nothing.
  const cutShort = interruption.cause !== undefined;
  const gone = interruption.cause?.by === 'abort' ? undefined : await leave(walk);
  if (gone && !cutShort) return { outcome: 'lost', code: gone.code, phase: 'leave', message: shortened(gone.message) };
  return { outcome: cutShort ? 'aborted' : 'left' };
}

/** The end of an attendance that never got in. */
export function failed(meter: UserMeter, error: unknown, phase: string): AttendanceEnd {
  const code = codeOf(error);
  meter.error(code, phase);
  return { outcome: 'failed', code, phase, message: shortened(messageOf(error)) };
}

/** Resolves with undefined once the user can take part, or with how it ended. */
async function enter(walk: Walk): Promise<AttendanceEnd | undefined> {
  const { script, attendee, clock, meter, limits, interruption, listener } = walk;
  const progress = { phase: 'meeting' as 'meeting' | 'in' };
  const openPhase = (): string => (progress.phase === 'meeting' ? 'meeting' : meter.openPhase);
  void attendee.lost.then((reason) => interruption.lose(reason));
  try {
    const server = await within(clock.clock, limits.joinTimeoutMs, interruption.signal, () => notInTime(openPhase(), limits.joinTimeoutMs), async (signal) => {
      await walk.meetingReady();
      // Between two waits the time may have run out or the run have been stopped.
      signal.throwIfAborted();
      progress.phase = 'in';
      const onPhase = meter.phase.bind(meter);
      const joined = await attendee.join(onPhase, signal);
      signal.throwIfAborted();
      meter.server = joined.server;
      meter.phase('ready');
      if (script.audio !== 'none') {
        await attendee.connectAudio(script.audio, onPhase, signal);
        signal.throwIfAborted();
        meter.phase('audio');
      }
      return joined.server;
    });
    meter.joined();
    listener.joined(server);
    return undefined;
  } catch (error) {
    const by = interruption.cause?.by;
    if (by === 'stop' || by === 'abort') return { outcome: 'aborted', phase: openPhase() };
    const end = failed(meter, error, openPhase());
    // Before the meeting is there, the client has shown nothing.
    return progress.phase === 'meeting' ? end : { ...end, ...(await shown(walk)) };
  }
}

function notInTime(phase: string, limitMs: number): HarnessError {
  const after = `within ${limitMs / 1000} s`;
  if (phase === 'meeting') return new HarnessError('TARGET_TIMEOUT', `the meeting was not created ${after}`);
  if (phase === 'audio') return new HarnessError('AUDIO_FAILED', `audio did not connect ${after} of the start`);
  return new HarnessError('CLIENT_NOT_READY', `the client was not ready ${after} of the start; it was still in phase ${phase}`);
}

/** Resolves when it is time to leave or the user was interrupted. */
async function stay(walk: Walk): Promise<void> {
  const { script, clock, interruption } = walk;
  let messages = 0;
  try {
    for (const planned of stepsOf(script, clock.atMs)) {
      await clock.sleepUntil(planned.atMs, interruption.signal);
      const mark = markText({ seq: script.seq, wallMs: clock.wallMs - (clock.atMs - planned.atMs) });
      const takeBack = note(walk, planned, mark);
      const done = await take(walk, planned.step === 'action' ? planned.action.do : planned.step, interruption.signal, (signal) => {
        switch (planned.step) {
          case 'webcam':
            return walk.attendee.shareWebcam(signal);
          case 'chat':
            return walk.attendee.sendChat(`${script.name}: message ${++messages} ${mark}`, signal);
          case 'hand':
            return walk.attendee.raiseHand(signal);
          case 'action':
            return walk.attendee.act(planned.action, signal, mark);
          case 'reload':
            return walk.attendee.reload(signal);
          case 'network':
            return walk.attendee.loseNetwork(script.networkLoss?.forMs ?? 0, signal);
        }
      });
      // A message whose writer never saw it may have been lost on the way to all; what was not done at all cannot be seen.
      if (!done && planned.step !== 'chat') takeBack?.();
      // The clock may be past the time to leave after a slow step.
      if (clock.atMs >= script.leaveMs) return;
    }
    await clock.sleepUntil(script.leaveMs, interruption.signal);
  } catch (error) {
    if (interruption.cause === undefined) throw error;
  }
}

/** Notes what others are to be shown; undefined: nothing. Returns what takes it back. */
function note({ board, meetingId, script: { seq, name, kind } }: Walk, planned: PlannedStep, mark: string): (() => void) | undefined {
  const { atMs: dueMs } = planned;
  if (planned.step === 'chat') return board?.sent(meetingId, { kind: 'chat', key: mark, seq, dueMs });
  if (planned.step === 'hand') return board?.sent(meetingId, { kind: 'hand', key: name, seq, dueMs });
  if (planned.step !== 'action') return undefined;
  switch (planned.action.do) {
    case 'next-slide':
      return board?.sent(meetingId, { kind: 'slide', key: '', seq, dueMs });
    case 'start-poll':
      return board?.sent(meetingId, { kind: 'poll', key: '', seq, dueMs });
    case 'draw':
      // The client gives shapes names of its own; only native users choose theirs.
      return kind === 'native' ? board?.sent(meetingId, { kind: 'draw', key: mark, seq, dueMs }) : undefined;
    default:
      return undefined;
  }
}

/** Resolves with why there was no meeting left to leave: a user who finds that out at the end had lost it before. */
async function leave(walk: Walk): Promise<HarnessError | undefined> {
  let gone: HarnessError | undefined;
  await take(walk, 'leave', walk.abort, async (signal) => {
    try {
      await walk.attendee.leave(signal);
    } catch (error) {
      if (error instanceof HarnessError && error.code === 'CONNECTION_LOST') gone = error;
      throw error;
    }
  });
  return gone;
}

/** Takes a step within its limit; true if it succeeded. A failure becomes an error sample and a report; being interrupted is neither. */
async function take(walk: Walk, step: Step, parent: AbortSignal, action: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const { clock, meter, limits, listener } = walk;
  const limitMs = step === 'leave' ? limits.leaveTimeoutMs : limits.stepTimeoutMs;
  const startedMs = clock.atMs;
  try {
    await within(clock.clock, limitMs, parent, () => new HarnessError('STEP_FAILED', `step ${step} did not succeed within ${limitMs / 1000} s`), action);
    meter.step(step, clock.atMs - startedMs);
    return true;
  } catch (error) {
    if (parent.aborted) return false;
    const code = codeOf(error);
    meter.error(code, step);
    const { screenshot } = await shown(walk);
    listener.stepFailed(step, code, shortened(messageOf(error)), screenshot);
    return false;
  }
}

/** What the client showed when something went wrong: a step that failed or took too long, a loss. An abort does not wait for it. */
async function shown({ attendee, abort }: Walk): Promise<{ readonly screenshot?: string }> {
  if (attendee.evidence === undefined) return {};
  const screenshot = await unlessAborted(attendee.evidence(), abort).catch(() => undefined);
  return screenshot === undefined ? {} : { screenshot };
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
