import type { MetricName } from '../metrics/catalogue.js';
import { meanOpinion } from '../metrics/mos.js';

/** What one user says of its sound, put together into an opinion score for each interval that has all of it. */
export class VoiceQuality {
  #mediaRttMs: number | undefined;
  #requestRttMs: number | undefined;
  #jitterMs = 0;
  readonly #lossMetric: MetricName;

  /** Browsers know what they had to conceal, native users only what did not come. */
  constructor(kind: 'browser' | 'native') {
    this.#lossMetric = kind === 'browser' ? 'audio_concealed' : 'audio_loss';
  }

  /** Takes a sample; the opinion score when an interval is complete. Without any round-trip time there is none: nothing is made up. */
  take(metric: MetricName, value: number): number | undefined {
    if (metric === 'rtt') this.#mediaRttMs = value;
    else if (metric === 'network_rtt') this.#requestRttMs = value;
    else if (metric === 'audio_jitter') this.#jitterMs = value;
    if (metric !== this.#lossMetric) return undefined;
    // Who only listens sends nothing that is reported on: the request that every client makes stands in for it.
    const rttMs = this.#mediaRttMs ?? this.#requestRttMs;
    return rttMs === undefined ? undefined : meanOpinion({ rttMs, jitterMs: this.#jitterMs, lossRatio: value });
  }
}
