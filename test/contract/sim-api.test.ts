import { afterEach, describe, expect, it } from 'vitest';
import { BbbApi } from '../../src/bbb/api.js';
import { systemClock } from '../../src/core/clock.js';
import { Closer } from '../../src/core/closer.js';
import { silentLogger } from '../../src/core/log.js';
import { parseFault } from '../../src/sim/faults.js';
import { startSim, type Sim } from '../../src/sim/fleet.js';

const signal = new AbortController().signal;
let closer = new Closer();
afterEach(async () => {
  await closer.close();
  closer = new Closer();
});

async function fleet(servers: number, ...faults: string[]): Promise<{ sim: Sim; api: BbbApi }> {
  const sim = closer.use(await startSim({ servers, faults: faults.map(parseFault), clock: systemClock, logger: silentLogger }));
  return { sim, api: apiFor(sim.url, sim.secret) };
}

const apiFor = (url: string, secret: string): BbbApi => closer.use(new BbbApi({ url, secret }, { clock: systemClock }));
const viewer = (meetingID: string, extra: object = {}): Parameters<BbbApi['join']>[0] => ({ meetingID, fullName: 'Ada', role: 'VIEWER', ...extra });

describe('the load balancer', () => {
  it('spreads meetings over the servers and sends each user to the server of its meeting', async () => {
    const { sim, api } = await fleet(3);
    const servers = new Set<string>();
    for (const meetingID of ['one', 'two', 'three']) {
      await api.create({ meetingID, name: meetingID }, signal);
      const first = await api.join(viewer(meetingID), signal);
      const second = await api.join(viewer(meetingID, { fullName: 'Bob' }), signal);
      expect(second.server).toBe(first.server);
      servers.add(first.server);
    }
    expect([...servers].sort()).toEqual(sim.servers.map(({ url }) => new URL(url).host).sort());
  });

  it('lists meetings of all servers, ends them anywhere, and knows them no more', async () => {
    const { api } = await fleet(2);
    for (const meetingID of ['one', 'two', 'three']) await api.create({ meetingID, name: meetingID, meta: { 'firstbell-run': 'r1' } }, signal);
    expect((await api.getMeetings(signal)).map(({ meetingID }) => meetingID).sort()).toEqual(['one', 'three', 'two']);
    await api.end('two', signal);
    expect((await api.getMeetings(signal)).map(({ meetingID }) => meetingID).sort()).toEqual(['one', 'three']);
    await expect(api.end('two', signal)).rejects.toMatchObject({ code: 'MEETING_NOT_FOUND' });
    expect(await api.isMeetingRunning('one', signal)).toBe(false);
  });

  it('has a secret of its own; the servers have others', async () => {
    const { sim } = await fleet(1);
    expect(new Set([sim.secret, ...sim.servers.map(({ secret }) => secret)]).size).toBe(2);
    await expect(apiFor(sim.servers[0]!.url, sim.secret).getMeetings(signal)).rejects.toMatchObject({ code: 'API_CHECKSUM' });
    await expect(apiFor(sim.url, 'wrong').getMeetings(signal)).rejects.toMatchObject({ code: 'API_CHECKSUM' });
    expect(await apiFor(sim.servers[0]!.url, sim.servers[0]!.secret).getMeetings(signal)).toEqual([]);
  });
});

describe('a server', () => {
  const direct = async (...faults: string[]): Promise<BbbApi> => {
    const { sim } = await fleet(1, ...faults);
    return apiFor(sim.servers[0]!.url, sim.servers[0]!.secret);
  };

  it('takes a second create for the same meeting', async () => {
    const api = await direct();
    const first = await api.create({ meetingID: 'lesson', name: 'Lesson' }, signal);
    expect(await api.create({ meetingID: 'lesson', name: 'Lesson' }, signal)).toEqual(first);
  });

  it.each([
    ['a meeting nobody created', 'MEETING_NOT_FOUND', async (api: BbbApi) => api.join(viewer('nowhere'), signal)],
    ['info of a meeting nobody created', 'MEETING_NOT_FOUND', async (api: BbbApi) => api.getMeetingInfo('nowhere', signal)],
    ['a name of one letter', 'API_VALIDATION', async (api: BbbApi) => api.create({ meetingID: 'lesson', name: 'x' }, signal)],
  ])('refuses %s with %s', async (_what, code, attempt) => {
    await expect(attempt(await direct())).rejects.toMatchObject({ code });
  });

  it('that is full refuses whoever wants to join', async () => {
    const { api } = await fleet(1, 'bbb01:full');
    await api.create({ meetingID: 'lesson', name: 'Lesson' }, signal);
    await expect(api.join(viewer('lesson'), signal)).rejects.toMatchObject({ code: 'MEETING_FULL' });
  });
});

describe('faults', () => {
  it.each([
    ['bbb01:api-html', 'TARGET_NOT_BBB'],
    ['bbb01:api-error=1', 'TARGET_HTTP_STATUS'],
    ['bbb01:api-down', 'TARGET_UNREACHABLE'],
  ])('%s is %s to whoever asks the server', async (fault, code) => {
    const { sim } = await fleet(1, fault);
    await expect(apiFor(sim.servers[0]!.url, sim.servers[0]!.secret).getMeetings(signal)).rejects.toMatchObject({ code });
  });

  it('no-servers leaves the balancer without a place for a meeting', async () => {
    const { api } = await fleet(1, 'no-servers');
    await expect(api.create({ meetingID: 'lesson', name: 'Lesson' }, signal)).rejects.toMatchObject({ code: 'NO_SERVER_AVAILABLE' });
  });

  it('names the kinds when one is mistyped, and the range when a value is wrong', () => {
    expect(() => parseFault('bbb01:ful')).toThrow(/no fault/);
    expect(() => parseFault('api-delay')).toThrow(/needs a value/);
    expect(() => parseFault('full=3')).toThrow(/takes no value/);
  });
});
