import { sleep, type Clock } from '../../src/core/clock.js';
import { HarnessError, type ErrorCode } from '../../src/core/errors.js';
import type { JoinPhase } from '../../src/metrics/catalogue.js';
import type { Action, Attendee, AttendeeEvents, AttendeeFactory, AttendeeSpec, Joined, LostReason, PhaseListener } from '../../src/vu/attendee.js';

export type FakeStep = 'act' | 'create' | 'join' | 'audio' | 'webcam' | 'chat' | 'hand' | 'reload' | 'network' | 'leave' | 'dispose';

/** How a fake user behaves; what is left out goes well and takes no time. */
export interface FakeScript {
  readonly server?: string;
  /** Where the balancer sends it at once, also if the join then fails. */
  readonly sentTo?: string;
  /** Duration of a step in ms; `Infinity` never ends by itself. */
  readonly delayMs?: Readonly<Partial<Record<FakeStep, number>>>;
  /** Steps that fail with a code after their delay. */
  readonly fail?: Readonly<Partial<Record<FakeStep, ErrorCode>>>;
  /** What is kept when something went wrong, as the browser does. */
  readonly evidence?: { readonly screenshot: string };
  /** Phases reported during join, each at a share (0–1) of its delay. */
  readonly phases?: readonly (readonly [JoinPhase, number])[];
  /** Loses the meeting so long after the join. */
  readonly lostAfterJoinMs?: number;
  readonly lostCode?: LostReason['code'];
  /** Steps that go on although their signal has aborted. */
  readonly deaf?: boolean;
}

const PHASES: readonly (readonly [JoinPhase, number])[] = [
  ['api', 0],
  ['page', 0.5],
  ['ready', 1],
];

/** An Attendee that does what its script says, on the clock that it is given, and remembers what was asked of it. */
export class FakeAttendee implements Attendee {
  readonly spec: AttendeeSpec;
  readonly events: AttendeeEvents;
  readonly log: { readonly step: FakeStep; readonly atMs: number; readonly text?: string }[] = [];
  readonly lost: Promise<LostReason>;
  disposed = 0;
  /** How often it was to keep what it shows. */
  pictures = 0;
  readonly #clock: Clock;
  readonly #script: FakeScript;
  readonly #done = new AbortController();
  #lose!: (reason: LostReason) => void;

  constructor(spec: AttendeeSpec, events: AttendeeEvents, clock: Clock, script: FakeScript) {
    this.spec = spec;
    this.events = events;
    this.#clock = clock;
    this.#script = script;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  async join(onPhase: PhaseListener, signal: AbortSignal): Promise<Joined> {
    const { delayMs, lostAfterJoinMs, lostCode = 'CONNECTION_LOST', server = 'bbb01' } = this.#script;
    // A join that fails ends before the client is ready, unless the script says where.
    const phases = this.#script.phases ?? PHASES.slice(0, this.#script.fail?.join === undefined ? 3 : 2);
    const startMs = this.#clock.nowMs();
    this.#note('join');
    if (this.#script.sentTo !== undefined) this.events.sentTo?.(this.#script.sentTo);
    for (const [phase, share] of phases) {
      const atMs = share === 0 ? startMs : startMs + share * (delayMs?.join ?? 0);
      if (!Number.isFinite(atMs)) break;
      await this.#clock.sleepUntil(atMs, this.#script.deaf ? new AbortController().signal : signal);
      onPhase(phase);
    }
    await this.#finish('join', startMs, signal);
    if (lostAfterJoinMs !== undefined) {
      sleep(this.#clock, lostAfterJoinMs, this.#done.signal).then(
        () => this.#lose({ code: lostCode, message: 'lost as the script says' }),
        () => undefined,
      );
    }
    return { server };
  }

  async connectAudio(_choice: 'microphone' | 'listen-only', onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    await this.#step('audio', signal);
    onPhase('audio');
  }

  shareWebcam(signal: AbortSignal): Promise<void> {
    return this.#step('webcam', signal);
  }

  sendChat(text: string, signal: AbortSignal): Promise<void> {
    return this.#step('chat', signal, text);
  }

  raiseHand(signal: AbortSignal): Promise<void> {
    return this.#step('hand', signal);
  }

  act(action: Action, signal: AbortSignal): Promise<void> {
    return this.#step('act', signal, JSON.stringify(action));
  }

  reload(signal: AbortSignal): Promise<void> {
    return this.#step('reload', signal);
  }

  loseNetwork(_durationMs: number, signal: AbortSignal): Promise<void> {
    return this.#step('network', signal);
  }

  leave(signal: AbortSignal): Promise<void> {
    return this.#step('leave', signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed++;
    this.#done.abort(new HarnessError('STOPPED', 'disposed'));
    const startMs = this.#clock.nowMs();
    this.#note('dispose');
    await this.#finish('dispose', startMs, new AbortController().signal);
  }

  evidence(): Promise<string | undefined> {
    this.pictures++;
    return Promise.resolve(this.#script.evidence?.screenshot);
  }

  /** Steps in the order in which they were asked for. */
  steps(): readonly FakeStep[] {
    return this.log.map((entry) => entry.step);
  }

  lose(reason: LostReason): void {
    this.#lose(reason);
  }

  #step(step: FakeStep, signal: AbortSignal, text?: string): Promise<void> {
    const startMs = this.#clock.nowMs();
    this.#note(step, text);
    return this.#finish(step, startMs, signal);
  }

  async #finish(step: FakeStep, startMs: number, signal: AbortSignal): Promise<void> {
    await pause(this.#clock, startMs, this.#script.delayMs?.[step] ?? 0, this.#script.deaf ? new AbortController().signal : signal);
    const code = this.#script.fail?.[step];
    if (code) throw new HarnessError(code, `${step} fails as the script says`);
  }

  #note(step: FakeStep, text?: string): void {
    this.log.push(text === undefined ? { step, atMs: this.#clock.nowMs() } : { step, atMs: this.#clock.nowMs(), text });
  }
}

export class FakeAttendeeFactory implements AttendeeFactory {
  readonly kind: 'browser' | 'native';
  readonly created: FakeAttendee[] = [];
  readonly #clock: Clock;
  readonly #scriptFor: (spec: AttendeeSpec) => FakeScript;

  constructor(kind: 'browser' | 'native', clock: Clock, scriptFor: (spec: AttendeeSpec) => FakeScript = () => ({})) {
    this.kind = kind;
    this.#clock = clock;
    this.#scriptFor = scriptFor;
  }

  async create(spec: AttendeeSpec, events: AttendeeEvents, signal: AbortSignal): Promise<FakeAttendee> {
    const script = this.#scriptFor(spec);
    await pause(this.#clock, this.#clock.nowMs(), script.delayMs?.create ?? 0, script.deaf ? new AbortController().signal : signal);
    const code = script.fail?.create;
    if (code) throw new HarnessError(code, 'create fails as the script says');
    const attendee = new FakeAttendee(spec, events, this.#clock, script);
    this.created.push(attendee);
    return attendee;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is shared between its attendees.
  }
}

async function pause(clock: Clock, startMs: number, durationMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (durationMs === 0) return;
  if (Number.isFinite(durationMs)) return clock.sleepUntil(startMs + durationMs, signal);
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
}
