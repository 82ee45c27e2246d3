import { describe, expect, it } from 'vitest';
import { measuredLimits } from '../../../src/report/capacity/measured-limits.js';
import { summarise } from '../../../src/report/summarise.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';

function limitsOf(spec: Partial<RunSpec>) {
  const data = buildRun(spec);
  const summary = summarise(data, { thresholds: [], verdict: { word: 'held', exitCode: 0, reasons: [] } });
  return { summary, data, limits: measuredLimits(summary, data) };
}

describe('what a step shows of known limits', () => {
  it('is of the fullest server, the largest meeting and the busiest second', () => {
    const { summary, data, limits } = limitsOf({ meetings: 5, size: 7, servers: ['a', 'b'] });
    const fullest = Math.max(...summary.servers.map(({ peakUsers }) => peakUsers));
    expect(limits).toMatchObject({ 'graphql-connections': fullest, 'users-per-server': fullest, 'users-per-meeting': 7 });
    const joins = data.events.flatMap((event) => (event.type === 'user-joined' ? [event] : []));
    const within = joins.map(({ atMs, server }) => joins.filter((other) => other.server === server && other.atMs > atMs - 1_000 && other.atMs <= atMs).length);
    expect(limits['sockets-per-second']).toBe(Math.max(...within));
    const out = Math.max(...summary.fleet.map(({ lineOutP95Kbps = 0 }) => lineOutP95Kbps));
    expect(summary.fleet.length).toBeGreaterThan(0);
    expect(limits['line-out']).toBeCloseTo(out / 1_000, 6);
  });

  it('is left out where nobody looked', () => {
    const { limits } = limitsOf({ meetings: 0, withMedia: false });
    expect(Object.values(limits).filter((value) => value !== undefined)).toEqual([]);
  });
});
