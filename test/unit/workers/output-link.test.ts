import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/log.js';
import type { Snapshot } from '../../../src/metrics/snapshot.js';
import type { Entry } from '../../../src/workers/messages.js';
import { OutputLink } from '../../../src/workers/output-link.js';
import { MemoryBus } from '../../fakes/memory-bus.js';
import { MemoryRunBus } from '../../fakes/memory-run-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

it('sends the pictures that events name: of failed users and of failed steps', async () => {
  const bus = new MemoryBus().run('r');
  const said: { readonly type: string; readonly seq?: number; readonly jpeg?: string }[] = [];
  bus.append = (_id, text) => Promise.resolve(void said.push(JSON.parse(text) as (typeof said)[number]));
  const link = new OutputLink({ bus, clock: new VirtualClock(), logger: silentLogger, worker: 'one', seat: 0, evidence: (path) => Promise.resolve(Buffer.from(path)) });
  link.event({ type: 'step-failed', atMs: 1, seq: 3, step: 'chat', code: 'STEP_FAILED', message: 'not sent', screenshot: 'evidence/user-3.jpg' });
  link.event({ type: 'step-failed', atMs: 2, seq: 3, step: 'chat', code: 'STEP_FAILED', message: 'not sent' });
  link.event({ type: 'user-ended', atMs: 3, seq: 4, outcome: 'lost', code: 'KICKED', screenshot: 'evidence/user-4.jpg' });
  await link.finish({} as Parameters<OutputLink['finish']>[0]);
  const pictures = said.filter(({ type }) => type === 'evidence').map(({ seq, jpeg }) => [seq, Buffer.from(jpeg ?? '', 'base64').toString()]);
  expect(pictures).toEqual([
    [3, 'evidence/user-3.jpg'],
    [4, 'evidence/user-4.jpg'],
  ]);
});

const snapshot = (interval: number): Snapshot => ({ schema: 1, run: 'r', worker: 'one.0', interval, startMs: interval, endMs: interval + 1, series: [] });

function linked(abort?: AbortSignal) {
  const bus = new MemoryRunBus();
  const clock = new VirtualClock();
  const ids: string[] = [];
  const append = bus.append.bind(bus);
  bus.append = (id, text) => {
    ids.push(id);
    return append(id, text);
  };
  const logged: string[] = [];
  const link = new OutputLink({ bus, clock, logger: { log: (level, message) => void logged.push(`${level}: ${message}`) }, worker: 'one', seat: 0, ...(abort === undefined ? {} : { abort }) });
  const said = (): Entry[] => bus.log.map((text) => JSON.parse(text) as Entry);
  const intervals = (): number[] => said().flatMap((entry) => (entry.type === 'snapshot' ? [(entry.snapshot as Snapshot).interval] : []));
  return { bus, clock, link, ids, said, intervals, logged };
}

describe('while the broker is away', () => {
  it('what is said waits, and goes in order once it is back, each entry under one id however often it was tried', async () => {
    const { bus, clock, link, ids, intervals, said } = linked();
    bus.away = true;
    for (let interval = 0; interval < 3; interval++) {
      link.event({ type: 'user-dropped', atMs: interval, seq: interval });
      link.snapshot(snapshot(interval));
    }
    await clock.advanceTo(5_500);
    expect([...new Set(ids)]).toEqual([expect.stringMatching(/^one\.0\.[a-z0-9]{6}\.0$/)]);
    bus.away = false;
    await clock.run(link.finish({ unprepared: 0, samplesLost: 0 }));
    expect(intervals()).toEqual([0, 1, 2]);
    expect(said().map(({ type }) => type)).toEqual(['events', 'snapshot', 'events', 'snapshot', 'events', 'snapshot', 'finished']);
    expect(new Set(ids).size).toBe(7);
    expect(link.lost).toBe(0);
  });

  it('is tried once more when whoever waits for it aborts, and then given up with a word', async () => {
    const abort = new AbortController();
    const { bus, clock, link, ids, logged } = linked(abort.signal);
    bus.away = true;
    link.snapshot(snapshot(0));
    await clock.advanceTo(2_500);
    const tried = ids.length;
    const finished = link.finish({ unprepared: 0, samplesLost: 0 });
    abort.abort();
    await clock.run(finished);
    expect(ids.length - tried).toBe(1);
    expect(logged.at(-1)).toBe('warn: the broker does not take what share 0 says; given up, with 2 reports that the coordinator will miss: timeout');
    expect(link.lost).toBe(2);
  });

  it('the oldest entries give way when the queue is full, and the last word says how many did', async () => {
    const { bus, clock, link, intervals, said } = linked();
    bus.away = true;
    for (let interval = 0; interval < 20_010; interval++) link.snapshot(snapshot(interval));
    expect(link.lost).toBe(10);
    bus.away = false;
    await clock.run(link.finish({ unprepared: 0, samplesLost: 0 }));
    // The last word itself takes one place more.
    expect(said().at(-1)).toEqual({ type: 'finished', worker: 'one', seat: 0, unprepared: 0, samplesLost: 0, entriesLost: 11 });
    expect(intervals()).toEqual(Array.from({ length: 19_999 }, (_, n) => n + 11));
    expect(20_010 - intervals().length).toBe(11);
  });

  it('what is known of an interval that is not over is not kept: the next comes in a second', () => {
    const { bus, link } = linked();
    const heard: string[] = [];
    bus.hear('interim', (text) => void heard.push(text), new AbortController().signal);
    link.interim({ ...snapshot(0), series: [{ metric: 'users_due', kind: 'counter', tags: {}, count: 1, sum: 1, min: 1, max: 1 }] });
    link.interim({ ...snapshot(1), run: 'x'.repeat(1_000_000) });
    expect(heard.map((text) => (JSON.parse(text) as { snapshot: Snapshot }).snapshot.interval)).toEqual([0]);
    expect(bus.log).toEqual([]);
  });
});

it('is heard also of a share that its worker has for a second time', async () => {
  const [first, clock] = [linked(), new VirtualClock()];
  first.link.snapshot(snapshot(0));
  await first.clock.run(first.link.finish({ unprepared: 0, samplesLost: 0 }));
  const again = new OutputLink({ bus: first.bus, clock, logger: silentLogger, worker: 'one', seat: 0 });
  again.event({ type: 'user-dropped', atMs: 1, seq: 1 });
  await clock.run(again.finish({ unprepared: 0, samplesLost: 0 }));
  expect(first.said().map(({ type }) => type)).toEqual(['snapshot', 'finished', 'events', 'finished']);
});

it.each([
  ['another worker has the share', (link: OutputLink) => link.silence()],
  ['nobody reads the log any more', (_link: OutputLink, bus: MemoryRunBus) => (bus.append = () => Promise.reject(new HarnessError('STOPPED', 'the run is over')))],
])('ends without a last word when %s', async (_when, end) => {
  const { bus, clock, link } = linked();
  bus.away = true;
  link.snapshot(snapshot(0));
  await clock.advanceTo(2_500);
  bus.away = false;
  end(link, bus);
  await clock.run(link.finish({ unprepared: 0, samplesLost: 0 }));
  link.snapshot(snapshot(1));
  expect(bus.log).toEqual([]);
});
