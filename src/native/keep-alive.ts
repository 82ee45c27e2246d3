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
  /** Follows what the server shows of this client's own state. Who does not can send no trace, and measures no application. */
  readonly traces: () => boolean;
  /** Resolves when the server shows this trace, or a later one. */
  readonly traced: (traceLog: string, signal: AbortSignal) => Promise<void>;
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

/** A reason that nobody sees. */
const FINISHED = 'finished';

/** What the subscription of the own state shows of the connection; '': nothing yet. */
export interface OwnStatus {
  readonly traceLog: string;
  readonly updatedAt: string;
}

/**
 * Whether the own state shows what was said: a trace up to its own time, to which the stages of the server append theirs (`@pg|…@gqlmiddleware|…`), this
 * one or a later one (times are of one length, so they compare as texts). On a server that keeps no traces: that it changed at all.
 */
export function shows(now: OwnStatus, before: OwnStatus, traceLog: string): boolean {
  if (now.traceLog === '') return now.updatedAt !== before.updatedAt;
  return now.traceLog.slice(0, traceLog.length) >= traceLog;
}

/** What every client does every ten seconds until it is left, whether or not the server has answered the time before. */
export function keepAlive(parts: KeepAliveParts): void {
  const { clock, offline, failed, signal } = parts;
  // As the client: whole milliseconds, 0 before the first.
  const last = { applicationRttInMs: 0 };
  void every(clock, KEEP_ALIVE_EVERY_MS, signal, () => {
    if (!offline()) void sayAlive(parts, last).catch(failed);
  });
}

/**
 * A request to measure the network, and a mutation that says so. Its own answer says only that it was queued; the application has done its
 * part when the state that it changed comes back by the subscription (bbb-protocol §3.3, §3.8). The client of 3.0 traces as a presenter only;
 * native users do so wherever their profile has the subscription. Rejects with why it failed.
 */
async function sayAlive({ http, clock, discovery, clientSessionUuid, traces, traced, tell, sample, signal }: KeepAliveParts, last: { applicationRttInMs: number }): Promise<void> {
  const { origin, cookie } = discovery;
  const startMs = clock.nowMs();
  const checked = (): number => {
    const networkRttInMs = clock.nowMs() - startMs;
    sample({ metric: 'network_rtt', value: networkRttInMs });
    return networkRttInMs;
  };
  const attempted = 'check the round trip';
  // What timed out took that long at least: left out, the slowest would make the others look like all.
  const answer = await http.get(attempted, `${origin}/bigbluebutton/rtt-check`, signal, cookie === '' ? {} : { cookie }).catch((error: unknown) => {
    if (codeOf(error) === 'TARGET_TIMEOUT') checked();
    throw error;
  });
  // An error is no round trip to what answers users, however quick it is.
  if (answer.status < 200 || answer.status > 299) throw new HarnessError('TARGET_HTTP_STATUS', `${attempted}: the server answered with HTTP ${answer.status}`);
  const networkRttInMs = checked();
  const sentMs = clock.nowMs();
  const traceLog = traces() ? `traceLog@client|${new Date(clock.wallMs()).toISOString()}` : '';
  const measured = (): number => {
    const value = clock.nowMs() - sentMs;
    if (traceLog !== '') sample({ metric: 'application_rtt', value });
    return value;
  };
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the server did not show within ${ANSWER_LIMIT_MS / 1000} s that the user is there`);
  const variables = { serverRequestId: answer.requestId ?? '', clientSessionUUID: clientSessionUuid, networkRttInMs, applicationRttInMs: last.applicationRttInMs, traceLog };
  const over = new AbortController();
  try {
    await within(clock, ANSWER_LIMIT_MS, signal, tooSlow, (limited) => {
      const told = tell(variables, limited);
      if (traceLog === '') return told;
      const shown = traced(traceLog, over.signal);
      // What was refused is never shown.
      return Promise.race([shown, told.then(() => shown)]);
    });
    if (traceLog !== '') last.applicationRttInMs = Math.round(measured());
  } catch (error) {
    // As above.
    if (codeOf(error) === 'TARGET_TIMEOUT') measured();
    throw error;
  } finally {
    over.abort(FINISHED);
  }
}
