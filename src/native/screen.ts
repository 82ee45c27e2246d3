import { HarnessError } from '../core/errors.js';
import type { MediaSample } from './media-samples.js';
import type { Measured } from './media/media-pool.js';
import { nameOf, type SfuLink } from './sfu-link.js';
import { VideoLegs } from './video-legs.js';

export interface ScreenParts {
  readonly link: () => SfuLink;
  readonly sample: (sample: MediaSample) => void;
  /** A leg broke, with the SFU's code. */
  readonly broke: (code: number) => void;
  readonly measured: (row: Measured, seconds: number) => void;
  readonly nowMs: () => number;
}

/** There is one screen in a meeting at most. */
const SCREEN = 'screen';
/** settings.yml of BBB 3.0, kurento.screenshare: 1500 kbit/s. */
const PROFILE = { asset: 'screen', bitrateKbps: 1_500 } as const;

/** The shared screen, ours or another's, over a socket of its own (bbb-protocol §4.4). */
export class Screen {
  readonly #parts: ScreenParts;
  #legs: VideoLegs | undefined;
  #settled: { readonly resolve: () => void; readonly reject: (error: HarnessError) => void } | undefined;
  /** Since when a screen is there to be seen. */
  #sinceMs: number | undefined;

  constructor(parts: ScreenParts) {
    this.#parts = parts;
  }

  /** Resolves when the SFU takes our screen. Rejects with STEP_FAILED in its words. There is no mutation: the SFU tells the meeting. */
  share(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settled = { resolve, reject };
      this.#open().publish(SCREEN, PROFILE);
    });
  }

  stop(): void {
    this.#legs?.unpublish();
  }

  /** Whether another's screen is there to be viewed. */
  view(shared: boolean): void {
    if (!shared && !this.#legs) return;
    this.#sinceMs = shared ? (this.#sinceMs ?? this.#parts.nowMs()) : undefined;
    this.#open().view(shared ? new Set([SCREEN]) : new Set());
  }

  cut(): void {
    this.#legs?.cut();
  }

  close(): void {
    this.#legs?.close();
    this.#legs = undefined;
    this.#sinceMs = undefined;
  }

  #open(): VideoLegs {
    const { link, sample, broke, measured, nowMs } = this.#parts;
    this.#legs ??= new VideoLegs(link(), 'screenshare', {
      published: () => this.#settled?.resolve(),
      publishFailed: (code) => {
        broke(code);
        this.#settled?.reject(new HarnessError('STEP_FAILED', `the screen was not shared: ${nameOf(code)} (${code})`));
      },
      interrupted: broke,
      first: () => {
        if (this.#sinceMs !== undefined) sample({ metric: 'screen_start', value: nowMs() - this.#sinceMs });
      },
      measured,
    });
    return this.#legs;
  }
}
