import { describe, expect, it } from 'vitest';
import { sleep, type Clock } from '../../../src/core/clock.js';
import { HarnessError } from '../../../src/core/errors.js';
import type { RunEvent } from '../../../src/metrics/events.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { RunningTotal } from '../../../src/metrics/running-total.js';
import { recordedResult } from '../../../src/run/recorded-result.js';
import { decideVerdict } from '../../../src/run/verdict.js';
import type { Plan } from '../../../src/schedule/plan.js';
import { RemoteCrew } from '../../../src/workers/remote-crew.js';
import { attendance, fakeRun, planOf } from '../../fakes/fake-run.js';
import { MemoryRunBus } from '../../fakes/memory-run-bus.js';
import { crewParts } from '../../fakes/worker-crew.js';

const PLAN = planOf([attendance({ seq: 0 }), attendance({ seq: 1, meeting: 1 })]);
const AGO_MS = 40_000;
const SEAT = { queue: 'any', kinds: ['native'] } as const;

interface Scene {
  readonly withdraw?: (clock: Clock) => Promise<void>;
  readonly plan?: Plan;
  readonly stopAtMs?: number;
  readonly abortAtMs?: number;
  /** What the coordinator before this one had recorded; it died 40 s after the start. */
  readonly recorded?: readonly RunEvent[];
}

/** A run of two seats whose workers are the test. */
function scene({ withdraw, plan = PLAN, stopAtMs, abortAtMs, recorded }: Scene = {}) {
  const bus = new MemoryRunBus();
  const total = new RunningTotal([]);
  const run = fakeRun({
    plan,
    ...(stopAtMs === undefined ? {} : { stopAtMs }),
    ...(abortAtMs === undefined ? {} : { abortAtMs }),
    options: {
      crew: (context) => crew.attach(context),
      ...(recorded === undefined ? {} : { resumed: { agoMs: AGO_MS, events: recorded, ledger: [] } }),
    },
  });
  if (recorded) {
    bus.state.set('phase', JSON.stringify({ phase: 'started', startWallMs: run.clock.wallMs() - AGO_MS }));
    bus.state.set('split', JSON.stringify({ seats: [0, 1].map(() => ({ weight: 1, kinds: SEAT.kinds })) }));
    for (const seat of [0, 1]) bus.state.set(`seat.${seat}`, JSON.stringify({ worker: `w${seat}` }));
  }
  const crew = new RemoteCrew({
    bus: { ...bus.bus, ...(withdraw === undefined ? {} : { withdraw: () => withdraw(run.clock) }) },
    plan,
    job: { schema: 1, run: 'test-run', scenarioText: '', planHash: 'h', target: { kind: 'bbb', url: 'https://x', secretEnv: 'S' }, intervalMs: 10_000, ownWire: false },
    seats: [SEAT, SEAT],
    waitMs: 120_000,
    clock: run.clock,
    ...crewParts(total),
    resumed: recorded,
    say: () => undefined,
  });
  let entries = 0;
  const say = (entry: object): Promise<void> => bus.append(`entry ${entries++}`, JSON.stringify(entry));
  const label = (seat: number) => ({ worker: `w${seat}`, seat });
  return {
    bus,
    run,
    crew,
    total,
    alive: () => [0, 1].forEach((seat) => bus.tell('alive', JSON.stringify({ ...label(seat), seats: [seat] }))),
    /** What the broker has the run be in. */
    phase: () => JSON.parse(bus.state.get('phase')!) as object,
    claim: (seat: number) => bus.ask('claim', JSON.stringify({ ...label(seat), weight: 1 })),
    ready: (seat: number) => bus.ask('ready', JSON.stringify({ ...label(seat), users: 1, planHash: 'h', clockOffsetMs: 0, roundTripMs: 1 })),
    events: (seat: number, ...events: object[]) => say({ type: 'events', ...label(seat), events }),
    say,
    ask: async (subject: string, text: object): Promise<unknown> => JSON.parse(await bus.ask(subject, JSON.stringify(text))) as unknown,
    tellAlive: (worker: string) => bus.tell('alive', JSON.stringify({ worker, seats: [0] })),
    finish: (seat: number, more: object = {}) => say({ type: 'finished', ...label(seat), unprepared: 0, samplesLost: 0, entriesLost: 0, ...more }),
  };
}

const attended = (seq: number) => [
  { type: 'user-started', atMs: 0, seq, latenessMs: 0 },
  { type: 'user-joined', atMs: 1, seq, server: 's' },
  { type: 'user-ended', atMs: 2, seq, outcome: 'left' },
];

async function recorded(of: ReturnType<typeof scene>) {
  await of.crew[Symbol.asyncDispose]();
  return recordedResult({ plan: PLAN, events: of.run.output.events, series: of.total.series, snapshots: [], thresholds: [] });
}

describe('a crew of workers', () => {
  it('that brought everything has a run that holds; what is said twice or out of order counts once', async () => {
    const of = scene();
    const recorder = createRecorder({ maxSeries: 10 });
    const intervals = [1, 2, 3].map((value, interval) => {
      recorder.record({ metric: 'join_time', value: value * 100, atMs: interval });
      return recorder.takeSnapshot({ run: 'test-run', worker: 'w0.0', interval, startMs: interval, endMs: interval + 1 });
    });
    const work = async (): Promise<void> => {
      await of.run.clock.sleepUntil(1_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.claim(seat);
      await of.run.clock.sleepUntil(2_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.ready(seat);
      await of.run.clock.sleepUntil(6_000, new AbortController().signal);
      for (const seat of [0, 1, 0]) await of.events(seat, ...attended(seat));
      for (const index of [2, 0, 1, 0, 2]) await of.say({ type: 'snapshot', worker: 'w0', seat: 0, snapshot: intervals[index] });
      // A stranger has no seat: what it says of users counts for nothing.
      await of.say({ type: 'events', worker: 'stranger', seat: 0, events: [{ type: 'user-ended', atMs: 3, seq: 1, outcome: 'lost' }] });
      for (const seat of [0, 1]) await of.finish(seat);
    };
    const [result] = await Promise.all([of.run.run(), work()]);
    expect(result).toMatchObject({ reason: 'completed', notDelivered: [], counts: { started: 2, joined: 2, left: 2, lost: 0 } });
    expect(of.total.series.figures('join_time')).toMatchObject({ count: 3 });
    expect((await recorded(of)).counts).toEqual(result.counts);
  });

  it('of which one is lost before its users came has not delivered, also by the record: they came late, though none late by its own account', async () => {
    const of = scene();
    const { clock } = of.run;
    const until = (atMs: number): Promise<void> => clock.sleepUntil(atMs, new AbortController().signal);
    const work = async (): Promise<void> => {
      await until(1_000);
      for (const seat of [0, 1]) await of.claim(seat);
      for (const seat of [0, 1]) await of.ready(seat);
      await until(6_000);
      await of.events(0, ...attended(0));
      // The second is never heard again.
      for (let atMs = 8_000; atMs <= 16_000; atMs += 2_000) {
        await until(atMs);
        of.tellAlive('w0');
      }
      expect(await of.ask('claim', { worker: 'w0', seat: 1, weight: 1 })).toMatchObject({ answer: 'take-over' });
      await of.ask('ready', { worker: 'w0', seat: 1, users: 1, overdue: 1, planHash: 'h', clockOffsetMs: 0, roundTripMs: 1 });
      await of.say({ type: 'events', worker: 'w0', seat: 1, events: attended(1) });
      await of.say({ type: 'finished', worker: 'w0', seat: 1, unprepared: 0, samplesLost: 0, entriesLost: 0 });
      await of.finish(0);
    };
    const [result] = await Promise.all([of.run.run(), work()]);
    const reasons = ['worker w1 was lost, and 1 user that was due came late or not at all (a loss of the generator, not of the target)'];
    expect(result).toMatchObject({ reason: 'completed', notDelivered: reasons, counts: { started: 2, left: 2 } });
    expect(of.run.output.of('share-taken-over')).toMatchObject([{ worker: 'w0', share: 1, users: 1, overdue: 1 }]);
    expect(decideVerdict(await recorded(of))).toEqual({ verdict: 'not-delivered', exitCode: 5, reasons });
  });

  it('waits for a broker that is gone once, not once for each seat', async () => {
    const of = scene({
      withdraw: async (clock) => {
        await sleep(clock, 5_000, new AbortController().signal);
        throw new HarnessError('BROKER_UNREACHABLE', 'timeout');
      },
    });
    await of.run.clock.run(of.crew[Symbol.asyncDispose]());
    expect(of.run.clock.nowMs()).toBe(5_000);
  });

  it('of which one cannot bring its users does not begin, and says why', async () => {
    const of = scene();
    const work = async (): Promise<void> => {
      await of.run.clock.sleepUntil(1_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.claim(seat);
      await of.ready(0);
      await of.finish(1, { failure: 'no browser was found' });
    };
    const [result] = await Promise.all([of.run.run(), work()]);
    expect(result).toMatchObject({ reason: 'could-not-run', failure: { code: 'WORKERS_MISSING', message: 'worker w1 could not bring its users: no browser was found' }, counts: { started: 0 } });
    expect(decideVerdict(await recorded(of))).toMatchObject({ exitCode: 4, reasons: ['worker w1 could not bring its users: no browser was found'] });
  });

  it.each([
    [{ failure: 'out of memory' }, 'worker w1 could not bring its users: out of memory'],
    [{ entriesLost: 4 }, '4 reports of worker w1 found no room while the broker was away'],
  ])('of which one failed in mid-run has not delivered, also by the record: %o', async (last, reason) => {
    const of = scene();
    const work = async (): Promise<void> => {
      await of.run.clock.sleepUntil(1_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.claim(seat);
      await of.run.clock.sleepUntil(2_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.ready(seat);
      await of.run.clock.sleepUntil(6_000, new AbortController().signal);
      for (const seat of [0, 1]) await of.events(seat, ...attended(seat));
      await of.finish(0);
      await of.finish(1, last);
    };
    const [result] = await Promise.all([of.run.run(), work()]);
    expect(result.notDelivered).toEqual([reason]);
    expect(decideVerdict(await recorded(of))).toEqual({ verdict: 'not-delivered', exitCode: 5, reasons: [reason] });
  });

  it.each([
    ['stop', { stopAtMs: 20_000 }, 'stopping'],
    ['abort', { abortAtMs: 20_000 }, 'aborting'],
  ] as const)('is told to %s when the broker is back, if it was away then', async (_how, ending, phase) => {
    const of = scene({ ...ending, plan: planOf([attendance({ seq: 0, leaveMs: 300_000 }), attendance({ seq: 1, meeting: 1, dueMs: 120_000, leaveMs: 300_000 })]) });
    const at = (atMs: number): Promise<void> => of.run.clock.sleepUntil(atMs, new AbortController().signal);
    const work = async (): Promise<void> => {
      await at(1_000);
      for (const seat of [0, 1]) await of.claim(seat);
      await at(2_000);
      for (const seat of [0, 1]) await of.ready(seat);
      await at(10_000);
      of.alive();
      await at(15_000);
      of.bus.away = true;
      await at(19_000);
      of.alive();
      await at(24_000);
      expect(of.phase()).toMatchObject({ phase: 'started' });
      of.bus.away = false;
      await at(27_000);
      expect(of.phase()).toMatchObject({ phase, startWallMs: expect.any(Number) as number });
      for (const seat of [0, 1]) await of.finish(seat);
    };
    await Promise.all([of.run.run(), work()]);
  });

  it.each([
    [{ reason: 'threshold', code: 'THRESHOLD_BROKEN', message: 'join_failed rate < 1% broke' }, { reason: 'threshold' }],
    [{ reason: 'foreign', code: 'FOREIGN_MEETINGS', message: 'the target has a meeting' }, { reason: 'foreign', failure: { code: 'FOREIGN_MEETINGS', message: 'the target has a meeting' } }],
    [{ reason: 'stopped' }, { reason: 'stopped' }],
    [{ reason: 'aborted' }, { reason: 'aborted' }],
  ] as const)('that was being ended when its coordinator died ends for the same reason: %o', async (end, expected) => {
    const recordedBefore: RunEvent[] = [
      { type: 'run-started', atMs: 0, wallMs: 0 },
      { type: 'meeting-created', atMs: 0, meeting: 0, meetingId: 'firstbell-test-run-0' },
      { type: 'user-started', atMs: 0, seq: 0, latenessMs: 0 },
      { type: 'user-joined', atMs: 1, seq: 0, server: 's' },
      { type: 'stopping', atMs: 39_000, ...end },
    ];
    const plan = planOf([attendance({ seq: 0, leaveMs: 300_000 }), attendance({ seq: 1, meeting: 1, dueMs: 120_000, leaveMs: 300_000 })]);
    const of = scene({ plan, recorded: recordedBefore });
    const work = async (): Promise<void> => {
      await of.run.clock.sleepUntil(2_000, new AbortController().signal);
      // The broker may have been away when the first coordinator said it; whoever goes on with the run needs the start.
      expect(of.phase()).toEqual({ phase: end.reason === 'aborted' ? 'aborting' : 'stopping', startWallMs: of.run.clock.wallMs() - 2_000 - AGO_MS });
      await of.events(0, { type: 'user-ended', atMs: 42_000, seq: 0, outcome: 'aborted', code: 'STOPPED' });
      for (const seat of [0, 1]) await of.finish(seat);
    };
    const [result] = await Promise.all([of.run.run(), work()]);
    expect(result).toMatchObject({ ...expected, counts: { started: 1, notStarted: 1 } });
    expect(result.durationMs).toBeLessThan(60_000);
    // Nobody would join it.
    expect(of.run.host.log.filter(({ call }) => call === 'create')).toEqual([]);
    expect(of.run.output.of('stopping')).toEqual([]);
    expect(of.run.output.events.at(-1)).toMatchObject({ type: 'run-ended', reason: end.reason });
  });

  it('that was being ended when its coordinator died is over although its workers are gone', async () => {
    const of = scene({ recorded: [{ type: 'user-started', atMs: 0, seq: 0, latenessMs: 0 }, { type: 'stopping', atMs: 39_000, reason: 'stopped' }] });
    const result = await of.run.run();
    expect(result).toMatchObject({ reason: 'stopped', counts: { started: 1, notStarted: 1, aborted: 1 } });
    expect(of.run.output.of('worker-lost')).toHaveLength(2);
    expect(of.run.clock.nowMs()).toBeLessThan(20_000);
  });

  it('keeps who took over a share, also if the broker hears only then that it was lost', async () => {
    const of = scene({ plan: planOf([attendance({ seq: 0, leaveMs: 300_000 }), attendance({ seq: 1, meeting: 1, leaveMs: 300_000 })]) });
    const at = (atMs: number): Promise<void> => of.run.clock.sleepUntil(atMs, new AbortController().signal);
    const work = async (): Promise<void> => {
      await at(1_000);
      for (const seat of [0, 1]) await of.claim(seat);
      await at(2_000);
      for (const seat of [0, 1]) await of.ready(seat);
      await at(10_000);
      of.bus.away = true;
      while (of.run.output.of('worker-lost').length < 2) await at(of.run.clock.nowMs() + 100);
      of.bus.away = false;
      for (const seat of [0, 1]) await of.claim(seat);
      await at(of.run.clock.nowMs() + 3_000);
      for (const seat of [0, 1]) expect(of.bus.state.get(`seat.${seat}`)).toBe(JSON.stringify({ worker: `w${seat}` }));
      for (const seat of [0, 1]) await of.finish(seat);
    };
    await Promise.all([of.run.run(), work()]);
  });
});
