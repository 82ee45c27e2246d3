import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { HarnessError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/log.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { Task } from '../../../src/workers/bus.js';
import type { Entry, Job } from '../../../src/workers/messages.js';
import { SeatWork, type Equip, type Equipment } from '../../../src/workers/seat-work.js';
import { FakeAttendeeFactory } from '../../fakes/fake-attendee.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { MemoryRunBus } from '../../fakes/memory-run-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const PLAN = planOf([attendance({ seq: 0, leaveMs: 60_000 }), attendance({ seq: 1, dueMs: 20_000, leaveMs: 60_000 })]);
const JOB: Job = { schema: 1, run: 'r', scenarioText: '', planHash: 'h', target: { kind: 'bbb', url: 'https://bbb.example.org', secretEnv: 'BBB_SECRET' }, intervalMs: 10_000, ownWire: false };

interface Scripted {
  readonly job?: unknown;
  readonly claim?: object | Error;
  readonly ready?: object;
  readonly equip?: Equip;
  readonly orphanAfterMs?: number;
  readonly attempt?: number;
  /** How long the worker takes to make its users ready. */
  readonly equipMs?: number;
  /** The coordinator waits for others: the test says when the run starts. */
  readonly waits?: boolean;
}

/** One worker with one seat; the coordinator is the test. */
function scene({ job = JOB, claim = { answer: 'yours' }, ready = { ok: true }, equip, orphanAfterMs = 60_000, attempt = 1, equipMs = 0, waits = false }: Scripted = {}) {
  const clock = new VirtualClock();
  const stepped = { worker: 0, coordinator: 0 };
  const own: Clock = { nowMs: () => clock.nowMs(), wallMs: () => clock.wallMs() + stepped.worker, sleepUntil: (atMs, signal) => clock.sleepUntil(atMs, signal) };
  const coordinatorMs = (): number => clock.wallMs() + stepped.coordinator;
  const bus = new MemoryRunBus();
  const [stop, abort] = [new AbortController(), new AbortController()];
  const fate: string[] = [];
  const said: string[] = [];
  const refusals: unknown[] = [];
  const task: Task = {
    text: '',
    attempt,
    working: () => undefined,
    done: () => Promise.resolve(void fate.push('done')),
    giveBack: (delayMs) => void fate.push(`given back for ${delayMs}`),
    drop: () => void fate.push('dropped'),
  };
  if (job !== undefined) bus.state.set('job', JSON.stringify(job));
  bus.state.set('split', JSON.stringify({ seats: [{ weight: 1, kinds: ['native', 'browser'] }] }));
  bus.state.set('meeting.0', JSON.stringify({ ok: true }));
  bus.serve('clock', () => JSON.stringify({ wallMs: coordinatorMs() }));
  bus.serve('claim', () => {
    if (claim instanceof Error) throw claim;
    return JSON.stringify(claim);
  });
  bus.serve('refuse', (text) => {
    refusals.push(JSON.parse(text));
    return '{}';
  });
  const start = (): void => void bus.put('phase', JSON.stringify({ phase: 'started', startWallMs: coordinatorMs() + 2_000 }));
  bus.serve('ready', () => {
    if ((ready as { ok?: boolean }).ok && !waits) start();
    return JSON.stringify(ready);
  });
  const readies: unknown[] = [];
  const ask = bus.ask.bind(bus);
  bus.ask = (subject, text) => {
    if (subject === 'ready') readies.push(JSON.parse(text));
    return ask(subject, text);
  };
  const factory = new FakeAttendeeFactory('native', clock);
  let open = 0;
  const equipment = (): Equipment => {
    open++;
    return { plan: PLAN, planHash: 'h', factories: { native: factory }, recorder: createRecorder({ maxSeries: 500 }), usage: () => ({ cpuSeconds: 0, rssMb: 1 }), evidence: () => Promise.resolve(undefined), [Symbol.asyncDispose]: () => Promise.resolve(void open--) };
  };
  const options = { bus: bus.bus, worker: 'w', weight: 1, clock: own, equip: equip ?? (() => own.sleepUntil(equipMs, abort.signal).then(equipment)), orphanAfterMs, stop: stop.signal, abort: abort.signal, say: (text: string) => void said.push(text), logger: silentLogger };
  const work = new SeatWork(options, task, { run: 'r', seat: 0 });
  const alive = (): void => bus.tell('coordinator', JSON.stringify({ wallMs: clock.wallMs() }));
  const entries = (): Entry[] => bus.log.map((text) => JSON.parse(text) as Entry);
  return {
    clock,
    bus,
    stop,
    abort,
    fate,
    said,
    refusals,
    readies,
    work,
    alive,
    start,
    stepped,
    opened: () => open,
    events: () => entries().flatMap((entry) => (entry.type === 'events' ? (entry.events as { type: string; seq?: number; outcome?: string; atMs: number }[]) : [])),
    last: () => entries().at(-1),
    /** Lives on the clock until the share is over; at some instants something happens. */
    async run(at: Readonly<Record<number, () => void>> = {}): Promise<void> {
      const over = new AbortController();
      // One after the other: numbers come in their order, and the signal has one listener at a time.
      const happening = (async () => {
        for (const [atMs, happen] of Object.entries(at)) {
          await clock.sleepUntil(Number(atMs), over.signal);
          happen();
        }
      })().catch(() => undefined);
      await clock.run(work.run());
      over.abort();
      await happening;
    },
  };
}

/** A coordinator that lives to the end. */
const words = (of: ReturnType<typeof scene>, untilMs: number) => Object.fromEntries(Array.from({ length: untilMs / 5_000 }, (_, n) => [(n + 1) * 5_000, of.alive]));

describe('one share of a run on a worker', () => {
  it('is brought to its end: everybody comes and leaves, the last word is said, the seat is done', async () => {
    const of = scene();
    await of.run(words(of, 80_000));
    expect(of.events().filter(({ type }) => type.startsWith('user-')).map(({ type, seq, outcome }) => [type, seq, outcome])).toEqual([
      ['user-started', 0, undefined],
      ['user-joined', 0, undefined],
      ['user-started', 1, undefined],
      ['user-joined', 1, undefined],
      ['user-ended', 0, 'left'],
      ['user-ended', 1, 'left'],
    ]);
    expect(of.last()).toEqual({ type: 'finished', worker: 'w', seat: 0, unprepared: 0, samplesLost: 0, entriesLost: 0 });
    expect(of.fate).toEqual(['done']);
    expect(of.work.failure).toBeUndefined();
    expect(of.opened()).toBe(0);
  });

  it.each([
    ['forward by a minute', 60_000],
    ['back by an hour', -3_600_000],
  ])('starts when agreed, and nobody at once who is to come later, although the wall clock of its machine is put %s while others are waited for', async (_how, byMs) => {
    const of = scene({ waits: true });
    await of.run({ ...words(of, 100_000), 1_000: () => void (of.stepped.worker += byMs), 5_001: of.start, 6_000: () => void (of.stepped.worker -= byMs / 2) });
    expect(of.events().flatMap(({ type, seq, atMs }) => (type === 'user-started' ? [[seq, atMs]] : []))).toEqual([
      [0, 0],
      [1, 20_000],
    ]);
    expect(of.clock.nowMs()).toBeLessThan(90_000);
  });

  it('starts when agreed although the coordinator’s wall clock was put while the users were made ready', async () => {
    const of = scene({ equipMs: 4_000 });
    await of.run({ ...words(of, 100_000), 1_000: () => void (of.stepped.coordinator -= 30_000) });
    expect(of.events().flatMap(({ type, seq, atMs }) => (type === 'user-started' ? [[seq, atMs]] : []))).toEqual([
      [0, 0],
      [1, 20_000],
    ]);
  });

  it.each([
    ['there is no such run any more', { job: null }, ['dropped']],
    ['another holds the seat', { claim: { answer: 'held' } }, ['given back for 3000']],
    ['the run is over', { claim: { answer: 'over' } }, ['dropped']],
    ['the coordinator does not answer', { claim: new HarnessError('BROKER_UNREACHABLE', 'no responders') }, ['given back for 3000']],
    ['the coordinator has not answered for long', { claim: new HarnessError('BROKER_UNREACHABLE', 'no responders'), attempt: 40 }, ['given back for 15000']],
    ['the coordinator answers something else', { claim: { answer: 'perhaps' } }, ['given back for 3000']],
  ] satisfies [string, Scripted, string[]][])('is not begun when %s', async (_when, scripted, fate) => {
    const of = scene(scripted);
    await of.run();
    expect(of.fate).toEqual(fate);
    expect(of.bus.log).toEqual([]);
    expect(of.refusals).toEqual([]);
    expect(of.work.refused).toBe(false);
    expect(of.work.failure).toBeUndefined();
  });

  it('is given back, with what is missing and what helps, when the worker lacks something', async () => {
    const of = scene({ equip: () => Promise.reject(new HarnessError('SECRET_MISSING', 'BBB_SECRET is not set', { hint: 'export it' })) });
    await of.run();
    expect(of.refusals).toEqual([{ worker: 'w', seat: 0, code: 'SECRET_MISSING', message: 'BBB_SECRET is not set', hint: 'export it' }]);
    expect(of.fate).toEqual(['given back for 3000']);
    expect(of.work.refused).toBe(true);
    expect(of.work.failure).toMatchObject({ code: 'SECRET_MISSING', hint: 'export it' });
    expect(of.said).toContain('Share 0 of run r could not be brought: BBB_SECRET is not set (export it)');
  });

  it('whose coordinator does not want it ends with the reason as its last word', async () => {
    const of = scene({ ready: { ok: false, message: 'this worker makes another plan' } });
    await of.run();
    expect(of.last()).toMatchObject({ type: 'finished', failure: 'this worker makes another plan' });
    expect(of.work.failure).toMatchObject({ code: 'USAGE', message: 'this worker makes another plan' });
    expect(of.fate).toEqual(['done']);
    expect(of.opened()).toBe(0);
  });

  it('of a lost worker has only who had not been started', async () => {
    const of = scene({ claim: { answer: 'take-over', started: Buffer.from([0b1]).toString('base64') } });
    await of.run(words(of, 80_000));
    expect(of.events().flatMap(({ type, seq }) => (type === 'user-started' ? [seq] : []))).toEqual([1]);
    expect(of.readies).toMatchObject([{ users: 1, overdue: 0 }]);
  });

  it('of a lost worker says how many users were due before it could begin', async () => {
    const of = scene({ claim: { answer: 'take-over', started: '' } });
    await of.run(words(of, 80_000));
    // User 0 was due at once, user 1 is not due yet.
    expect(of.readies).toMatchObject([{ users: 2, overdue: 1 }]);
  });

  it('of a lost worker is measured under a name of its own: who takes its own lost share again is another recorder', async () => {
    const recorders = async (claim: object): Promise<readonly string[]> => {
      const of = scene({ claim });
      await of.run(words(of, 80_000));
      return [...new Set(of.bus.log.map((text) => JSON.parse(text) as Entry).flatMap((entry) => (entry.type === 'snapshot' ? [(entry.snapshot as { worker: string }).worker] : [])))];
    };
    expect(await recorders({ answer: 'yours' })).toEqual(['w.0']);
    expect(await recorders({ answer: 'take-over', started: '' })).toEqual([expect.stringMatching(/^w\.0\.[a-z0-9]{6}$/)]);
  });

  const starts = (of: ReturnType<typeof scene>) => of.events().flatMap((event) => (event.type === 'user-started' ? [[event.seq, (event as unknown as { latenessMs: number }).latenessMs >= 1_000]] : []));

  it('that is cut off from the broker starts nobody whom another may bring by now, and says how late they are when it is back', async () => {
    const of = scene();
    // Cut off when user 1 is due, 20 s after the start at 2 s.
    await of.run({ 1_000: of.alive, 5_000: () => (of.bus.away = true), 30_000: () => (of.bus.away = false), ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [31_000 + n * 5_000, of.alive])) });
    expect(starts(of)).toEqual([[0, false], [1, true]]);
    expect(of.said.filter((line) => line.includes('cut off') || line.includes('start again'))).toHaveLength(2);
    expect(of.fate).toEqual(['done']);
  });

  it('whose coordinator died goes on: the broker says whose the share is', async () => {
    const of = scene();
    await of.run({ 1_000: of.alive });
    expect(starts(of)).toEqual([[0, false], [1, false]]);
  });

  it('that was given to another while it was cut off is left when it is back, before anybody else is started', async () => {
    const of = scene();
    await of.run({
      1_000: of.alive,
      5_000: () => (of.bus.away = true),
      // The word of it gets lost; the state stays.
      15_000: () => of.bus.state.set('seat.0', JSON.stringify({ worker: 'other' })),
      30_000: () => (of.bus.away = false),
    });
    expect(starts(of).map(([seq]) => seq)).not.toContain(1);
    expect(of.said.at(-1)).toBe('Share 0 of run r: another worker has it');
  });

  it('that another worker has by now is left at once, and nothing more is said of it', async () => {
    const of = scene();
    await of.run({ ...words(of, 80_000), 30_500: () => void of.bus.put('seat.0', JSON.stringify({ worker: 'other' })) });
    expect(of.clock.nowMs()).toBeLessThan(60_000);
    expect(of.events().some(({ type }) => type === 'user-ended')).toBe(false);
    expect(of.last()?.type).not.toBe('finished');
    expect(of.fate).toEqual([]);
    expect(of.said.at(-1)).toBe('Share 0 of run r: another worker has it');
    expect(of.work.failure).toMatchObject({ code: 'WORKER_LOST' });
  });

  it.each([
    ['the run is stopped', undefined, (of: ReturnType<typeof scene>) => void of.bus.put('phase', JSON.stringify({ phase: 'stopping' }))],
    ['the run is aborted', undefined, (of: ReturnType<typeof scene>) => void of.bus.put('phase', JSON.stringify({ phase: 'aborting' }))],
    ['its own process is stopped', 'it was stopped on its machine', (of: ReturnType<typeof scene>) => of.stop.abort(new HarnessError('STOPPED', 'Ctrl-C'))],
  ])('ends early when %s: its users leave, who is to come does not', async (_what, failure, stop) => {
    const of = scene();
    await of.run({ ...words(of, 80_000), 15_000: () => stop(of) });
    expect(of.clock.nowMs()).toBeLessThan(40_000);
    expect(of.events().flatMap(({ type, seq, outcome }) => (type === 'user-ended' ? [[seq, outcome]] : []))).toEqual([[0, 'aborted']]);
    expect(of.last()).toMatchObject({ type: 'finished' });
    expect((of.last() as { readonly failure?: string }).failure).toBe(failure);
    expect(of.fate).toEqual(['done']);
    expect(of.work.failure).toBeUndefined();
  });

  it('that its coordinator gives up before it began was not the worker’s to bring', async () => {
    const of = scene();
    of.bus.state.delete('split');
    await of.run({ ...words(of, 80_000), 15_000: () => void of.bus.put('phase', JSON.stringify({ phase: 'over' })) });
    expect(of.fate).toEqual(['given back for 3000']);
    expect(of.work.failure).toBeUndefined();
  });

  it('ends when the coordinator has been silent for too long', async () => {
    const of = scene({ orphanAfterMs: 10_000 });
    await of.run({ 5_000: of.alive });
    expect(of.said).toContain('No word from the coordinator for 10 s: the users leave their meetings');
    expect(of.events().flatMap(({ type, outcome }) => (type === 'user-ended' ? [outcome] : []))).toEqual(['aborted']);
  });

  it('says everything, in order, when the broker comes back', async () => {
    const of = scene();
    await of.run({ ...words(of, 140_000), 15_000: () => (of.bus.away = true), 100_000: () => (of.bus.away = false) });
    expect(of.events().filter(({ type }) => type === 'user-ended')).toHaveLength(2);
    expect(of.last()).toMatchObject({ type: 'finished', entriesLost: 0 });
  });

  it('that is aborted on its machine while the broker stays away does not wait for it', async () => {
    const of = scene();
    await of.run({
      ...words(of, 80_000),
      15_500: () => (of.bus.away = true),
      20_500: () => of.stop.abort(new HarnessError('STOPPED', 'Ctrl-C')),
      50_500: () => of.abort.abort(new HarnessError('STOPPED', 'Ctrl-C again')),
    });
    // Until then it waited: a broker may come back.
    expect(of.clock.nowMs()).toBeGreaterThanOrEqual(50_500);
    expect(of.clock.nowMs()).toBeLessThan(55_000);
    expect(of.last()?.type).not.toBe('finished');
    expect(of.opened()).toBe(0);
  });

  it('ends although its run has been forgotten meanwhile', async () => {
    const of = scene();
    await of.run({ ...words(of, 80_000), 15_000: () => void of.bus.forget() });
    expect(of.last()?.type).not.toBe('finished');
    expect(of.fate).toEqual(['done']);
  });
});
