import { jetstreamManager, RetentionPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectNats } from '../../src/workers/nats-bus.js';
import { hasNats, startNats, type NatsProcess } from '../fakes/nats.js';

const NANOS_PER_HOUR = 3_600_000_000_000;
const TWO_DAYS_MS = 48 * 3_600_000;

describe.skipIf(!hasNats)('what a run has on the broker', () => {
  let nats: NatsProcess;
  let connection: NatsConnection;
  let manager: JetStreamManager;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url });
    manager = await jetstreamManager(connection);
  }, 60_000);

  afterAll(async () => {
    await connection.close();
    await nats.stop();
  });

  const open = (wallMs?: number) => connectNats({ servers: [nats.url], name: 'test', ...(wallMs === undefined ? {} : { wallMs }) });
  const streams = async (): Promise<readonly string[]> => (await manager.streams.list().next()).map(({ config }) => config.name).sort();

  /** Reads what the log has, confirms it, and stops. */
  async function readAll(bus: Awaited<ReturnType<typeof open>>, run: string, count: number): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const { text, confirm } of bus.run(run).read(new AbortController().signal)) {
      texts.push(text);
      confirm();
      if (texts.length === count) break;
    }
    return texts;
  }

  it('is bounded in bytes and in age, and gone when the run is forgotten', async () => {
    await using bus = await open();
    const run = bus.run('bounded');
    await run.put('job', 'x');
    const reading = readAll(bus, 'bounded', 1);
    await bus.offer('any', 'bounded_0', 'a seat');
    await run.append('one', 'a line');
    expect(await reading).toEqual(['a line']);
    expect(await streams()).toEqual(['FIRSTBELL_SHARES', 'KV_firstbell_bounded_state', 'firstbell_bounded']);
    for (const name of await streams()) {
      const { config } = await manager.streams.info(name);
      expect([name, config.max_bytes > 0, config.max_age, config.discard]).toEqual([name, true, 24 * NANOS_PER_HOUR, 'new']);
    }
    await bus.withdraw('bounded_0');
    await run.forget();
    // Twice is harmless.
    await run.forget();
    expect(await streams()).toEqual(['FIRSTBELL_SHARES']);
    expect((await manager.streams.info('FIRSTBELL_SHARES')).state.messages).toBe(0);
  });

  it('is, of its log, what the coordinator has not confirmed yet', async () => {
    await using bus = await open();
    await bus.run('confirmed').put('job', 'x');
    const reading = readAll(bus, 'confirmed', 3);
    for (const id of ['a', 'b', 'c', 'a']) await bus.run('confirmed').append(id, id);
    expect(await reading).toEqual(['a', 'b', 'c']);
    const left = async (): Promise<number> => (await manager.streams.info('firstbell_confirmed')).state.messages;
    while ((await left()) > 0) await new Promise((resolve) => setImmediate(resolve));
    await bus.run('confirmed').append('d', 'd');
    expect(await left()).toBe(1);
    // A coordinator that replaces the first goes on where that one had confirmed.
    await using second = await open();
    expect(await readAll(second, 'confirmed', 1)).toEqual(['d']);
    await second.run('confirmed').forget();
  });

  it('comes through whole, in any script, also where the broker takes small messages only', async () => {
    const small = await startNats('max_payload: 20000');
    try {
      await using bus = await connectNats({ servers: [small.url], name: 'test' });
      await bus.run('small').put('job', 'x');
      const text = 'Ünterricht 授業 👩‍🏫 '.repeat(5_000);
      const reading = readAll(bus, 'small', 2);
      await bus.run('small').append('one', text);
      bus.run('small').tell('interim', text);
      await bus.run('small').append('two', 'short');
      expect(await reading).toEqual([text, 'short']);
    } finally {
      await small.stop();
    }
  });

  it('comes in its order to a coordinator that replaces one which died before it had confirmed', async () => {
    await using bus = await open();
    await bus.run('died').put('job', 'x');
    for (const id of ['a', 'b', 'c']) await bus.run('died').append(id, id);
    const read: string[] = [];
    for await (const { text } of bus.run('died').read(new AbortController().signal)) if (read.push(text) === 3) break;
    await bus.run('died').append('d', 'd');
    await using second = await open();
    expect([read, await readAll(second, 'died', 4)]).toEqual([['a', 'b', 'c'], ['a', 'b', 'c', 'd']]);
    await second.run('died').forget();
  });

  it('is not made again by a worker that comes after the end, who hears that it is over', async () => {
    await using bus = await open();
    const run = bus.run('ended');
    expect(await run.get('job')).toBeUndefined();
    await expect(run.append('late', 'last words')).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await streams()).not.toEqual(expect.arrayContaining([expect.stringContaining('ended')]));
  });

  it('is removed a day later when its coordinator died, but not while it is used', async () => {
    {
      await using bus = await open();
      await bus.run('left').put('job', 'x');
      const reading = readAll(bus, 'left', 1);
        await bus.run('left').append('one', 'one');
      await reading;
      while ((await manager.streams.info('firstbell_left')).state.messages > 0) await new Promise((resolve) => setImmediate(resolve));
      await bus.run('used').put('job', 'x');
    }
    const now = Date.now();
    await using today = await open(now);
    expect(await streams()).toContain('firstbell_left');
    await using later = await open(now + TWO_DAYS_MS);
    expect(today.connected && later.connected).toBe(true);
    expect(await streams()).not.toContain('firstbell_left');
    expect(await streams()).toContain('KV_firstbell_used_state');
  });

  it('bounds what an earlier version had made without', async () => {
    await manager.streams.delete('FIRSTBELL_SHARES');
    await manager.streams.add({ name: 'FIRSTBELL_SHARES', subjects: ['firstbell.shares.*.*'], retention: RetentionPolicy.Workqueue, max_age: NANOS_PER_HOUR });
    await using bus = await open();
    await bus.offer('any', 'x_0', 'a seat');
    const { config } = await manager.streams.info('FIRSTBELL_SHARES');
    expect([config.max_bytes > 0, config.max_age, config.discard]).toEqual([true, 24 * NANOS_PER_HOUR, 'new']);
  });
}, 60_000);
