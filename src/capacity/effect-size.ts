import type { Block } from './observed.js';

/** How large a difference is beside the spread of the values, in a number and in a word. */
export interface EffectSize {
  readonly name: "Cliff's delta" | "Cohen's h";
  /** Above 0: values of the second run are larger. */
  readonly value: number;
  readonly size: 'negligible' | 'small' | 'medium' | 'large';
}

/** Bounds of Romano et al. 2006 (Cliff's delta) and Cohen 1988 (h). */
const BOUNDS = { "Cliff's delta": [0.147, 0.33, 0.474], "Cohen's h": [0.2, 0.5, 0.8] } as const;

/** P(b > a) − P(b < a) for a value of each run drawn at random: 0 the same, 1 every value of b above every one of a (Cliff 1993). */
export function cliffsDelta(a: readonly Block[], b: readonly Block[]): EffectSize {
  const ofA = counted(a);
  const ofB = counted(b);
  const scale = [...new Set([...ofA.counts.keys(), ...ofB.counts.keys()])].sort((x, y) => x - y);
  let below = 0;
  let sum = 0;
  for (const value of scale) {
    const inA = ofA.counts.get(value) ?? 0;
    // Those of a below, less those above.
    sum += (ofB.counts.get(value) ?? 0) * (below - (ofA.total - below - inA));
    below += inA;
  }
  return sized("Cliff's delta", sum / (ofA.total * ofB.total));
}

/** 2·asin√b − 2·asin√a for two shares (Cohen 1988): a step from 0 % to 1 % weighs more than one from 50 % to 51 %. */
export function cohensH(a: number, b: number): EffectSize {
  const angle = (share: number): number => 2 * Math.asin(Math.sqrt(Math.min(1, Math.max(0, share))));
  return sized("Cohen's h", angle(b) - angle(a));
}

function counted(blocks: readonly Block[]): { readonly counts: ReadonlyMap<number, number>; readonly total: number } {
  const counts = new Map<number, number>();
  let total = 0;
  for (const block of blocks) {
    block.values.forEach((value, index) => {
      const count = block.counts[index] ?? 0;
      counts.set(value, (counts.get(value) ?? 0) + count);
      total += count;
    });
  }
  return { counts, total };
}

function sized(name: EffectSize['name'], value: number): EffectSize {
  const [small, medium, large] = BOUNDS[name];
  const size = Math.abs(value);
  return { name, value, size: size < small ? 'negligible' : size < medium ? 'small' : size < large ? 'medium' : 'large' };
}
