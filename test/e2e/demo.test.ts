import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Received, RunEvent } from '../../src/metrics/events.js';
import type { Attendance, Plan } from '../../src/schedule/plan.js';
import type { Summary } from '../../src/report/summary.js';
import { cli, type CliResult } from './cli.js';

const reports = mkdtempSync(join(tmpdir(), 'firstbell-demo-'));
let result: CliResult;
let dir: string;
let summary: Summary;
let plan: Plan;
let events: RunEvent[];

/** What `npm run demo` does after its set-up. */
beforeAll(async () => {
  result = await cli(['run', 'scenarios/first-bell-demo.yaml', '--reports', reports]);
  const runs = readdirSync(reports).filter((name) => name !== 'latest');
  dir = join(reports, runs[0] ?? 'none');
  summary = JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')) as Summary;
  plan = JSON.parse(readFileSync(join(dir, 'plan.json'), 'utf8')) as Plan;
  events = readFileSync(join(dir, 'events.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
}, 240_000);

/** Planned users with what came to each, as the run folder tells. */
function endOf(which: (planned: Attendance) => boolean): readonly { readonly name: string; readonly received: Received | undefined }[] {
  const ends = new Map(events.flatMap((event) => (event.type === 'user-ended' ? [[event.seq, event.received] as const] : [])));
  return plan.attendances.filter(which).map(({ seq, name }) => ({ name, received: ends.get(seq) }));
}

const isAbove = (limit: number) => (figure: unknown) => typeof figure === 'number' && figure > limit;

afterAll(() => rmSync(reports, { recursive: true, force: true }));

describe('the demo', () => {
  it('ends with exit code 0, the verdict and the path of the report', () => {
    expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({ code: 0, stderr: '' });
    expect(summary.verdict).toBe('held');
    expect(result.stdout).toContain('report.html');
  });

  it('brings at least 12 browser users into 3 meetings on at least 2 servers', () => {
    expect(summary.users.byKind['browser']!.joined).toBeGreaterThanOrEqual(12);
    const joined = events.filter((event) => event.type === 'user-joined');
    const meetings = new Set(joined.map((event) => plan.attendances[event.seq]!.meeting));
    expect(meetings.size).toBe(3);
    expect(new Set(joined.map((event) => event.server)).size).toBeGreaterThanOrEqual(2);
  });

  it('brings audio to each user: bytes, and the time of the first', () => {
    const heard = endOf(({ audio }) => audio !== 'none');
    expect(heard.length).toBeGreaterThanOrEqual(12);
    for (const { name, received } of heard) expect(received, name).toMatchObject({ audioBytes: expect.toSatisfy(isAbove(1_000)) as number, firstAudioMs: expect.toSatisfy(isAbove(0)) as number });
  });

  it('brings decoded pictures to each user who looks at cameras', () => {
    const saw = endOf(({ cameraViews }) => cameraViews > 0);
    expect(saw.length).toBeGreaterThanOrEqual(12);
    for (const { name, received } of saw) expect(received, name).toMatchObject({ videoBytes: expect.toSatisfy(isAbove(1_000)) as number, videoFrames: expect.toSatisfy(isAbove(10)) as number, firstVideoMs: expect.toSatisfy(isAbove(0)) as number });
  });

  it('shows in its summary the audio that users heard', () => {
    const firstAudio = summary.metrics.join_phase_time!.by['phase=first_audio']!;
    expect(firstAudio.count).toBe(summary.users.joined);
    expect(firstAudio.min).toBeGreaterThan(0);
    expect(summary.metrics.audio_bitrate!.p50).toBeGreaterThan(0);
  });

  it('shows in its summary the pictures that they were shown', () => {
    expect(summary.metrics.join_phase_time!.by['phase=first_video']!.count).toBeGreaterThanOrEqual(12);
    expect(summary.metrics.video_fps!.p50).toBeGreaterThan(5);
    expect(summary.metrics.video_height!.p50).toBeGreaterThanOrEqual(180);
  });

  it('accounts for every user', () => {
    const { planned, started, left, failed, lost, aborted } = summary.users;
    expect(started).toBe(left + failed + lost + aborted);
    expect(planned).toBe(plan.attendances.length);
    expect(left).toBe(planned);
  });

  it('leaves no meeting open', () => {
    expect(summary.meetings).toEqual({ planned: 3, created: 3, ended: 3, leftOpen: 0 });
  });

  it('writes every file that docs/files.md names', () => {
    const files = readdirSync(dir);
    for (const name of ['run.json', 'scenario.yaml', 'plan.json', 'snapshots.jsonl', 'events.jsonl', 'ledger.jsonl', 'summary.json', 'report.html', 'junit.xml', 'report.txt']) expect(files).toContain(name);
  });

  it('keeps secrets, checksums and session tokens out of the folder and the output', () => {
    const everything = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(dir, entry.name), 'utf8'))
      .concat(result.stdout, result.stderr)
      .join('\n');
    expect(everything).not.toMatch(/checksum=[0-9a-f]{8}/);
    expect(everything).not.toMatch(/sessionToken=[a-z0-9]{8}/);
  });
});
