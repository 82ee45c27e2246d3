import type { Unit } from './catalogue.js';

/** How a person may write a quantity of each unit: suffix → factor into the unit. The empty suffix: a bare number is clear enough. */
const WRITTEN: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 },
  ratio: { '': 1, '%': 0.01 },
  fps: { '': 1, fps: 1 },
  'kbit/s': { 'kbit/s': 1, 'Mbit/s': 1_000 },
  px: { '': 1, px: 1 },
  count: { '': 1 },
  cores: { '': 1, cores: 1 },
  MB: { MB: 1, GB: 1_000 },
  mos: { '': 1 },
  bytes: { bytes: 1, kB: 1_000, MB: 1_000_000 },
};

/** Suffixes in which a quantity of `unit` can be written; never empty, the bare number left out. */
export function writtenUnits(unit: Unit): readonly string[] {
  return Object.keys(WRITTEN[unit]).filter((suffix) => suffix !== '');
}

/** `value` written with `suffix` in `unit`; undefined if the suffix does not fit the unit (a bare number of ms, for one). */
export function inUnit(value: number, suffix: string, unit: Unit): number | undefined {
  const factor = Object.entries(WRITTEN[unit]).find(([written]) => written === suffix)?.[1];
  if (factor === undefined) return undefined;
  // 1.1 % would become 0.011000000000000001: as many digits as a person writes are enough.
  return Number((value * factor).toPrecision(12));
}
