import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { createRecorder } from '../../src/metrics/recorder.js';
import { RunningTotal } from '../../src/metrics/running-total.js';
import { SNAPSHOT } from '../../src/report/run-schemas.js';
import { ENTRY, parse } from '../../src/workers/messages.js';
import { connectNats } from '../../src/workers/nats-bus.js';
import { OutputLink } from '../../src/workers/output-link.js';
import { hasNats, startNats, type NatsProcess } from '../fakes/nats.js';

const WORKERS = 4;
const INTERVALS = 5;
const SAMPLES = 40;

describe.skipIf(!hasNats)('measurements of four workers over NATS', () => {
  let nats: NatsProcess;

  beforeAll(async () => {
    nats = await startNats();
  }, 60_000);

  afterAll(() => nats.stop());

  it('are the union of what each measured', async () => {
    // As in a run, the coordinator is there first: it makes the log.
    await using bus = await connectNats({ servers: [nats.url], name: 'coordinator' });
    await bus.run('union').put('job', '{}');
    const union = createRecorder({ maxSeries: 10 });
    const valueOf = (worker: number, interval: number, sample: number): number => 1 + ((worker * 7_919 + interval * 104_729 + sample * 15_485_863) % 60_000);
    await Promise.all(
      Array.from({ length: WORKERS }, async (_, seat) => {
        await using bus = await connectNats({ servers: [nats.url], name: `w${seat}` });
        const link = new OutputLink({ bus: bus.run('union'), clock: systemClock, logger: silentLogger, worker: `w${seat}`, seat });
        const recorder = createRecorder({ maxSeries: 10 });
        for (let interval = 0; interval < INTERVALS; interval++) {
          for (let sample = 0; sample < SAMPLES; sample++) {
            for (const into of [recorder, union]) into.record({ metric: 'join_time', value: valueOf(seat, interval, sample), atMs: interval, tags: { server: `s${sample % 2}` } });
          }
          const snapshot = recorder.takeSnapshot({ run: 'union', worker: `w${seat}.${seat}`, interval, startMs: interval, endMs: interval + 1 });
          link.snapshot(snapshot);
          // A worker that is not sure says it again.
          if (interval % 2 === 0) link.snapshot(snapshot);
        }
        await link.finish({ unprepared: 0, samplesLost: 0 });
      }),
    );
    union.takeSnapshot({ run: 'union', worker: 'w', interval: 0, startMs: 0, endMs: 1 });

    const total = new RunningTotal([]);
    const over = new AbortController();
    let finished = 0;
    for await (const { text, confirm } of bus.run('union').read(over.signal)) {
      const entry = parse(ENTRY, text)!;
      if (entry.type === 'snapshot') total.snapshot(SNAPSHOT.parse(entry.snapshot));
      else finished++;
      confirm();
      if (finished === WORKERS) break;
    }
    over.abort();
    expect(total.series.figures('join_time').count).toBe(WORKERS * INTERVALS * SAMPLES);
    for (const tags of [{}, { server: 's0' }, { server: 's1' }]) expect(total.series.figures('join_time', tags)).toEqual(union.cumulative.figures('join_time', tags));
  }, 60_000);
});
