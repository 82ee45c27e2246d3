import { delayOf, modulo, TONE_CYCLE_MS, TONE_EVERY_MS, tonesIn } from '../../vu/marks.js';

/** Two seconds are looked at once a second, so that no mark is cut in two. */
const RATE = 16_000;
const SAMPLES = 32_768;
const LOOK_EVERY_MS = 1_000;
/** The same mark in the next look, whose window overlaps. */
const SAME_MS = 500;
/** Looks in a row at first; then it sleeps, for the sake of the processor, and wakes for some looks in each turn. */
const FIRST_LOOKS = 20;
const TURN_LOOKS = 24;
const AWAKE_LOOKS = 8;
/** Until the window is full of what came since it woke. */
const FILL_LOOKS = 3;

interface Heard {
  readonly analyser: AnalyserNode;
  source: MediaStreamAudioSourceNode | undefined;
  lastMs: number;
}

/**
 * Listens for tone marks in what a page receives. An analyser keeps the newest two seconds as they are played, behind the jitter
 * buffer; nothing runs per packet or frame. `wallMs`: Unix time less what the marks of the meeting are behind it.
 */
export class Ear {
  readonly #wallMs: () => number;
  readonly #heard: (delayMs: number) => void;
  readonly #samples = new Float32Array(SAMPLES);
  readonly #tracks = new Map<MediaStreamTrack, Heard>();
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looks = 0;

  constructor(wallMs: () => number, heard: (delayMs: number) => void) {
    this.#wallMs = wallMs;
    this.#heard = heard;
  }

  /** Until the track ends. */
  listen(track: MediaStreamTrack): void {
    this.#context ??= silentContext();
    this.#tracks.set(track, { analyser: new AnalyserNode(this.#context, { fftSize: SAMPLES }), source: undefined, lastMs: Number.NEGATIVE_INFINITY });
    this.#looks = 0;
    void this.#wake(this.#context);
    this.#timer ??= setInterval(() => this.#look(this.#context!), LOOK_EVERY_MS);
  }

  #look(context: AudioContext): void {
    for (const [track, { source }] of this.#tracks) {
      if (track.readyState === 'live') continue;
      source?.disconnect();
      this.#tracks.delete(track);
    }
    const look = this.#looks++;
    const turn = look < FIRST_LOOKS ? FILL_LOOKS : (look - FIRST_LOOKS) % TURN_LOOKS;
    if (turn === 0) void this.#wake(context);
    else if (turn === AWAKE_LOOKS) this.#sleep(context);
    if (turn >= FILL_LOOKS && turn < AWAKE_LOOKS) for (const heard of this.#tracks.values()) if (heard.source) this.#search(heard);
  }

  /** A source is connected once the context runs, and anew each time: what comes before would wait in it, and delay all that follows. */
  async #wake(context: AudioContext): Promise<void> {
    await context.resume();
    for (const [track, heard] of this.#tracks) {
      if (heard.source) continue;
      heard.source = context.createMediaStreamSource(new MediaStream([track]));
      heard.source.connect(heard.analyser);
    }
  }

  #sleep(context: AudioContext): void {
    for (const heard of this.#tracks.values()) {
      heard.source?.disconnect();
      heard.source = undefined;
    }
    void context.suspend();
  }

  #search(heard: Heard): void {
    heard.analyser.getFloatTimeDomainData(this.#samples);
    const startMs = this.#wallMs() - (SAMPLES / RATE) * 1_000;
    for (const { tone, atMs } of tonesIn(this.#samples, RATE)) {
      const heardMs = startMs + atMs;
      if (heardMs - heard.lastMs < SAME_MS) continue;
      heard.lastMs = heardMs;
      this.#heard(delayOf(modulo(heardMs, TONE_CYCLE_MS), tone * TONE_EVERY_MS, TONE_CYCLE_MS));
    }
  }
}

/** Renders at the pace of playback, but to nowhere: the page plays the sound itself. */
function silentContext(): AudioContext {
  return new AudioContext({ sampleRate: RATE, sinkId: { type: 'none' } } as AudioContextOptions);
}
