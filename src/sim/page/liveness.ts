import type { GraphqlClient } from './graphql-client.js';

/** `public.stats.interval` of the real client. */
const EVERY_MS = 10_000;

/** Measures the round trip and tells the server, every 10 s (bbb-protocol §3.8). Returns how to stop. */
export function keepAlive(client: GraphqlClient): () => void {
  const tick = async (): Promise<void> => {
    const startMs = performance.now();
    const response = await fetch('/bigbluebutton/rtt-check', { cache: 'no-store' });
    const networkRttInMs = performance.now() - startMs;
    await client.request('UpdateConnectionAliveAt', { serverRequestId: response.headers.get('X-Request-Id') ?? '', clientSessionUUID: client.clientSessionUuid, networkRttInMs, applicationRttInMs: null, traceLog: null });
  };
  const timer = setInterval(() => void tick().catch(() => undefined), EVERY_MS);
  return () => clearInterval(timer);
}
