import { afterEach, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import { CLOSE } from '../../src/bbb/graphql.js';
import { Closer } from '../../src/core/closer.js';
import { silentLogger } from '../../src/core/log.js';
import { DEFAULT_CAPACITY, joinMs, parseCapacity } from '../../src/sim/capacity.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';
import { GraphqlSession } from '../fakes/graphql-session.js';
import { never as signal } from '../fakes/never.js';

let closer = new Closer();
afterEach(async () => {
  await closer.close();
  closer = new Closer();
});

async function fleet(servers: number, ...capacity: string[]): Promise<{ sim: Sim; api: BbbApi }> {
  const sim = closer.use(await startSim({ servers, capacity: capacity.map(parseCapacity), clock: systemClock, logger: silentLogger }));
  return { sim, api: closer.use(new BbbApi({ url: sim.url, secret: sim.secret }, { clock: systemClock })) };
}

/** Milliseconds from the API call until the server says that the user is in. */
async function join(api: BbbApi, meetingID: string): Promise<number> {
  const startMs = systemClock.nowMs();
  const user = await GraphqlSession.open(api, { meetingID, fullName: 'Ada', role: 'VIEWER' });
  await user.enter();
  const tookMs = systemClock.nowMs() - startMs;
  user.close();
  return tookMs;
}

async function fastest(api: BbbApi, meetingID: string): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < 3; n++) took.push(await join(api, meetingID));
  return Math.min(...took);
}

describe('a server with a capacity', () => {
  it('takes for a join what the model says, empty and loaded', async () => {
    // One user alone fills three quarters of the second server, and of the first next to nothing.
    const { sim } = await fleet(2, 'join=0.1,api=0,mutation=0,fanout=0,cores=4', 'bbb02:user=3');
    const model = { ...DEFAULT_CAPACITY, join: 0.1 };
    const took: number[] = [];
    for (const { url, secret } of sim.servers) {
      const api = closer.use(new BbbApi({ url, secret }, { clock: systemClock }));
      await api.create({ meetingID: 'mm', name: 'Capacity' }, signal);
      const standing = await GraphqlSession.open(api, { meetingID: 'mm', fullName: 'Bob', role: 'MODERATOR' });
      await standing.enter();
      // Users are counted several times a second.
      await systemClock.sleepUntil(systemClock.nowMs() + 400, signal);
      // Chance slows an empty server down at times; in the loaded one each join is more load.
      took.push(took.length === 0 ? await fastest(api, 'mm') : await join(api, 'mm'));
      standing.close();
    }
    const [empty, loaded] = [joinMs(model, 0), joinMs(model, 0.75)];
    // The rest of a join (HTTP, pushes every 30 ms) is the same in both: what the load adds is told apart from it.
    expect(took[0]).toBeGreaterThanOrEqual(empty);
    expect(took[1]).toBeGreaterThanOrEqual(loaded);
    expect((took[1]! - took[0]!) / (loaded - empty)).toBeGreaterThan(0.7);
    expect((took[1]! - took[0]!) / (loaded - empty)).toBeLessThan(3);
  });

  it('turns calls away once it is asked for more than it has', async () => {
    const { sim } = await fleet(1, 'cores=0.01,api=1,window=10,slowest=1');
    const api = closer.use(new BbbApi(sim.servers[0]!, { clock: systemClock }));
    void api.getMeetings(signal).catch(() => undefined);
    await systemClock.sleepUntil(systemClock.nowMs() + 50, signal);
    // One core second in a window of 10 s is ten times its hundredth of a core: 9 of 10 are turned away.
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.getMeetings(signal).then(() => 'done', (error: unknown) => (error as { code: string }).code)));
    expect(answers.filter((one) => one === 'TARGET_HTTP_STATUS').length, String(answers)).toBeGreaterThan(10);
  });

  it('is asked for nothing where nothing was said', async () => {
    const { sim, api } = await fleet(2, 'bbb02:cores=4');
    await api.create({ meetingID: 'mm', name: 'Capacity' }, signal);
    const state = (await (await fetch(`${new URL(sim.url).origin}/sim/state`)).json()) as { servers: { utilisation?: number }[] };
    expect(state.servers.map(({ utilisation }) => utilisation !== undefined)).toEqual([false, true]);
  });
});

describe('limits of one server', () => {
  it('leave the others as they are', async () => {
    const { sim } = await fleet(2, 'bbb02:cores=1000,connections=1');
    const second = async (index: number): Promise<'in' | number> => {
      const api = closer.use(new BbbApi(sim.servers[index]!, { clock: systemClock }));
      await api.create({ meetingID: 'mm', name: 'Capacity' }, signal);
      const first = await GraphqlSession.open(api, { meetingID: 'mm', fullName: 'Ada', role: 'MODERATOR' });
      await first.enter();
      const next = await GraphqlSession.open(api, { meetingID: 'mm', fullName: 'Bob', role: 'VIEWER' });
      const came = await Promise.race([next.enter().then(() => 'in' as const, () => next.closed.then(({ code }) => code)), next.closed.then(({ code }) => code)]);
      for (const session of [first, next]) session.close();
      return came;
    };
    expect(await second(0)).toBe('in');
    expect(await second(1)).toBe(CLOSE.limit);
  });
});

describe('server-down', () => {
  it('loses its users and meetings; they can be made again elsewhere', async () => {
    const { sim, api } = await fleet(2);
    await api.create({ meetingID: 'mm', name: 'Lost' }, signal);
    const user = await GraphqlSession.open(api, { meetingID: 'mm', fullName: 'Ada', role: 'VIEWER' });
    await user.enter();
    const gone = sim.servers.find(({ url }) => new URL(url).host === new URL(user.origin).host)!;
    await fetch(`${new URL(sim.url).origin}/sim/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([`${gone.name}:server-down`]) });
    await user.closed;
    const direct = closer.use(new BbbApi(gone, { clock: systemClock }));
    await expect(direct.getMeetings(signal)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    await expect(api.join({ meetingID: 'mm', fullName: 'Bob', role: 'VIEWER' }, signal)).rejects.toBeDefined();
    await api.create({ meetingID: 'mm', name: 'Again' }, signal);
    const again = await api.join({ meetingID: 'mm', fullName: 'Bob', role: 'VIEWER' }, signal);
    expect(again.server).not.toBe(new URL(gone.url).host);
  });
});
