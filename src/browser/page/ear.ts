import { delayOf, modulo, TONE_CYCLE_MS, TONE_EVERY_MS, tonesIn } from '../../vu/marks.js';

/** Two seconds are looked at once a second, so that no mark is cut in two. */
const RATE = 16_000;
const SAMPLES = 32_768;
const LOOK_EVERY_MS = 1_000;
/** The same mark in the next look, whose window overlaps. */
const SAME_MS = 500;

/**
 * Listens for tone marks in what a page receives. An analyser keeps the newest two seconds as they are played, behind the jitter
 * buffer; nothing runs per packet or frame. `wallMs`: Unix time less what the marks of the meeting are behind it.
 */
export class Ear {
  readonly #wallMs: () => number;
  readonly #heard: (delayMs: number) => void;
  readonly #samples = new Float32Array(SAMPLES);
  #context: AudioContext | undefined;

  constructor(wallMs: () => number, heard: (delayMs: number) => void) {
    this.#wallMs = wallMs;
    this.#heard = heard;
  }

  /** Until the track ends. */
  listen(track: MediaStreamTrack): void {
    const context = (this.#context ??= silentContext());
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(context, { fftSize: SAMPLES });
    source.connect(analyser);
    let lastMs = Number.NEGATIVE_INFINITY;
    const timer = setInterval(() => {
      if (track.readyState === 'ended') {
        clearInterval(timer);
        source.disconnect();
        return;
      }
      analyser.getFloatTimeDomainData(this.#samples);
      const endMs = this.#wallMs();
      for (const { tone, atMs } of tonesIn(this.#samples, RATE)) {
        const heardMs = endMs - (SAMPLES / RATE) * 1_000 + atMs;
        if (heardMs - lastMs < SAME_MS) continue;
        lastMs = heardMs;
        this.#heard(delayOf(modulo(heardMs, TONE_CYCLE_MS), tone * TONE_EVERY_MS, TONE_CYCLE_MS));
      }
    }, LOOK_EVERY_MS);
  }
}

/** Renders at the pace of playback, but to nowhere: the page plays the sound itself. */
function silentContext(): AudioContext {
  return new AudioContext({ sampleRate: RATE, sinkId: { type: 'none' } } as AudioContextOptions);
}
