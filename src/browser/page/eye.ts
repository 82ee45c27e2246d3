import { BLOCKS, delayOf, SLOT_CYCLE_MS, SLOT_MS, slotOf, STRIP_SHARE } from '../../vu/marks.js';

const LOOK_EVERY_MS = 1_000;
/** A picture without marks (a pupil's camera) is looked at so often only. */
const IDLE_LOOKS = 10;
const ATTEMPTS = 3;
/** The strip is drawn at so many pixels a block; the two in the middle count. */
const PIXELS = 4;

interface Looked {
  misses: number;
  skipped: number;
}

/**
 * Looks for time marks in the videos that a page shows: once a second one frame of each, of which only the strip is drawn.
 * `wallMs`: Unix time less what the marks of the meeting are behind it.
 */
export class Eye {
  readonly #wallMs: () => number;
  readonly #saw: (delayMs: number) => void;
  readonly #remote = new WeakSet<MediaStreamTrack>();
  readonly #looked = new WeakMap<HTMLVideoElement, Looked>();
  #context: CanvasRenderingContext2D | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(wallMs: () => number, saw: (delayMs: number) => void) {
    this.#wallMs = wallMs;
    this.#saw = saw;
  }

  /** Counts as received, wherever the page shows it. */
  watch(track: MediaStreamTrack): void {
    this.#remote.add(track);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    for (const video of document.querySelectorAll('video')) {
      const { srcObject } = video;
      if (!(srcObject instanceof MediaStream) || !srcObject.getVideoTracks().some((track) => this.#remote.has(track))) continue;
      const looked = this.#looked.get(video) ?? { misses: 0, skipped: 0 };
      this.#looked.set(video, looked);
      if (looked.misses >= ATTEMPTS && ++looked.skipped < IDLE_LOOKS) continue;
      looked.skipped = 0;
      video.requestVideoFrameCallback((_nowMs, { expectedDisplayTime }) => {
        const slot = slotOf(this.#levels(video));
        looked.misses = slot === undefined ? looked.misses + 1 : 0;
        if (slot !== undefined) this.#saw(delayOf(this.#wallMs() + expectedDisplayTime - performance.now(), slot * SLOT_MS, SLOT_CYCLE_MS));
      });
    }
  }

  #levels(video: HTMLVideoElement): readonly number[] {
    const width = BLOCKS * PIXELS;
    this.#context ??= Object.assign(document.createElement('canvas'), { width, height: PIXELS }).getContext('2d', { willReadFrequently: true, alpha: false }) ?? undefined;
    const context = this.#context;
    if (!context) return [];
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight * STRIP_SHARE, 0, 0, width, PIXELS);
    const { data } = context.getImageData(0, 0, width, PIXELS);
    return Array.from({ length: BLOCKS }, (_, block) => {
      let sum = 0;
      for (const y of [1, 2]) for (const x of [1, 2]) sum += data[(y * width + block * PIXELS + x) * 4 + 1]!;
      return sum / 4;
    });
  }
}
