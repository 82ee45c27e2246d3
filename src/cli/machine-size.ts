import { HarnessError } from '../core/errors.js';
import type { GeneratorCosts } from '../schedule/generators.js';
import { oneText } from './options.js';

/** What `--machine` names; the rest is as otherwise known. */
export type MachineSize = Partial<GeneratorCosts['machine']>;

const PARTS: readonly (readonly [RegExp, keyof MachineSize, number])[] = [
  [/^(\d+)c(?:ores?)?$/i, 'cores', 1],
  [/^(\d+(?:\.\d+)?)GB?$/i, 'memoryMb', 1_024],
  [/^(\d+(?:\.\d+)?)Mbps$/i, 'lineMbps', 1],
  [/^(\d+(?:\.\d+)?)Gbps$/i, 'lineMbps', 1_000],
];

/** Coerces `16c,32GB,10000Mbps`, in any order, each once at most; throws USAGE. */
export function machineSize(value: unknown): MachineSize | undefined {
  const text = oneText(value);
  if (text === undefined) return undefined;
  const size: { cores?: number; memoryMb?: number; lineMbps?: number } = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    const [number, key] = PARTS.flatMap(([pattern, key, times]) => {
      const found = pattern.exec(part);
      return found ? [[Number(found[1]) * times, key] as const] : [];
    })[0] ?? [0, 'cores'];
    if (number <= 0 || number > 1e9 || size[key] !== undefined) throw new HarnessError('USAGE', `--machine takes cores, memory and line, like 16c,32GB,10000Mbps, got "${text}"`);
    size[key] = number;
  }
  return size;
}
