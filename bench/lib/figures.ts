import { writeFileSync, mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../../src/core/paths.js';

export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** Median and spread of what several runs measured. */
export function figureOf(values: readonly number[], unit: string): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted[sorted.length - 1]!, unit };
}

export interface BenchResult {
  readonly name: string;
  readonly runs: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** Writes `bench/results/<name>.json`, unless told not to, and prints a table. */
export function report({ name, runs, versions, figures }: BenchResult, { write = true } = {}): void {
  const machine = { cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), cpu: cpus()[0]?.model.trim() ?? 'unknown' };
  const result = { name, at: new Date().toISOString(), machine, versions: { firstbell: packageVersion(), node: process.version, ...versions }, runs, figures };
  if (write) {
    const dir = join(packageRoot(), 'bench', 'results');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
  console.log(`\n${name}: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, ${Object.values(result.versions).join(', ')}, ${runs} runs`);
  for (const [key, { median, min, max, unit }] of Object.entries(figures)) console.log(`  ${key.padEnd(20)} ${median.toFixed(1).padStart(8)} ${unit.padEnd(12)} (${min.toFixed(1)}–${max.toFixed(1)})`);
}
