import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/metrics/events.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import { LiveBoard } from '../../../src/report/live-board.js';
import { replay } from '../../../src/report/replay.js';
import { buildRun } from '../../fakes/run-folder.js';

const joined = (seq: number, atMs: number): RunEvent => ({ type: 'user-joined', atMs, seq, server: 'bbb01' });
const snapshot = (interval: number, startMs: number, endMs: number): Snapshot => ({ schema: 1, run: 'r', worker: 'local', interval, startMs, endMs, series: [] });

it('a run that is gone on with has the course that it had', () => {
  const board = new LiveBoard(buildRun().plan);
  const failed: RunEvent = { type: 'user-ended', atMs: 16_000, seq: 2, outcome: 'failed', code: 'AUDIO_FAILED' };
  replay({ events: [joined(0, 1_000), joined(1, 11_000), failed], snapshots: [snapshot(0, 0, 5_000), snapshot(1, 5_000, 15_000)] }, board);
  expect(board.history.points.map(({ atMs, present, errors, servers }) => [atMs, present, errors, servers])).toEqual([
    [5_000, 1, 0, { bbb01: 1 }],
    [15_000, 2, 0, { bbb01: 2 }],
  ]);
  // What happened after the last interval is not forgotten.
  expect(board.state(16_000).users).toMatchObject({ present: 2, failed: 1 });
});
