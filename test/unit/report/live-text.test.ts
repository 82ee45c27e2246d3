import { describe, expect, it } from 'vitest';
import { createLiveState } from '../../../src/report/live-text.js';
import { buildRun } from '../../fakes/run-folder.js';

const run = buildRun();
const state = createLiveState(run.plan);
// Everything up to half a minute: all 15 users are due, the last one is still on its way in.
for (const event of run.events) if (event.atMs <= 29_000) state.event(event);
for (const snapshot of run.snapshots) if (snapshot.endMs <= 30_000) state.snapshot(snapshot);

describe('the live frame', () => {
  const frame = state.frame({ width: 80, colour: false, nowMs: 29_000 });

  it('shows time, users against the plan, join times, errors and what comes next', () => {
    const joined = run.events.filter(({ type, atMs }) => type === 'user-joined' && atMs <= 29_000).length;
    expect(frame[0]).toMatch(/^first-bell-demo {2,}0:29 of 2:00$/);
    expect(frame[1]).toContain(` ${joined} of 15 planned now, peak 15`);
    expect(frame[2]).toContain(`joined ${joined} · joining ${15 - joined} · failed 0 · lost 0 · left 0`);
    expect(frame[3]).toMatch(/half within 1\.9\d s, 95 of 100 within 6\.56 s/);
    expect(frame[4]).toMatch(/none$/);
    expect(frame[5]).toMatch(/checkpoint in 31 s$/);
  });

  it('fits the width, also a narrow one', () => {
    for (const width of [40, 60, 80, 100]) {
      for (const line of state.frame({ width, colour: false, nowMs: 29_000 })) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('fills the bar to the users present and marks the planned ones', () => {
    expect(frame[1]).toMatch(/^users {4}█+░+ /);
    expect(createLiveState(run.plan).frame({ width: 80, colour: false, nowMs: 0 })[1]).toMatch(/^users {4}░+·+ 0 of 1 planned now/);
  });

  it('has colour only when told so', () => {
    expect(frame.join('')).not.toContain('\u001b');
    expect(state.frame({ width: 80, colour: true, nowMs: 29_000 }).join('')).toContain('\u001b[36m');
  });

  it('counts an interval that comes twice once', () => {
    const twice = createLiveState(run.plan);
    for (const snapshot of [...run.snapshots, ...run.snapshots]) twice.snapshot(snapshot);
    const once = createLiveState(run.plan);
    for (const snapshot of run.snapshots) once.snapshot(snapshot);
    expect(twice.frame({ width: 80, colour: false, nowMs: 0 })).toEqual(once.frame({ width: 80, colour: false, nowMs: 0 }));
  });

  it('names errors by code, most frequent first, and the way the run ends', () => {
    const troubled = createLiveState(run.plan);
    for (const seq of [0, 1, 2]) troubled.event({ type: 'user-started', atMs: 0, seq, latenessMs: 0 });
    troubled.event({ type: 'user-ended', atMs: 1, seq: 0, outcome: 'failed', code: 'MEETING_FULL', phase: 'api' });
    for (const seq of [1, 2]) troubled.event({ type: 'user-ended', atMs: 2, seq, outcome: 'failed', code: 'AUDIO_FAILED', phase: 'audio' });
    troubled.event({ type: 'stopping', atMs: 3, reason: 'stopped' });
    const lines = troubled.frame({ width: 90, colour: false, nowMs: 3_000 });
    expect(lines[2]).toContain('joined 0 · joining 0 · failed 3');
    expect(lines[4]).toContain('AUDIO_FAILED 2 · MEETING_FULL 1');
    expect(lines[5]).toContain('Stopped: no new users, everyone leaves.');
  });
});

describe('the plain line', () => {
  it('says the same in one line, for logs', () => {
    expect(state.plainLine(29_000)).toMatch(/^0:29 of 2:00: 1[0-5] of 15 planned users in meetings, 1[0-5] joined, 0 failed, 0 lost, join p95 6\.56 s, most on sim-0[123] \(\d\)$/);
  });

  it('shows names of servers that would break the line, or steer the terminal, as text in their line', () => {
    const state = createLiveState(run.plan);
    state.event({ type: 'user-started', atMs: 0, seq: 0, latenessMs: 0 });
    state.event({ type: 'user-joined', atMs: 1, seq: 0, server: 'bbb01\r\n\u001b[2Jall is well' });
    const shown = [...state.frame({ width: 80, colour: false, nowMs: 2_000 }), state.plainLine(2_000)];
    expect(shown.join('')).toContain('bbb01');
    for (const line of shown) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('keeps quiet about join times that do not exist yet', () => {
    expect(createLiveState(run.plan).plainLine(0)).toBe('0:00 of 2:00: 0 of 1 planned users in meetings, 0 joined, 0 failed, 0 lost');
  });
});
