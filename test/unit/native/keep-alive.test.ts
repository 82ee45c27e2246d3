import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/bbb/http.js';
import { codeOf, HarnessError } from '../../../src/core/errors.js';
import type { Discovery } from '../../../src/native/discovery.js';
import { keepAlive, shows } from '../../../src/native/keep-alive.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

const discovery: Discovery = { origin: 'https://bbb', graphqlUrl: '', sfuUrl: '', livekitUrl: '', bridges: { audio: 'sfu', camera: 'sfu', screen: 'sfu' }, line: '3.0', iceServers: [], cookie: '', bindAddress: undefined };
const checked: HttpAnswer = { status: 200, text: '', location: undefined, setCookies: [], dateMs: undefined, requestId: 'r' };

interface Server {
  /** After so long the mutation is answered, which means that it is queued; undefined: never. Default 0. */
  readonly queuedMs?: number | undefined;
  /** After so long the subscription shows what it changed; undefined: never. */
  readonly shownMs?: number | undefined;
  /** It refuses the mutation. */
  readonly refuses?: boolean;
  /** The client has no such subscription. */
  readonly untraced?: boolean;
}

interface Minute {
  readonly checks: number;
  readonly told: Readonly<Record<string, unknown>>[];
  readonly waiting: number;
  readonly samples: string[];
  readonly errors: string[];
  readonly sleeping: number;
}

/** A user for a minute. */
async function minute(server: Server, offline: () => boolean = () => false, check: (clock: VirtualClock, signal: AbortSignal) => Promise<HttpAnswer> = () => Promise.resolve(checked)): Promise<Minute> {
  const { refuses = false, untraced = false } = server;
  const queuedMs = 'queuedMs' in server ? server.queuedMs : 0;
  const clock = new VirtualClock();
  const page = new AbortController();
  const after = (ms: number | undefined, signal: AbortSignal): Promise<void> => {
    seen.waiting++;
    signal.addEventListener('abort', () => seen.waiting--, { once: true });
    return ms === undefined ? new Promise(() => undefined) : clock.sleepUntil(clock.nowMs() + ms, signal);
  };
  const seen = { checks: 0, told: [] as Readonly<Record<string, unknown>>[], waiting: 0, samples: [] as string[], errors: [] as string[], sleeping: 0 };
  keepAlive({
    http: {
      get: (_attempted, _url, signal) => {
        seen.checks++;
        return check(clock, signal);
      },
    },
    clock,
    discovery,
    clientSessionUuid: 'uuid',
    offline,
    traces: () => !untraced,
    traced: (_traceLog, signal) => after(server.shownMs, signal),
    tell: (variables, signal) => {
      seen.told.push(variables);
      return refuses ? Promise.reject(new HarnessError('STEP_FAILED', 'refused')) : after(queuedMs, signal);
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

const application = (samples: readonly string[]): string[] => samples.filter((one) => one.startsWith('application_rtt'));

it('a user whose server does not answer goes on to say that it is there, and its waits count', async () => {
  const { checks, told, waiting, samples, errors, sleeping } = await minute({ queuedMs: undefined });
  expect([checks, told.length]).toEqual([6, 6]);
  expect(application(samples)).toEqual(times(3, 'application_rtt 30000'));
  expect(errors.slice(0, 3)).toEqual(times(3, 'TARGET_TIMEOUT'));
  // Nothing is waited for once the page is left.
  expect([waiting, sleeping]).toEqual([0, 0]);
});

it('a user measures until its server shows what was said, not until it was queued', async () => {
  const { told, samples, errors } = await minute({ shownMs: 12_000 });
  expect(told).toHaveLength(6);
  expect(application(samples)).toEqual(times(4, 'application_rtt 12000'));
  expect(errors.filter((code) => code === 'TARGET_TIMEOUT')).toEqual([]);
});

it('what was queued and is never shown counts as 30 s', async () => {
  const { samples, errors } = await minute({});
  expect(application(samples)).toEqual(times(3, 'application_rtt 30000'));
  expect(errors.slice(0, 3)).toEqual(times(3, 'TARGET_TIMEOUT'));
});

it('a refused mutation fails at once and measures nothing', async () => {
  const { samples, errors } = await minute({ refuses: true });
  expect(application(samples)).toEqual([]);
  expect(errors).toEqual(times(6, 'STEP_FAILED'));
});

it('a user sends the trace and the round trip before, as the client', async () => {
  const { told } = await minute({ shownMs: 40.4 });
  expect(told.slice(0, 2)).toMatchObject([
    { applicationRttInMs: 0, traceLog: 'traceLog@client|2026-11-23T07:00:10.000Z' },
    { applicationRttInMs: 40, traceLog: 'traceLog@client|2026-11-23T07:00:20.000Z' },
  ]);
});

it('a user whose client does not follow its own state traces and measures nothing', async () => {
  const { told, samples, errors } = await minute({ untraced: true });
  expect(told).toMatchObject(times(6, { traceLog: '', applicationRttInMs: 0 }));
  expect([application(samples), errors]).toEqual([[], []]);
});

it('a user without a network says nothing', async () => {
  expect(await minute({}, () => true)).toMatchObject({ checks: 0, told: [], errors: [] });
});

it('a trace is shown with what the server adds, by a later one, not by an earlier one or none', () => {
  const own = 'traceLog@client|2026-11-23T07:00:20.000Z';
  const before = { traceLog: 'traceLog@client|2026-11-23T07:00:10.000Z', updatedAt: '07:00:10' };
  const shown = (traceLog: string): boolean => shows({ traceLog, updatedAt: '07:00:21' }, before, own);
  expect(shown(`${own}@pg|2026-11-23T07:00:20.030Z@gqlmiddleware|2026-11-23T07:00:20.040Z`)).toBe(true);
  expect(shown('traceLog@client|2026-11-23T07:00:30.000Z')).toBe(true);
  expect(shown('traceLog@client|2026-11-23T07:00:10.000Z@pg|2026-11-23T07:00:30.000Z')).toBe(false);
});

it('on a server that keeps no traces what was said is shown by the state that changes', () => {
  const before = { traceLog: '', updatedAt: '07:00:10' };
  expect(shows(before, before, 'traceLog@client|x')).toBe(false);
  expect(shows({ traceLog: '', updatedAt: '07:00:21' }, before, 'traceLog@client|x')).toBe(true);
});

it.each([401, 404, 429, 502, 302])('a check that is answered with %i is a failure, no round trip', async (status) => {
  const { checks, told, samples, errors } = await minute({ shownMs: 0 }, undefined, () => Promise.resolve({ ...checked, status }));
  expect([checks, told, samples]).toEqual([6, [], []]);
  expect(errors).toEqual(times(6, 'TARGET_HTTP_STATUS'));
});

it('a check that is not answered in time took that long', async () => {
  const { told, samples, errors } = await minute({ shownMs: 0 }, undefined, async (clock, signal) => {
    await clock.sleepUntil(clock.nowMs() + 15_000, signal);
    throw new HarnessError('TARGET_TIMEOUT', 'no answer within 15 s');
  });
  expect([told, samples]).toEqual([[], times(4, 'network_rtt 15000')]);
  expect(errors.slice(0, 4)).toEqual(times(4, 'TARGET_TIMEOUT'));
});
