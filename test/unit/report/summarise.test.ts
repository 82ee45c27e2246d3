import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/metrics/events.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import { countErrors, failuresIn } from '../../../src/report/count-errors.js';
import type { RunData } from '../../../src/report/run-data.js';
import { summarise, type Verdict } from '../../../src/report/summarise.js';
import { headline, titleOf } from '../../../src/report/words/words.js';
import { buildRun } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

const HELD: Verdict = { word: 'held', exitCode: 0, reasons: [] };

/** Six users in two meetings, due every second; what they did is written out by hand. */
function sixUsers(events: readonly RunEvent[]): RunData {
  const base = buildRun({ meetings: 2, size: 3, arriveMs: 6_000, durationMs: 60_000, withMedia: false });
  return { ...base, events, snapshots: [] };
}

const started = (seq: number, atMs: number): RunEvent => ({ type: 'user-started', atMs, seq, latenessMs: 0 });
const joined = (seq: number, atMs: number, server = 'a'): RunEvent => ({ type: 'user-joined', atMs, seq, server });
const left = (seq: number, atMs: number): RunEvent => ({ type: 'user-ended', atMs, seq, outcome: 'left' });

const BY_HAND: readonly RunEvent[] = [
  { type: 'run-started', atMs: 0, wallMs: 0 },
  { type: 'meeting-created', atMs: 0, meeting: 0, meetingId: 'm0' },
  { type: 'meeting-created', atMs: 0, meeting: 1, meetingId: 'm1' },
  started(0, 0),
  joined(0, 1_000, 'a'),
  started(1, 1_000),
  joined(1, 2_000, 'b'),
  started(2, 2_000),
  { type: 'user-ended', atMs: 9_000, seq: 2, outcome: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no answer' },
  started(3, 3_000),
  joined(3, 4_000, 'b'),
  { type: 'user-ended', atMs: 30_000, seq: 3, outcome: 'lost', code: 'CONNECTION_LOST', message: 'closed with 1006' },
  { type: 'user-dropped', atMs: 4_000, seq: 4 },
  { type: 'step-failed', atMs: 20_000, seq: 0, step: 'chat', code: 'STEP_FAILED', message: 'not sent' },
  left(0, 55_000),
  left(1, 56_000),
  { type: 'meeting-ended', atMs: 60_000, meeting: 0, meetingId: 'm0' },
  { type: 'meeting-left-open', atMs: 60_000, meeting: 1, meetingId: 'm1', code: 'TARGET_TIMEOUT', message: 'no answer' },
  { type: 'run-ended', atMs: 60_500, reason: 'completed' },
];

describe('summarise', () => {
  const summary = summarise(sixUsers(BY_HAND), { thresholds: [], verdict: HELD });

  it('counts users exactly, from events and plan', () => {
    const { byKind, byRole, ...all } = summary.users;
    expect(all).toEqual({ planned: 6, started: 4, joined: 3, failed: 1, lost: 1, left: 2, aborted: 0, peakConcurrent: 3 });
    expect(byKind).toEqual({ browser: all });
    expect(byRole['teacher']).toEqual({ planned: 2, started: 2, joined: 2, failed: 0, lost: 0, left: 2, aborted: 0, peakConcurrent: 2 });
    expect(byRole['pupil']).toEqual({ planned: 4, started: 2, joined: 1, failed: 1, lost: 1, left: 0, aborted: 0, peakConcurrent: 1 });
    expect(summary.generator.dropped).toBe(1);
  });

  it('counts a meeting without an end as left open', () => {
    expect(summary.meetings).toEqual({ planned: 2, created: 2, ended: 1, leftOpen: 1 });
  });

  it('says which server had whom', () => {
    expect(summary.servers.map(({ name, meetings, peakUsers, joined, lost }) => ({ name, meetings, peakUsers, joined, lost }))).toEqual([
      { name: 'a', meetings: 1, peakUsers: 1, joined: 1, lost: 0 },
      { name: 'b', meetings: 1, peakUsers: 2, joined: 2, lost: 1 },
    ]);
  });

  it('counts errors by code and phase, of users, steps and meetings', () => {
    expect(summary.errors).toEqual([
      { code: 'AUDIO_FAILED', phase: 'audio', count: 1, message: 'no answer' },
      { code: 'CONNECTION_LOST', phase: 'meeting', count: 1, message: 'closed with 1006' },
      { code: 'STEP_FAILED', phase: 'chat', count: 1, message: 'not sent' },
      { code: 'TARGET_TIMEOUT', phase: 'end', count: 1, message: 'no answer' },
    ]);
  });

  it('knows the pictures of users that failed or were lost, and of steps', () => {
    const pictured = BY_HAND.map((event) => (event.type === 'step-failed' || (event.type === 'user-ended' && event.outcome !== 'left') ? { ...event, screenshot: `evidence/user-${event.seq}.jpg` } : event));
    expect(failuresIn(pictured).map(({ screenshot }) => screenshot)).toEqual(['evidence/user-2.jpg', 'evidence/user-3.jpg', 'evidence/user-0.jpg', undefined]);
  });

  it('keeps the first words of each kind of error', () => {
    const failure = { code: 'MEETING_FULL', phase: 'api', atMs: 0, seq: 0, screenshot: undefined };
    const counted = countErrors([{ ...failure, message: '' }, { ...failure, message: 'the room is full' }, { ...failure, message: 'still full' }]);
    expect(counted).toEqual([{ code: 'MEETING_FULL', phase: 'api', count: 3, message: 'the room is full' }]);
    expect(countErrors([{ ...failure, message: '' }])).toEqual([{ code: 'MEETING_FULL', phase: 'api', count: 1 }]);
  });

  it('follows users over time: levels at the end of each interval, counts within it', () => {
    // Intervals of 5 s; the run ends at 60.5 s, so the 13th interval is half a second long.
    expect(summary.timeline).toHaveLength(13);
    expect(summary.timeline[0]).toEqual({ atMs: 5_000, planned: 6, present: 3, joined: 3, failed: 0, lost: 0 });
    expect(summary.timeline[1]).toMatchObject({ atMs: 10_000, failed: 1, present: 3 });
    expect(summary.timeline[6]).toMatchObject({ atMs: 35_000, present: 2, lost: 1 });
    expect(summary.timeline.at(-1)).toMatchObject({ atMs: 60_500, planned: 0, present: 0 });
  });

  it('leaves out what was not measured instead of calling it 0', () => {
    expect(summary.metrics).toEqual({});
    expect(summary.generator.latenessP99Ms).toBeUndefined();
    expect(summary.servers[0]?.joinTimeP95Ms).toBeUndefined();
    expect(JSON.parse(JSON.stringify(summary.timeline[3]))).toEqual({ atMs: 20_000, planned: 6, present: 3, joined: 0, failed: 0, lost: 0 });
  });

  it('keeps the verdict that it is handed', () => {
    const verdict: Verdict = { word: 'broken', exitCode: 3, reasons: ['too slow, see https://bbb.example/join?sessionToken=abc123def'] };
    const broken = summarise(sixUsers(BY_HAND), { thresholds: [], verdict });
    expect([broken.verdict, broken.exitCode, broken.reasons]).toEqual(['broken', 3, ['too slow, see https://bbb.example/join?sessionToken=[redacted]']]);
  });
});

describe('summarise of a run that died', () => {
  const events = BY_HAND.filter(({ atMs, type }) => atMs <= 20_000 && type !== 'run-ended');
  const summary = summarise(sixUsers(events), { thresholds: [], verdict: HELD });

  it('is interrupted, whatever verdict its figures would give', () => {
    expect([summary.verdict, summary.exitCode, summary.reasons]).toEqual(['interrupted', 130, ['the harness died']]);
  });

  it('is not over yet while a process works on it', () => {
    const now = summarise(sixUsers(events), { thresholds: [], verdict: HELD, goesOn: true });
    expect([now.verdict, now.exitCode, now.reasons]).toEqual(['interrupted', 130, ['the run still goes on']]);
    expect([titleOf(now), titleOf(now, 'de'), titleOf(summary)]).toEqual(['Not over yet', 'Noch nicht zu Ende', 'Interrupted']);
    expect(headline(now).replaceAll('\u00a0', ' ')).toBe('The run still goes on; this is what was measured in its first 20 s: no verdict yet.');
    expect(summarise(sixUsers(BY_HAND), { thresholds: [], verdict: HELD, goesOn: true }).verdict).toBe('held');
  });

  it('counts users that never ended as aborted, so that the counts still add up', () => {
    expect(summary.users).toMatchObject({ planned: 6, started: 4, joined: 3, failed: 1, left: 0, lost: 0, aborted: 3 });
  });

  it('counts its meetings as left open', () => {
    expect(summary.meetings).toEqual({ planned: 2, created: 2, ended: 0, leftOpen: 2 });
  });

  it('ends with its last sign of life', () => {
    expect(summary.durationMs).toBe(20_000);
  });
});

describe('summarise of measurements', () => {
  const data = buildRun();
  const summary = summarise(data, { thresholds: thresholds('join_time p(95) < 1 ms', 'users_lost count == 0', 'step_time p(50) < 1 s'), verdict: HELD });

  it('gives figures of the whole run and of each tag value', () => {
    const join = summary.metrics.join_time;
    expect(join).toMatchObject({ unit: 'ms', kind: 'histogram', count: 15 });
    expect(join?.by['role=teacher']?.count).toBe(3);
    expect(join?.by['role=pupil']?.count).toBe(12);
    expect(Object.keys(summary.metrics.join_phase_time?.by ?? {})).toContain('phase=first_audio');
  });

  it('judges thresholds; nothing measured does not hold', () => {
    expect(summary.thresholds.map(({ held }) => held)).toEqual([false, true, false]);
    expect(summary.thresholds[2]?.observed).toBeUndefined();
  });

  it('does not count a snapshot twice', () => {
    const twice = summarise({ ...data, snapshots: [...data.snapshots, ...data.snapshots] }, { thresholds: [], verdict: HELD });
    expect(twice.metrics).toEqual(summary.metrics);
  });

  it('names intervals that are missing', () => {
    const holed = summarise({ ...data, snapshots: data.snapshots.filter(({ interval }) => interval !== 3) }, { thresholds: [], verdict: HELD });
    expect(holed.recording.missingIntervals).toBe(1);
  });

  it('adds the CPU of several workers', () => {
    const two = data.snapshots.flatMap((snapshot) => [snapshot, { ...snapshot, worker: 'other' }]);
    const both = summarise({ ...data, snapshots: two }, { thresholds: [], verdict: HELD });
    expect(both.generator.cpuCores).toBeCloseTo(2 * (summary.generator.cpuCores ?? 0), 9);
  });
});

describe('summarise of a run with workers', () => {
  const ready = (worker: string, share: number): RunEvent => ({ type: 'worker-ready', atMs: 0, worker, share, users: 3, clockOffsetMs: 0, roundTripMs: 1 });
  /** A process at so many cores in so many intervals. */
  const busy = (worker: string, intervals: number, cores: number): Snapshot[] =>
    Array.from({ length: intervals }, (_, interval) => ({
      schema: 1,
      run: 'r',
      worker,
      interval,
      startMs: interval * 5_000,
      endMs: (interval + 1) * 5_000,
      series: [{ metric: 'generator_cpu', kind: 'gauge', tags: {}, count: 1, sum: cores, min: cores, max: cores, last: cores }],
    }));
  const base = sixUsers([ready('host-a', 0), ready('host-a', 0), ready('host-a', 2), ready('host-b', 1)]);
  const { generator } = summarise({ ...base, snapshots: [...busy('host-a.0', 100, 8), ...busy('host-b.1', 10, 1), ...busy('local', 100, 0.2)] }, { thresholds: [], verdict: HELD });

  it('adds up what they used while they were there', () => {
    expect(generator.cpuCores).toBeCloseTo(8.3, 6);
  });

  it('counts each worker once, whatever shares it took, and no coordinator', () => {
    expect(generator.workers).toBe(2);
    expect(summarise(buildRun(), { thresholds: [], verdict: HELD }).generator.workers).toBeUndefined();
  });
});

describe('summarise of nothing', () => {
  it('counts nobody when the plan is empty', () => {
    const empty = { ...buildRun({ meetings: 0 }), snapshots: [], events: [] };
    const summary = summarise(empty, { thresholds: [], verdict: HELD });
    expect(summary.users).toEqual({ planned: 0, started: 0, joined: 0, failed: 0, lost: 0, left: 0, aborted: 0, peakConcurrent: 0, byKind: {}, byRole: {} });
    expect([summary.servers, summary.timeline, summary.errors]).toEqual([[], [], []]);
  });

  it('leaves out events of users that are not in the plan', () => {
    const summary = summarise(sixUsers([started(99, 0), joined(99, 10), left(99, 20)]), { thresholds: [], verdict: HELD });
    expect(summary.users).toMatchObject({ planned: 6, started: 0, joined: 0 });
  });
});
