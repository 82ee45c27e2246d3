import { WAY_IN, WITNESS_METRICS, type JoinPhase, type MetricName, type Recorder, type Sample, type Tags } from '../metrics/catalogue.js';
import type { Received, UserOutcome } from '../metrics/events.js';
import type { Reception } from './attendee.js';
import type { RunClock } from './run-clock.js';
import type { AttendanceScript } from './script.js';
import { VoiceQuality } from './voice-quality.js';

const COMPARED: ReadonlySet<MetricName> = new Set(WITNESS_METRICS);

/** Turns what one user experiences into samples with the right tags. Times count from the due time and from the actual start. */
export class UserMeter {
  readonly #script: AttendanceScript;
  readonly #clock: RunClock;
  readonly #recorder: Recorder;
  readonly #reached = new Map<JoinPhase, number>();
  #startedMs: number | undefined;
  /** Known once the user is sent there; phases before wait for it. */
  #server: string | undefined;
  #settled = false;
  #over = false;
  #audioBytes = 0;
  #videoBytes = 0;
  #videoFrames = 0;
  /** When something of it came first and last, on the run's clock; undefined: nothing did. */
  readonly #came: Partial<Record<'audio' | 'video', { readonly firstMs: number; readonly lastMs: number }>> = {};
  readonly #voice: VoiceQuality;
  /** Users of the other kind are planned into the same meeting. */
  readonly #witnessed: boolean;

  constructor(script: AttendanceScript, clock: RunClock, recorder: Recorder, witnessed = false) {
    this.#script = script;
    this.#clock = clock;
    this.#recorder = recorder;
    this.#witnessed = witnessed;
    this.#voice = new VoiceQuality(script.kind);
  }

  /** Returns the lateness: actual start − due time, in ms. */
  started(): number {
    const startedMs = this.#clock.atMs;
    const latenessMs = Math.max(0, startedMs - this.#script.dueMs);
    this.#startedMs = startedMs;
    this.#record('users_started', 1);
    this.#record('lateness', latenessMs);
    return latenessMs;
  }

  /** A phase has ended; a second time (audio connected again) is not the join any more, nor is what comes after the user's end. */
  phase(phase: JoinPhase): void {
    if (this.#over || this.#reached.has(phase)) return;
    this.#reached.set(phase, this.#clock.atMs);
    if (this.#settled) this.#recordPhase(phase);
  }

  /** First phase on the way in that has not ended. */
  get openPhase(): JoinPhase {
    const wayIn = WAY_IN[this.#script.kind];
    const last = Math.max(...wayIn.map((phase, index) => (this.#reached.has(phase) ? index : -1)));
    return wayIn[last + 1] ?? 'audio';
  }

  /** The load balancer's choice; tags everything from now on. Undefined: not known yet, or never. */
  get server(): string | undefined {
    return this.#server;
  }

  set server(server: string) {
    this.#server = server;
  }

  joined(): void {
    const nowMs = this.#clock.atMs;
    this.#record('join_time', Math.max(0, nowMs - this.#script.dueMs));
    this.#record('join_service_time', nowMs - (this.#startedMs ?? nowMs));
    this.#record('join_failed', 0);
    this.#record('users_joined', 1);
    this.#settle();
  }

  /** Returns what came to the user; undefined: nothing did. */
  ended(outcome: UserOutcome): Received | undefined {
    if (outcome === 'failed') this.#record('join_failed', 1);
    this.#record(`users_${outcome}`, 1);
    this.#settle();
    this.#over = true;
    return this.#received();
  }

  /** The user has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** By now the first of it should have come (vu/media-watch.ts). */
  awaited(kind: 'audio' | 'video'): void {
    if (this.#over) return;
    if (kind === 'audio') this.#record('audio_absent', this.#reached.has('first_audio') ? 0 : 1);
    else this.#record('video_absent', this.#reached.has('first_video') ? 0 : 1);
  }

  /** Since then some of it should have come again, after the first that did. Who never had any is not asked: that is said already. */
  awaitedSince(kind: 'audio' | 'video', sinceMs: number): void {
    if (this.#over) return;
    const phaseMs = this.#reached.get(kind === 'audio' ? 'first_audio' : 'first_video');
    const { firstMs, lastMs } = this.#came[kind] ?? {};
    const beganMs = Math.min(phaseMs ?? Number.POSITIVE_INFINITY, firstMs ?? Number.POSITIVE_INFINITY);
    if (beganMs > sinceMs) return;
    this.#record(kind === 'audio' ? 'audio_interrupted' : 'video_interrupted', lastMs !== undefined && lastMs > sinceMs ? 0 : 1);
  }

  step(step: string, durationMs: number): void {
    this.#record('step_time', durationMs, { step });
  }

  error(code: string, phase: string): void {
    this.#record('errors', 1, { code, phase });
  }

  /** What the attendee measured itself. */
  sample(sample: Omit<Sample, 'atMs'>): void {
    this.#record(sample.metric, sample.value, sample.tags);
    const opinion = this.#voice.take(sample.metric, sample.value);
    if (opinion !== undefined) this.#record('mos', opinion);
  }

  /** Media came: of this one user, added up. */
  received({ kind, bytes, frames }: Reception): void {
    // Bytes of which no picture became are nothing to see.
    if ((kind === 'audio' ? bytes : frames) > 0) this.#came[kind] = { firstMs: this.#came[kind]?.firstMs ?? this.#clock.atMs, lastMs: this.#clock.atMs };
    if (kind === 'audio') this.#audioBytes += bytes;
    else {
      this.#videoBytes += bytes;
      this.#videoFrames += frames;
    }
  }

  #received(): Received | undefined {
    const figures = { firstAudioMs: this.#sinceDue('first_audio'), audioBytes: this.#audioBytes || undefined, firstVideoMs: this.#sinceDue('first_video'), videoBytes: this.#videoBytes || undefined, videoFrames: this.#videoFrames || undefined };
    const came = Object.entries(figures).filter(([, figure]) => figure !== undefined);
    return came.length === 0 ? undefined : (Object.fromEntries(came) as Received);
  }

  /** Undefined: it has not ended. */
  #sinceDue(phase: JoinPhase): number | undefined {
    const atMs = this.#reached.get(phase);
    return atMs === undefined ? undefined : Math.max(0, atMs - this.#script.dueMs);
  }

  /** Phases wait until the server is known or will never be. */
  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const phase of this.#reached.keys()) this.#recordPhase(phase);
  }

  #recordPhase(phase: JoinPhase): void {
    const atMs = this.#reached.get(phase) ?? this.#clock.atMs;
    this.#record('join_phase_time', Math.max(0, atMs - this.#script.dueMs), { phase });
    if (this.#startedMs !== undefined) this.#record('join_phase_service_time', Math.max(0, atMs - this.#startedMs), { phase });
  }

  #record(metric: MetricName, value: number, more?: Tags): void {
    const { role, kind } = this.#script;
    const tags: Tags = {
      ...more,
      role,
      kind,
      ...(this.#server === undefined ? {} : { server: this.#server }),
      ...(this.#witnessed && COMPARED.has(metric) ? { witnessed: 'yes' } : {}),
    };
    this.#recorder.record({ metric, value, atMs: this.#clock.atMs, tags });
  }
}
