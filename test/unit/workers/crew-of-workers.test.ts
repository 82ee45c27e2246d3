import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { lostWorkers } from '../../../src/run/lost-workers.js';
import { decideVerdict } from '../../../src/run/verdict.js';
import { attendance, planOf, threshold } from '../../fakes/fake-run.js';
import { workerCrew } from '../../fakes/worker-crew.js';

/** Event loops are this machine's own, and no subject here. */
const LIMITS = { ...planOf([]).limits, maxEventLoopDelayMs: 600_000 };

const PAIR = planOf([attendance({ seq: 0 }), attendance({ seq: 1, meeting: 1 })], { limits: LIMITS });
const NO_SECRET = new HarnessError('SECRET_MISSING', 'BBB_SECRET is not set', { hint: 'export BBB_SECRET=…' });

describe('a coordinator with its workers', () => {
  it('brings everybody, each once, and leaves nothing on the broker', async () => {
    const of = workerCrew({ plan: PAIR, workers: [undefined, undefined] });
    const result = await of.carryOut();
    expect(result).toMatchObject({ reason: 'completed', notDelivered: [], counts: { planned: 2, started: 2, joined: 2, left: 2 } });
    expect(of.output.of('worker-ready').map(({ share, users }) => [share, users])).toEqual([[0, 1], [1, 1]]);
    expect(of.workersSaid.flat().filter((line) => line.includes('all users have left'))).toHaveLength(2);
    expect(of.bus.run('test-run').forgotten).toBe(true);
    expect(of.bus.offered).toEqual([]);
  });

  it('opens its meetings when its workers are there, however late: a target ends those that nobody joins', async () => {
    const lateMs = 20 * 60_000;
    const of = workerCrew({ plan: PAIR, workers: [undefined, undefined], waitMs: 3_600_000, workersComeAtMs: lateMs });
    const result = await of.carryOut();
    expect(result).toMatchObject({ reason: 'completed', notDelivered: [], counts: { joined: 2, left: 2 }, meetings: { created: 2, ended: 2 } });
    const created = of.host.log.filter(({ call }) => call === 'create').map(({ atMs }) => atMs);
    expect(created).toHaveLength(2);
    expect(Math.min(...created)).toBeGreaterThanOrEqual(lateMs);
  });

  it('refuses meetings of others that began while it waited for its workers, before it opens any', async () => {
    const of = workerCrew({ plan: PAIR, workers: [undefined, undefined], waitMs: 3_600_000, workersComeAtMs: 600_000, host: { foreign: (atMs) => (atMs > 300_000 ? [{ name: 'Staff meeting', users: 7 }] : []) } });
    await expect(of.carryOut()).rejects.toMatchObject({ code: 'FOREIGN_MEETINGS', message: expect.stringContaining('so nothing was started') as string });
    expect(of.host.log).toEqual([]);
    expect(of.output.of('user-started')).toEqual([]);
  });

  it('looks for meetings of others also when the workers are there, and starts where they are allowed', async () => {
    const of = workerCrew({ plan: PAIR, workers: [undefined, undefined], workersComeAtMs: 10_000, host: { foreign: () => [{ name: 'Staff meeting', users: 7 }] }, allowForeign: true });
    expect(await of.carryOut()).toMatchObject({ reason: 'completed', notDelivered: [] });
    expect(of.output.of('foreign-meeting')).toHaveLength(1);
  });

  it('ends when nobody brings users any more, and opens nothing that nobody would join', async () => {
    const hours = 4 * 3_600_000;
    const day = planOf([attendance({ seq: 0, leaveMs: 600_000 }), attendance({ seq: 1, meeting: 1, dueMs: hours, leaveMs: hours + 60_000 })], { limits: LIMITS });
    const of = workerCrew({ plan: day, workers: [undefined], workerStopsAtMs: 300_000 });
    const result = await of.carryOut();
    expect(result).toMatchObject({ reason: 'completed', counts: { started: 1, notStarted: 1 }, meetings: { created: 1, ended: 1 } });
    expect(result.durationMs).toBeLessThan(360_000);
    expect(decideVerdict(result)).toMatchObject({ verdict: 'not-delivered', exitCode: 5 });
  });

  it('opens none when its workers never come', async () => {
    const of = workerCrew({ plan: PAIR, workers: [], seats: 1 });
    expect(await of.carryOut()).toMatchObject({ reason: 'could-not-run', failure: { code: 'WORKERS_MISSING' } });
    expect(of.host.log).toEqual([]);
  });

  it('has not delivered the load when a worker was stopped on its machine, and says which', async () => {
    const of = workerCrew({ plan: PAIR, workers: [undefined, undefined], workerStopsAtMs: 30_000 });
    const result = await of.carryOut();
    expect(result).toMatchObject({ reason: 'completed', counts: { started: 2, joined: 2, left: 1, aborted: 1 } });
    expect(result.notDelivered).toEqual(['worker w0 could not bring its users: it was stopped on its machine', '1 user was taken out before it was time']);
    expect(decideVerdict(result)).toMatchObject({ verdict: 'not-delivered', exitCode: 5 });
  });

  it('hears at once from a worker that lacks something, and lets another take its share', async () => {
    const of = workerCrew({ plan: PAIR, workers: [NO_SECRET, undefined, undefined], seats: 2 });
    const result = await of.carryOut();
    expect(result).toMatchObject({ reason: 'completed', notDelivered: [], counts: { started: 2, left: 2 } });
    const [refused, ...more] = of.output.of('worker-refused');
    expect(refused).toMatchObject({ worker: 'w0', code: 'SECRET_MISSING', message: 'BBB_SECRET is not set' });
    // It is not asked again and again for the same run.
    expect(more).toEqual([]);
    expect(of.said).toContainEqual(`Worker w0 gives share ${refused!.share} back: BBB_SECRET is not set (SECRET_MISSING); export BBB_SECRET=…`);
  });

  it('says which worker lacks what when there are not enough without it', async () => {
    const of = workerCrew({ plan: PAIR, workers: [NO_SECRET, undefined] });
    const result = await of.carryOut();
    expect(result).toMatchObject({
      reason: 'could-not-run',
      failure: { code: 'WORKERS_MISSING', message: 'only 1 of 2 workers were ready after 30 s (1 had taken a seat); worker w0 could not bring its users: BBB_SECRET is not set', hint: 'export BBB_SECRET=…' },
      counts: { started: 0 },
    });
    expect(of.workersSaid[0]).toContainEqual(expect.stringContaining('BBB_SECRET is not set (export BBB_SECRET=…)'));
  });

  it('names what is missing also when it is our own fault', async () => {
    const of = workerCrew({ plan: PAIR, workers: [new TypeError('x is undefined')], seats: 1 });
    expect((await of.carryOut()).failure?.message).toContain('worker w0 could not bring its users: x is undefined');
    expect(of.output.of('worker-refused')).toMatchObject([{ code: 'INTERNAL' }]);
  });

  // One user in 250 ms; from one of them on nobody gets in.
  it.each([80, 83, 87, 93, 100, 114, 119])('stops within five seconds of what breaks an abort threshold, however long the intervals are: at user %i', async (first) => {
    const plan = planOf(Array.from({ length: 400 }, (_, seq) => attendance({ seq, meeting: seq % 2, dueMs: seq * 250, leaveMs: 120_000 })), { limits: LIMITS });
    const of = workerCrew({
      plan,
      workers: [undefined, undefined],
      users: ({ seq }) => (seq >= first ? { fail: { join: 'JOIN_DENIED' } } : {}),
      thresholds: [threshold('join_failed rate < 0.1%', true)],
      intervalMs: 30_000,
    });
    const result = await of.carryOut();
    expect(result.reason).toBe('threshold');
    const [stopping] = of.output.of('stopping');
    const broke = of.output.of('user-ended').find(({ outcome }) => outcome === 'failed')!;
    expect(stopping!.atMs - broke.atMs).toBeGreaterThan(0);
    expect(stopping!.atMs - broke.atMs).toBeLessThanOrEqual(5_000);
    // What stopped the run is in what it ends with, too: every interval has come.
    expect(result.thresholds).toMatchObject([{ held: false }]);
    expect(result.counts.started).toBeLessThan(400);
  });
});

describe('what workers kept from the target', () => {
  const refused = { type: 'worker-refused', atMs: 1, worker: 'w0', share: 3, code: 'SECRET_MISSING', message: 'BBB_SECRET is not set' } as const;
  const ready = (share: number) => ({ type: 'worker-ready', atMs: 2, worker: 'w1', share, users: 1, clockOffsetMs: 0, roundTripMs: 0 }) as const;

  it('has a share that was given back and that nobody took, not one that another took', () => {
    expect(lostWorkers([refused, ready(2)])).toEqual(['worker w0 could not bring its users: BBB_SECRET is not set']);
    expect(lostWorkers([refused, ready(3)])).toEqual([]);
    // Ready once, lost, and then refused by the next.
    expect(lostWorkers([ready(3), refused])).toHaveLength(1);
  });

  const lost = (worker: string, running: number, waiting: number) => ({ type: 'worker-lost', atMs: 3, worker, share: 3, running, waiting }) as const;
  const takenOver = (overdue?: number) => ({ type: 'share-taken-over', atMs: 4, worker: 'w9', share: 3, users: 5, ...(overdue === undefined ? {} : { overdue }) }) as const;
  const WHOSE = '(a loss of the generator, not of the target)';

  it.each([
    ['took nobody with it and whose users came in time', [lost('w0', 0, 5), takenOver(0)], []],
    ['was told of by an earlier version', [lost('w0', 0, 5), takenOver()], []],
    ['took users with it', [lost('w0', 1, 5), takenOver(0)], [`worker w0 was lost with 1 running user ${WHOSE}`]],
    ['had users that were due before another could bring them', [lost('w0', 0, 5), takenOver(1)], [`worker w0 was lost, and 1 user that was due came late or not at all ${WHOSE}`]],
    ['cost both', [lost('w0', 7, 5), takenOver(2)], [`worker w0 was lost with 7 running users ${WHOSE}`, `worker w0 was lost, and 2 users that were due came late or not at all ${WHOSE}`]],
    ['had users that nobody brought', [lost('w0', 0, 5)], [`worker w0 was lost, and nobody brought 5 users that were still to come ${WHOSE}`]],
    ['was followed by one that was lost as well', [lost('w0', 0, 5), lost('w1', 0, 5), takenOver(2)], ['w0', 'w1'].map((worker) => `worker ${worker} was lost, and 2 users that were due came late or not at all ${WHOSE}`)],
  ] as const)('names a lost worker by what it cost: one that %s', (_what, events, reasons) => {
    expect(lostWorkers(events)).toEqual(reasons);
  });

  it('has nobody who was to come after the run was stopped', () => {
    expect(lostWorkers([lost('w0', 0, 5)], false)).toEqual([]);
  });
});
