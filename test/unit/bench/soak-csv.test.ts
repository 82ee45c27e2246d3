import { expect, it } from 'vitest';
import { csvOf, samplesOf } from '../../../bench/lib/soak-csv.js';
import type { SoakSample } from '../../../bench/lib/soak-watch.js';

const START_MS = 1_800_000_000_000;

const sample = (atS: number, liveMb: number | undefined): SoakSample => ({
  wallMs: START_MS + atS * 1_000,
  groups: {
    harness: { pssMb: 500.25, files: 1_190, cpuSeconds: 12.5 + atS },
    media: { pssMb: 57.5, files: 27, cpuSeconds: 8.25 },
    browsers: { pssMb: 600, files: 1_000, cpuSeconds: 30 },
    simulator: { pssMb: 340.75, files: 1_400, cpuSeconds: 20 },
  },
  own: { liveMb, v8Mb: 380.5, externalMb: 80, mallocMb: 245.25, restMb: 12.75 },
  mediaMallocMb: 42.5,
});

it('samples of a soak are read again as they were written', () => {
  const samples = [sample(15, undefined), sample(30.5, 157.25)];
  expect(samplesOf(csvOf(samples, START_MS), START_MS)).toEqual(samples);
});

it('a file with other columns is refused', () => {
  expect(() => samplesOf('at_s,harness_mb\n15,3\n', START_MS)).toThrow('not the samples of a soak');
});
