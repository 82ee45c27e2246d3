import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/metrics/events.js';
import { summarise } from '../../../src/report/summarise.js';
import { buildRun } from '../../fakes/run-folder.js';

const base = buildRun({ meetings: 2, size: 4, withMedia: false });

const anyEvent: fc.Arbitrary<RunEvent> = fc
  .record({ seq: fc.integer({ min: 0, max: 9 }), atMs: fc.integer({ min: 0, max: 100_000 }), kind: fc.constantFrom('start', 'drop', 'join', 'left', 'failed', 'lost', 'aborted', 'end') })
  .map(({ seq, atMs, kind }): RunEvent => {
    switch (kind) {
      case 'start':
        return { type: 'user-started', atMs, seq, latenessMs: 0 };
      case 'drop':
        return { type: 'user-dropped', atMs, seq };
      case 'join':
        return { type: 'user-joined', atMs, seq, server: `s${seq % 3}` };
      case 'end':
        return { type: 'run-ended', atMs, reason: 'completed' };
      default:
        return { type: 'user-ended', atMs, seq, outcome: kind as 'left' };
    }
  });

describe('summarise', () => {
  it('gives counts that add up, whatever a torn or hostile event file says', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { users, generator, timeline, servers } = summarise({ ...base, events, snapshots: [] }, { thresholds: [], verdict: { word: 'held', exitCode: 0, reasons: [] } });
        expect(users.started).toBe(users.left + users.failed + users.lost + users.aborted);
        expect(users.planned).toBeGreaterThanOrEqual(users.started + generator.dropped);
        expect(users.joined).toBeLessThanOrEqual(users.started);
        expect(users.peakConcurrent).toBeLessThanOrEqual(users.joined);
        for (const group of [users.byRole, users.byKind]) {
          expect(Object.values(group).reduce((sum, counts) => sum + counts.started, 0)).toBe(users.started);
        }
        expect(servers.reduce((sum, server) => sum + server.joined, 0)).toBe(users.joined);
        if (timeline.length > 0) expect(timeline.reduce((sum, point) => sum + point.joined, 0)).toBe(users.joined);
      }),
    );
  });
});
