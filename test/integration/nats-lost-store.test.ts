import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/core/log.js';
import { connectNats } from '../../src/workers/nats-bus.js';
import { hasNats, pause, startNats, type NatsProcess } from '../fakes/nats.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

/** A worker waits for days; meanwhile the queue it takes shares from may be lost. */
describe.skipIf(!hasNats)('a worker that waits at a broker', () => {
  let nats: NatsProcess;

  beforeAll(async () => {
    nats = await startNats();
  }, 60_000);

  afterAll(() => nats.stop());

  async function isWaiting(): Promise<boolean> {
    const connection = await connect({ servers: nats.url });
    try {
      return (await (await jetstreamManager(connection)).consumers.info('FIRSTBELL_SHARES', 'takers-any').catch(() => undefined))?.num_waiting === 1;
    } finally {
      await connection.close();
    }
  }

  /** Waits for a share while `lose` happens; resolves with the share that is offered afterwards, and what was logged. */
  async function waiting(id: string, lose: () => Promise<void>) {
    const logged: string[] = [];
    const logger: Logger = { log: (_level, message) => void logged.push(message) };
    const clock = new VirtualClock();
    const stop = new AbortController();
    await using worker = await connectNats({ servers: [nats.url], name: 'worker', logger, clock });
    const tasks = worker.take(['any', 'browser'], stop.signal)[Symbol.asyncIterator]();
    let taken = false;
    const first = tasks.next().finally(() => (taken = true));
    while (!(await isWaiting())) await pause(20);
    await lose();
    // Only its pause keeps a worker that is answered with an error from asking again with every round trip.
    const asleep = async (): Promise<void> => {
      while (clock.sleeping === 0 && !taken) await pause(20);
    };
    await asleep();
    const atPause = clock.nowMs();
    await using coordinator = await connectNats({ servers: [nats.url], name: 'coordinator' });
    await coordinator.offer('any', id, 'a seat');
    // Both queues are made again, each after a pause of its own.
    for (; !taken; await asleep()) await clock.advanceTo(clock.nowMs() + 1_000);
    const result = await first;
    const task = result.done === true ? undefined : result.value;
    await task?.done();
    stop.abort();
    await tasks.return?.();
    return { text: task?.text, logged, atPause };
  }

  const QUEUE_LOST = expect.stringContaining('had lost the queue of shares') as unknown;

  it('takes shares again after the broker came back without its store', async () => {
    const { text, logged, atPause } = await waiting('restarted_0', () => nats.restart(500, 'lost'));
    expect([text, atPause]).toEqual(['a seat', 0]);
    expect(logged).toContainEqual(QUEUE_LOST);
  }, 60_000);

  it('takes shares again after somebody deleted the stream', async () => {
    const connection = await connect({ servers: nats.url });
    const { text, logged } = await waiting('deleted_0', async () => void (await (await jetstreamManager(connection)).streams.delete('FIRSTBELL_SHARES')));
    await connection.close();
    expect(text).toBe('a seat');
    expect(logged).toContainEqual(QUEUE_LOST);
  }, 60_000);
});
