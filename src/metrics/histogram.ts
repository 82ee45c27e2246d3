import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, initWebAssemblySync, JsHistogram, type Histogram as HdrHistogram } from 'hdr-histogram-js';
import { HarnessError } from '../core/errors.js';
import type { Unit } from './catalogue.js';

/** Integer steps per unit: times in whole µs, ratios in millionths. What is finer is rounded. */
const STEPS_PER_UNIT: Readonly<Record<Unit, number>> = { ms: 1_000, ratio: 1_000_000, fps: 1_000, 'kbit/s': 1_000, px: 1, count: 1, cores: 1_000, MB: 1, bytes: 1, mos: 1_000 };

/** Largest value in steps: 12 days of µs, 1 Tbit/s. Larger ones are refused, so that one wild value cannot cost memory. */
export const MAX_STEPS = 2 ** 40;

/** Error of a percentile below 0.1 %. The same everywhere, or histograms could not be merged. */
export const SIGNIFICANT_DIGITS = 3;

/** A compressed histogram of this configuration is some kB; more is not ours. */
const MAX_ENCODED_LENGTH = 1_000_000;

/** wasm: quick to record into, but outside the collector's reach: `destroy` it. js: collected, for reading and merging. */
export type HistogramEngine = 'wasm' | 'js';

let quickest: HistogramEngine | undefined;

/** The engine to record with: WASM where it loads, decided once. */
export function quickestEngine(): HistogramEngine {
  if (quickest === undefined) {
    try {
      initWebAssemblySync();
      quickest = 'wasm';
    } catch {
      quickest = 'js';
    }
  }
  return quickest;
}

/** A value and how often it occurs. */
export interface Valued {
  readonly value: number;
  readonly count: number;
}

/**
 * Distribution of values of one unit; the only door to hdr-histogram-js. Values are kept as whole steps of the unit in one
 * fixed configuration, so that any two histograms of a unit can be added. Counts are 32-bit.
 */
export class Histogram {
  readonly #hdr: HdrHistogram;
  readonly #steps: number;
  readonly engine: HistogramEngine;

  private constructor(hdr: HdrHistogram, unit: Unit, engine: HistogramEngine) {
    this.#hdr = hdr;
    this.#steps = STEPS_PER_UNIT[unit];
    this.engine = engine;
  }

  static create(unit: Unit, engine: HistogramEngine = 'js'): Histogram {
    const usable = engine === 'wasm' ? quickestEngine() : 'js';
    return new Histogram(fresh(usable), unit, usable);
  }

  /** Reads what `encode` wrote: see `mergeEncoded`. */
  static decode(encoded: string, unit: Unit): Histogram {
    const histogram = Histogram.create(unit);
    // A decoded histogram cannot grow, so it is added to a fresh one.
    histogram.mergeEncoded(encoded);
    return histogram;
  }

  /** Whether `record` would take the value: a finite number from 0 to the largest that is kept. */
  static takes(value: number, unit: Unit): boolean {
    return Number.isFinite(value) && value >= 0 && value * STEPS_PER_UNIT[unit] <= MAX_STEPS;
  }

  /** Adds one value in the unit; the caller has asked `takes`. */
  record(value: number): void {
    this.#hdr.recordValue(Math.round(value * this.#steps));
  }

  get count(): number {
    return this.#hdr.totalCount;
  }

  /** Value in the unit below or at which `percentile` (0–100) of the values lie; 0 when empty. At most 0.1 % too high. */
  percentile(percentile: number): number {
    return this.#hdr.totalCount === 0 ? 0 : this.#hdr.getValueAtPercentile(percentile) / this.#steps;
  }

  /** Every value that occurs (in the unit, within 0.1 %) and how often, in ascending order. */
  values(): readonly Valued[] {
    if (this.#hdr.totalCount === 0) return [];
    const hdr = this.#hdr instanceof JsHistogram ? this.#hdr : decodeFromCompressedBase64(this.encode(), 32, false);
    if (!(hdr instanceof JsHistogram)) throw new HarnessError('INTERNAL', 'a histogram cannot be read value by value');
    const values: Valued[] = [];
    for (let index = 0; index < hdr.countsArrayLength; index++) {
      const count = hdr.getCountAtIndex(index);
      if (count > 0) values.push({ value: hdr.medianEquivalentValue(hdr.valueFromIndex(index)) / this.#steps, count });
    }
    return values;
  }

  /** Adds all values of another histogram of the same unit. */
  merge(other: Histogram): void {
    if (other.#steps !== this.#steps) throw new HarnessError('INTERNAL', 'histograms of different units cannot be merged');
    if (other.#hdr.totalCount === 0) return;
    if (other.engine === this.engine) this.#hdr.add(other.#hdr);
    else this.#addConverted(other.encode());
  }

  /**
   * Adds what `encode` wrote of a histogram of the same unit, without one more in between: each is up to 150 kB for the collector.
   * Throws FILE_UNREADABLE if the text is no histogram of ours. What came from others has passed `isOurHistogram` before.
   */
  mergeEncoded(encoded: string): void {
    try {
      if (encoded.length > MAX_ENCODED_LENGTH) throw new RangeError('too long');
      const decoded = decodeFromCompressedBase64(encoded, 32, false);
      if (decoded.numberOfSignificantValueDigits !== SIGNIFICANT_DIGITS || decoded.maxValue > roundedUp(MAX_STEPS)) throw new RangeError('another configuration');
      if (decoded.totalCount === 0) return;
      if (this.engine === 'js') this.#hdr.add(decoded);
      else this.#addConverted(encoded);
    } catch (cause) {
      throw new HarnessError('FILE_UNREADABLE', 'a histogram in a snapshot is damaged', { cause });
    }
  }

  /** Only histograms of one engine can be added. */
  #addConverted(encoded: string): void {
    const converted = decodeFromCompressedBase64(encoded, 32, this.engine === 'wasm');
    this.#hdr.add(converted);
    converted.destroy();
  }

  /** Compressed (V2, deflate) and base64. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#hdr);
  }

  reset(): void {
    this.#hdr.reset();
  }

  /** Gives WASM memory back; the histogram must not be used afterwards. Twice is harmless. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#hdr.destroy();
  }

  #destroyed = false;
}

function fresh(engine: HistogramEngine): HdrHistogram {
  return build({ bitBucketSize: 32, autoResize: true, lowestDiscernibleValue: 1, highestTrackableValue: 2, numberOfSignificantValueDigits: SIGNIFICANT_DIGITS, useWebAssembly: engine === 'wasm' });
}

/** The library reports the top of the bucket that a value fell into. */
function roundedUp(steps: number): number {
  return steps * (1 + 10 ** -SIGNIFICANT_DIGITS * 2);
}
