import { BLOCKS, delayOf, SLOT_CYCLE_MS, SLOT_MS, slotOf, STRIP_SHARE } from '../../vu/marks.js';

const LOOK_EVERY_MS = 1_000;
/** Looks in a row at first; then one of so many, for the sake of the processor: each has a frame drawn and copied for it. */
const FIRST_LOOKS = 20;
const LATER_EVERY = 4;
/** A picture without marks (a pupil's camera) is looked at so often only. */
const IDLE_LOOKS = 10;
const ATTEMPTS = 3;

interface Looked {
  misses: number;
  skipped: number;
}

/**
 * Looks for time marks in the videos that a page shows: two rows of one frame of each, once a second at first, then every few seconds.
 * `wallMs`: Unix time less what the marks of the meeting are behind it.
 */
export class Eye {
  readonly #wallMs: () => number;
  readonly #saw: (delayMs: number) => void;
  readonly #remote = new WeakSet<MediaStreamTrack>();
  readonly #looked = new WeakMap<HTMLVideoElement, Looked>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looks = 0;

  constructor(wallMs: () => number, saw: (delayMs: number) => void) {
    this.#wallMs = wallMs;
    this.#saw = saw;
  }

  /** Counts as received, wherever the page shows it. */
  watch(track: MediaStreamTrack): void {
    this.#remote.add(track);
    this.#looks = 0;
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    const look = this.#looks++;
    if (look >= FIRST_LOOKS && look % LATER_EVERY !== 0) return;
    for (const video of document.querySelectorAll('video')) {
      const { srcObject } = video;
      if (!(srcObject instanceof MediaStream) || !srcObject.getVideoTracks().some((track) => this.#remote.has(track))) continue;
      const looked = this.#looked.get(video) ?? { misses: 0, skipped: 0 };
      this.#looked.set(video, looked);
      if (looked.misses >= ATTEMPTS && ++looked.skipped < IDLE_LOOKS) continue;
      looked.skipped = 0;
      video.requestVideoFrameCallback((_nowMs, { expectedDisplayTime }) => {
        const shownMs = this.#wallMs() + expectedDisplayTime - performance.now();
        // The video may be gone by then.
        void this.#read(video, looked, shownMs).catch(() => undefined);
      });
    }
  }

  async #read(video: HTMLVideoElement, looked: Looked, shownMs: number): Promise<void> {
    const frame = new VideoFrame(video);
    try {
      const slot = slotOf(await levelsOf(frame));
      looked.misses = slot === undefined ? looked.misses + 1 : 0;
      if (slot !== undefined) this.#saw(delayOf(shownMs, slot * SLOT_MS, SLOT_CYCLE_MS));
    } finally {
      frame.close();
    }
  }
}

/** Brightness of the blocks of the strip: two rows of pixels from its middle, as they were decoded; nothing is drawn. */
async function levelsOf(frame: VideoFrame): Promise<readonly number[]> {
  const { visibleRect, format } = frame;
  if (!visibleRect || format === null) return [];
  const { x, y, width, height } = visibleRect;
  // Colour has half the resolution, so a part of a frame begins and ends at even numbers.
  const even = (value: number): number => value - (value % 2);
  const rect = { x: even(x), y: even(Math.round(y + (height * STRIP_SHARE) / 2)), width: even(width), height: 2 };
  const pixels = new Uint8Array(frame.allocationSize({ rect }));
  const [plane] = await frame.copyTo(pixels, { rect });
  // Luma comes first in YUV; four bytes a pixel else, of which the second is green.
  const [step, first] = /^(I4|NV12)/.test(format) ? [1, 0] : [4, 1];
  return Array.from({ length: BLOCKS }, (_, block) => {
    const from = Math.ceil(((block + 0.25) * rect.width) / BLOCKS);
    const to = Math.max(from + 1, Math.floor(((block + 0.75) * rect.width) / BLOCKS));
    let sum = 0;
    for (let row = 0; row < 2; row++) for (let at = from; at < to; at++) sum += pixels[plane!.offset + row * plane!.stride + at * step + first]!;
    return sum / (2 * (to - from));
  });
}
