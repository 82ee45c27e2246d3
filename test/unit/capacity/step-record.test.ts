import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepRecord, stepScenario } from '../../../src/cli/capacity-step.js';
import { checkScenario } from '../../../src/scenario/check.js';
import { buildRun, writeRun, type RunSpec } from '../../fakes/run-folder.js';

const SHAPE = { ratePerSec: 0.5, holdMs: 85_000, leaveMs: 5_000 };
const USERS = 15;
let base: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'firstbell-step-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** The record of a step that ran as `spec` says. */
async function recordOf(name: string, thresholds: readonly string[], spec: Partial<RunSpec>, shape = SHAPE, incomplete?: string) {
  const text = `name: Step
target: simulator
users: { browser: rest }
meetings: { lessons: { size: 5, teachers: 1 } }
load: [{ name: lessons, executor: constant-users, meetings: lessons, meetingCount: 3, users: 15, duration: 2m }]
thresholds:
${thresholds.map((line) => `  - ${line}`).join('\n')}
`;
  const read = checkScenario(text, 'x.yaml');
  if (!read.ok) throw new Error(read.problems[0]!.message);
  const step = stepScenario(text, read.scenario, USERS, shape);
  const data = buildRun({ run: name, ...spec });
  const dir = await writeRun(base, { ...data, meta: { ...data.meta, ...(incomplete === undefined ? {} : { incomplete }) }, scenarioText: step.text });
  return { dir, step, ...(await stepRecord(dir, USERS, shape, { phase: 'ramp', scenario: step.scenario })) };
}

const JOIN = 'join_time p(95) < 20 s';
const LOSS = 'audio_loss p(95) < 2%';

describe('the record of a step', () => {
  it('names thresholds as the scenario does, though they are judged over the hold', async () => {
    const { step, record, summary } = await recordOf('held', [JOIN, LOSS], {});
    expect(step.scenario.thresholds[1]!.expression).toBe(`${LOSS} between 50s and 115s`);
    expect(summary.thresholds[1]!.judged).toEqual({ fromMs: 50_000, untilMs: 115_000 });
    expect(record).toMatchObject({ outcome: 'held', steady: true, steadyBy: { users: true, rtt: true }, firstBroken: undefined, worstServer: undefined, brokePhase: undefined });
    expect(record?.thresholds.map(({ expression }) => expression)).toEqual([JOIN, LOSS]);
  });

  it('is none where the disk did not take everything', async () => {
    const { record, summary } = await recordOf('incomplete', [JOIN, LOSS], {}, SHAPE, 'cannot write events.jsonl: ENOSPC; 3 lines are missing from it');
    expect({ record, exitCode: summary.exitCode }).toEqual({ record: undefined, exitCode: 4 });
  });

  it('comes with a report in the language of the search', async () => {
    const { dir, step } = await recordOf('language', [JOIN], {});
    expect(await readFile(join(dir, 'report.html'), 'utf8')).toContain('<html lang="en"');
    await stepRecord(dir, USERS, SHAPE, { phase: 'ramp', scenario: step.scenario, lang: 'de' });
    expect(await readFile(join(dir, 'report.html'), 'utf8')).toContain('<html lang="de"');
  });

  it('says where users failed who never got in', async () => {
    const { record } = await recordOf('failed', [JOIN, 'join_failed rate < 1%', LOSS], {
      fateOf: ({ meeting, role }) => (meeting === 1 && role === 'pupil' ? { is: 'failed', code: 'GRAPHQL_REFUSED', phase: 'socket', message: 'limit' } : { is: 'left' }),
    });
    expect(record).toMatchObject({ outcome: 'broken', firstBroken: 'join_failed rate < 1%', worstServer: 'sim-02.localhost:8102', brokeOn: { kind: 'one', of: 3 }, brokePhase: 'socket' });
    expect(record?.servers.map(({ failed }) => failed)).toEqual([0, 4, 0]);
    expect(record?.failedUnplaced).toBe(0);
    const nobody = await recordOf('failed-nowhere', [JOIN, 'join_failed rate < 1%'], {
      fateOf: ({ meeting }) => (meeting === 1 ? { is: 'failed', code: 'NO_SERVER_AVAILABLE', phase: 'api', message: 'none' } : { is: 'left' }),
    });
    expect(nobody.record).toMatchObject({ outcome: 'broken', brokeOn: undefined, failedUnplaced: 5 });
  });

  it('says nothing of the fleet where all that broke are thresholds of which nothing was measured', async () => {
    const native = 'video_fps{kind=native} p(50) > 10 fps';
    const { record, unmeasured, summary } = await recordOf('unmeasured', [JOIN, native], {});
    expect(summary.verdict).toBe('broken');
    expect({ record, unmeasured }).toEqual({ record: undefined, unmeasured: { expression: native, wantsHoldS: undefined } });
    const allowed = await recordOf('unmeasured-lost', [JOIN, native, 'users_lost count < 5'], { fateOf: ({ seq }) => (seq === 4 ? { is: 'lost', code: 'CONNECTION_LOST', message: 'gone', afterMs: 9_000 } : { is: 'left' }) });
    expect(allowed.summary.users.lost).toBe(1);
    expect({ record: allowed.record, expression: allowed.unmeasured?.expression }).toEqual({ record: undefined, expression: native });
    const lossy = await recordOf('unmeasured-lossy', [JOIN, native, LOSS], { lossRatio: 0.5 });
    expect(lossy).toMatchObject({ record: { outcome: 'broken', firstBroken: LOSS } });
    const nobody = await recordOf('unmeasured-nobody', [JOIN, native], { fateOf: () => ({ is: 'failed', code: 'GRAPHQL_REFUSED', phase: 'socket', message: 'limit' }) });
    expect(nobody.record?.outcome).toBe('broken');
  });

  it('breaks where nothing was measured on one server only, because users went without', async () => {
    const { record } = await recordOf('without', ['join_failed rate < 50%', 'join_time p(95) < 1 h per server'], {
      fateOf: ({ meeting }) => (meeting === 1 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no way' } : { is: 'left' }),
    });
    expect(record).toMatchObject({ outcome: 'broken', firstBroken: 'join_time p(95) < 1 h per server' });
  });

  it.each([
    ['video_fps{kind=native} p(50) > 10 fps', 19_000, 20],
    ['video_fps{kind=native} p(50) > 10 fps', 20_000, undefined],
    ['audio_bitrate{kind=native} p(50) > 10 kbit/s', 5_000, 20],
    ['hand_delivery p(50) < 2 s', 5_000, undefined],
  ])('asks for a longer hold where it was too short to measure %s: %i ms', async (expression, holdMs, wantsHoldS) => {
    const { unmeasured } = await recordOf(`short-${expression.split(/\W/)[0]}-${holdMs}`, [JOIN, expression], {}, { ...SHAPE, holdMs });
    expect(unmeasured).toEqual({ expression, wantsHoldS });
  });

  it('calls what breaks on all servers alike just that', async () => {
    const { record } = await recordOf('lossy', [JOIN, LOSS], { lossRatio: 0.5 });
    expect(record).toMatchObject({ outcome: 'broken', firstBroken: LOSS, worstServer: undefined, brokeOn: { kind: 'all', of: 3 }, brokePhase: 'meeting' });
  });

  it('knows what breaks a run without a threshold', async () => {
    const { record } = await recordOf('lost', [JOIN], { fateOf: ({ seq }) => (seq === 7 ? { is: 'lost', code: 'CONNECTION_LOST', message: 'gone', afterMs: 20_000 } : { is: 'left' }) });
    expect(record).toMatchObject({ outcome: 'broken', worstServer: 'sim-02.localhost:8102', brokePhase: 'meeting' });
    expect(record?.firstBroken).toMatch(/^1 user lost the meeting/);
  });
});
