import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/bbb/http.js';
import { codeOf } from '../../../src/core/errors.js';
import type { Discovery } from '../../../src/native/discovery.js';
import { keepAlive } from '../../../src/native/keep-alive.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const discovery: Discovery = { origin: 'https://bbb', graphqlUrl: '', sfuUrl: '', livekitUrl: '', bridges: { audio: 'sfu', camera: 'sfu', screen: 'sfu' }, line: '3.0', iceServers: [], cookie: '', bindAddress: undefined };
const checked: HttpAnswer = { status: 200, text: '', location: undefined, setCookies: [], dateMs: undefined, requestId: 'r' };

/** A user for a minute whose server answers the mutation after so long; undefined: never. */
async function minute(answerMs: number | undefined, offline: () => boolean = () => false): Promise<{ checks: number; told: number; waiting: number; samples: string[]; errors: string[]; sleeping: number }> {
  const clock = new VirtualClock();
  const page = new AbortController();
  const seen = { checks: 0, told: 0, waiting: 0, samples: [] as string[], errors: [] as string[], sleeping: 0 };
  keepAlive({
    http: {
      get: () => {
        seen.checks++;
        return Promise.resolve(checked);
      },
    },
    clock,
    discovery,
    clientSessionUuid: 'uuid',
    offline,
    tell: (_variables, signal) => {
      seen.told++;
      seen.waiting++;
      signal.addEventListener('abort', () => seen.waiting--, { once: true });
      return answerMs === undefined ? new Promise(() => undefined) : clock.sleepUntil(clock.nowMs() + answerMs, signal);
    },
    sample: ({ metric, value }) => seen.samples.push(`${metric} ${value}`),
    failed: (error) => seen.errors.push(codeOf(error)),
    signal: page.signal,
  });
  await clock.advanceTo(60_000);
  page.abort();
  await clock.advanceTo(60_001);
  return { ...seen, sleeping: clock.sleeping };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

it('a user whose server does not answer goes on to say that it is there, and its waits count', async () => {
  const { checks, told, waiting, samples, errors, sleeping } = await minute(undefined);
  expect([checks, told]).toEqual([6, 6]);
  expect(samples.filter((one) => one.startsWith('application_rtt'))).toEqual(times(3, 'application_rtt 30000'));
  expect(errors.slice(0, 3)).toEqual(times(3, 'TARGET_TIMEOUT'));
  // Nothing is waited for once the page is left.
  expect([waiting, sleeping]).toEqual([0, 0]);
});

it('a user whose server is slow measures each answer', async () => {
  const { told, samples, errors } = await minute(12_000);
  expect(told).toBe(6);
  expect(samples.filter((one) => one.startsWith('application_rtt'))).toEqual(times(4, 'application_rtt 12000'));
  expect(errors.filter((code) => code === 'TARGET_TIMEOUT')).toEqual([]);
});

it('a user without a network says nothing', async () => {
  expect(await minute(0, () => true)).toMatchObject({ checks: 0, told: 0, errors: [] });
});
