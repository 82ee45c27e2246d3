import { WebSocket } from 'ws';
import { networkError } from '../bbb/http.js';
import { serverWords } from '../bbb/message-keys.js';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { HarnessError } from '../core/errors.js';

export interface TalkOptions {
  readonly attempted: string;
  readonly url: string;
  readonly protocol?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export interface Talk {
  send(text: string): void;
  /** The next text frame, in order. Rejects when the socket closes or says too much. */
  next(): Promise<string>;
}

const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_WAITING_FRAMES = 100;

/**
 * Opens a WebSocket, lets `talk` use it and closes it, all within the time limit. Rejects with TARGET_UNREACHABLE, TARGET_TIMEOUT,
 * TARGET_TLS or TARGET_HTTP_STATUS, with what `talk` throws, or with the signal's reason.
 */
export async function talkOver<T>(options: TalkOptions, signal: AbortSignal, talk: (socket: Talk) => Promise<T>): Promise<T> {
  const { attempted, url, protocol, headers, clock, timeoutMs } = options;
  const { host } = new URL(url);
  signal.throwIfAborted();
  const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], { headers, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, followRedirects: false });
  const frames: string[] = [];
  let over: HarnessError | undefined;
  let wake: () => void = () => undefined;
  const end = (error: HarnessError): void => {
    over ??= error;
    wake();
  };
  const opened = new Promise<void>((resolve) => {
    wake = resolve;
    socket.once('open', () => resolve());
  });
  socket.on('message', (data) => {
    frames.push(String(data));
    if (frames.length > MAX_WAITING_FRAMES) end(new HarnessError('TARGET_NOT_BBB', `${attempted}: ${host} sends frames without end`, { hint: 'what answers there?' }));
    wake();
  });
  socket.on('unexpected-response', (_request, response) => {
    end(new HarnessError('TARGET_HTTP_STATUS', `${attempted}: HTTP ${response.statusCode ?? 0} instead of a WebSocket`, { hint: upgradeHint(response.statusCode ?? 0) }));
    socket.terminate();
  });
  socket.on('error', (error) => end(networkError(attempted, host, error)));
  socket.on('close', (code, reason) => {
    const words = serverWords(reason.toString('utf8'), 100);
    end(new HarnessError('TARGET_UNREACHABLE', `${attempted}: ${host} closed the socket (${code}${words === '' ? '' : `, "${words}"`})`, { hint: 'see the log of the service behind that socket' }));
  });
  const next = async (): Promise<string> => {
    while (frames.length === 0) {
      if (over) throw over;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return frames.shift()!;
  };
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `${attempted}: ${host} did not finish within ${timeoutMs / 1000} s`, { hint: 'does a proxy on the way pass WebSockets on?' });
  try {
    return await within(clock, timeoutMs, signal, tooSlow, async () => {
      await opened;
      if (over) throw over;
      return talk({ send: (text) => socket.send(text), next });
    });
  } finally {
    socket.terminate();
  }
}

function upgradeHint(status: number): string {
  switch (status) {
    case 401:
      return 'the server did not accept the session cookie on this socket';
    case 403:
      return 'the server refuses sockets from this origin (authorized_cross_origin of bbb-graphql-middleware)';
    case 429:
      return 'the server limits new sockets per second (max_connections_per_second of bbb-graphql-middleware)';
    case 404:
      return 'the server has no such socket: an older BBB, or nginx does not pass it on';
    default:
      return 'look at nginx and the service behind it on that server';
  }
}
