import type { Random } from '../core/random.js';
import type { Figure } from './measures.js';
import type { Block, Blocking } from './observed.js';

/** Blocks over one scale of values, ready to be drawn from many times. */
export interface Sample {
  readonly figure: (counts: Float64Array, total: number) => number;
  /** Of each block: places on the scale, counts, and their sum. */
  readonly blocks: readonly { readonly places: Int32Array; readonly counts: Float64Array; readonly total: number }[];
  readonly scale: readonly number[];
}

export function sampleOf(blocks: readonly Block[], figure: Figure): Sample {
  const scale = [...new Set(blocks.flatMap(({ values }) => values))].sort((a, b) => a - b);
  const placeOf = new Map(scale.map((value, place) => [value, place]));
  return {
    scale,
    figure: figure === 'mean' ? meanOn(scale) : quantileOn(scale, figure === 'p50' ? 0.5 : 0.95),
    blocks: blocks.map(({ values, counts }) => ({
      places: Int32Array.from(values, (value) => placeOf.get(value) ?? 0),
      counts: Float64Array.from(counts),
      total: counts.reduce((sum, count) => sum + count, 0),
    })),
  };
}

/** The figure of all blocks together. Not a number: there is no value. */
export function wholeFigure(sample: Sample): number {
  return figureOf(sample, new Float64Array(sample.scale.length), sample.blocks.map((_, index) => index));
}

/**
 * What the figure might have been, had chance dealt again: `replicates` times as many blocks as there are, drawn with replacement
 * (Efron's bootstrap). Meetings are drawn one by one. Intervals that follow each other are alike, so stretches of n^(1/3) of them are
 * drawn, round the end (circular block bootstrap; Politis and Romano 1992). The same `random` gives the same answers.
 */
export function bootstrap(sample: Sample, over: Blocking, replicates: number, random: Random): Float64Array {
  const n = sample.blocks.length;
  const stretch = over === 'meetings' ? 1 : Math.max(1, Math.round(n ** (1 / 3)));
  const figures = new Float64Array(replicates);
  const drawn = new Array<number>(n).fill(0);
  const counts = new Float64Array(sample.scale.length);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let index = 0; index < n; ) {
      const start = random.int(n);
      for (let step = 0; step < stretch && index < n; step++) drawn[index++] = (start + step) % n;
    }
    counts.fill(0);
    figures[replicate] = figureOf(sample, counts, drawn);
  }
  return figures;
}

function figureOf({ blocks, figure }: Sample, counts: Float64Array, chosen: readonly number[]): number {
  let total = 0;
  for (const index of chosen) {
    const block = blocks[index]!;
    total += block.total;
    for (let at = 0; at < block.places.length; at++) counts[block.places[at]!]! += block.counts[at]!;
  }
  return total === 0 ? Number.NaN : figure(counts, total);
}

/** The smallest value at or below which the share lies (nearest rank). */
function quantileOn(scale: readonly number[], share: number): Sample['figure'] {
  return (counts, total) => {
    const wanted = share * total * (1 - 1e-12);
    let seen = 0;
    for (let place = 0; place < counts.length; place++) {
      seen += counts[place]!;
      if (seen >= wanted) return scale[place]!;
    }
    return scale[scale.length - 1] ?? Number.NaN;
  };
}

function meanOn(scale: readonly number[]): Sample['figure'] {
  return (counts, total) => {
    let sum = 0;
    for (let place = 0; place < counts.length; place++) sum += counts[place]! * scale[place]!;
    return sum / total;
  };
}
