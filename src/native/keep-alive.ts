import type { HttpClient } from '../bbb/http.js';
import { every, type Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError } from '../core/errors.js';
import type { Discovery } from './discovery.js';
import type { MediaSample } from './media-samples.js';

export interface KeepAliveParts {
  readonly http: Pick<HttpClient, 'get'>;
  readonly clock: Clock;
  readonly discovery: Discovery;
  readonly clientSessionUuid: string;
  /** The user has no network now. */
  readonly offline: () => boolean;
  /** Sends the mutation and resolves with its answer, for which nobody waits any more once `signal` aborts. */
  readonly tell: (variables: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<unknown>;
  readonly sample: (sample: MediaSample) => void;
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** `public.stats.interval` of the client. */
export const KEEP_ALIVE_EVERY_MS = 10_000;
/** The client has no limit; by then the connection itself would count as lost. */
const ANSWER_LIMIT_MS = 30_000;

/** What every client does every ten seconds until it is left, whether or not the server has answered the time before. */
export function keepAlive(parts: KeepAliveParts): void {
  const { clock, offline, failed, signal } = parts;
  void every(clock, KEEP_ALIVE_EVERY_MS, signal, () => {
    if (!offline()) void sayAlive(parts).catch(failed);
  });
}

/** A request to measure the network, and a mutation that says so. Rejects with why it failed. */
async function sayAlive({ http, clock, discovery, clientSessionUuid, tell, sample, signal }: KeepAliveParts): Promise<void> {
  const { origin, cookie } = discovery;
  const startMs = clock.nowMs();
  const answer = await http.get('check the round trip', `${origin}/bigbluebutton/rtt-check`, signal, cookie === '' ? {} : { cookie });
  const networkRttInMs = clock.nowMs() - startMs;
  sample({ metric: 'network_rtt', value: networkRttInMs });
  const sentMs = clock.nowMs();
  const answered = (): void => sample({ metric: 'application_rtt', value: clock.nowMs() - sentMs });
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the server did not answer within ${ANSWER_LIMIT_MS / 1000} s that the user is there`);
  const variables = { serverRequestId: answer.requestId ?? '', clientSessionUUID: clientSessionUuid, networkRttInMs, applicationRttInMs: null, traceLog: null };
  try {
    await within(clock, ANSWER_LIMIT_MS, signal, tooSlow, (limited) => tell(variables, limited));
  } catch (error) {
    // It took that long at least: left out, the slowest would make the others look like all.
    if (codeOf(error) === 'TARGET_TIMEOUT') answered();
    throw error;
  }
  answered();
}
