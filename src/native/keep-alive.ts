import type { HttpClient } from '../bbb/http.js';
import type { Clock } from '../core/clock.js';
import type { Discovery } from './discovery.js';
import type { MediaSample } from './media-samples.js';

export interface KeepAliveParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly discovery: Discovery;
  readonly clientSessionUuid: string;
  /** Sends the mutation and resolves with its answer. */
  readonly tell: (variables: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly sample: (sample: MediaSample) => void;
  readonly signal: AbortSignal;
}

/** What every client does every ten seconds: a request to measure the network, and a mutation that says so. Rejects with why it failed. */
export async function keepAlive({ http, clock, discovery, clientSessionUuid, tell, sample, signal }: KeepAliveParts): Promise<void> {
  const { origin, cookie } = discovery;
  const startMs = clock.nowMs();
  const answer = await http.get('check the round trip', `${origin}/bigbluebutton/rtt-check`, signal, cookie === '' ? {} : { cookie });
  const networkRttInMs = clock.nowMs() - startMs;
  sample({ metric: 'network_rtt', value: networkRttInMs });
  const sentMs = clock.nowMs();
  await tell({ serverRequestId: answer.requestId ?? '', clientSessionUUID: clientSessionUuid, networkRttInMs, applicationRttInMs: null, traceLog: null });
  sample({ metric: 'application_rtt', value: clock.nowMs() - sentMs });
}
