import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { summarise } from '../../src/report/summarise.js';
import { writeReport } from '../../src/report/write.js';
import { thresholds } from '../unit/report/thresholds.js';
import { buildRun, writeRun } from '../fakes/run-folder.js';

const MB = 1_000_000;

// A page that grew with users or intervals would pass every other test, and be of no use after the day it was made for.
it('the report of six hours with 6,000 users on ten servers has less than 3 MB', async () => {
  const base = await mkdtemp(join(tmpdir(), 'firstbell-size-'));
  try {
    const data = buildRun({
      meetings: 240,
      size: 25,
      servers: Array.from({ length: 10 }, (_, index) => `bbb${String(index + 1).padStart(2, '0')}.schools.example`),
      arriveMs: 2 * 3_600_000,
      durationMs: 6 * 3_600_000,
      startOfDayMs: 7 * 3_600_000,
      checkpointEveryMs: 30 * 60_000,
      // Charts have their own number of points at most, so longer intervals make the same page sooner.
      intervalMs: 30_000,
      mediaEvery: 300,
      withOthers: true,
      earMs: () => 180,
      // Failures of many kinds, each with words of its own.
      fateOf: ({ seq }) => (seq % 7 === 3 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: `user ${seq}: ${'no way to the media server '.repeat(4)}` } : { is: 'left' }),
    });
    expect(data.plan.attendances).toHaveLength(6_000);
    expect(data.snapshots.length).toBeGreaterThan(700);
    const dir = await writeRun(base, data);
    await writeReport(dir, summarise(data, { thresholds: thresholds('join_time p(95) < 10 s', 'join_failed rate < 1%'), verdict: { word: 'broken', exitCode: 3, reasons: ['join_failed rate < 1%: observed 14.3%'] } }), data);
    const { size } = await stat(join(dir, 'report.html'));
    expect(size).toBeGreaterThan(0.05 * MB);
    expect(size).toBeLessThan(3 * MB);
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}, 120_000);
