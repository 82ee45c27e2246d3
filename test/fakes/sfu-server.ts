import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { UNIMPAIRED } from '../../src/sim/media/impairment.js';
import type { MediaHost, MediaPlane, SfuUser } from '../../src/sim/media/plane.js';
import { startMediaPlane } from '../../src/sim/media/start.js';

/** What the fake host was told, in order. */
export interface HostLog {
  readonly joined: string[];
  readonly left: string[];
  readonly up: string[];
  readonly down: string[];
  readonly talking: string[];
}

export interface SfuServer extends AsyncDisposable {
  readonly origin: string;
  readonly plane: MediaPlane;
  readonly log: HostLog;
  refuse(code: number | undefined): void;
  /** From now on nothing is forwarded to or from anybody, a second later at the latest. */
  silence(on: boolean): void;
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>SFU test page</title><body></body>';

/** A real media plane behind a bare HTTP server: `ws://…/bbb-webrtc-sfu?user=NAME` is that user of meeting "m". */
export async function startSfuServer(): Promise<SfuServer> {
  const log: HostLog = { joined: [], left: [], up: [], down: [], talking: [] };
  let refusal: number | undefined;
  let silent = false;
  const host: MediaHost = {
    refusal: () => (refusal === undefined ? undefined : { code: refusal, message: 'SFU_UNAUTHORIZED' }),
    start: (done: (accepted: boolean) => void) => done(true),
    impairment: () => ({ ...UNIMPAIRED, silent }),
    voiceJoined: (user, listenOnly) => void log.joined.push(`${user.userId}${listenOnly ? ' listens' : ''}`),
    voiceLeft: (user) => void log.left.push(user.userId),
    talking: (user, talking) => void log.talking.push(`${user.userId} ${talking}`),
    cameraUp: (_user, cameraId) => void log.up.push(cameraId),
    cameraDown: (_user, cameraId) => void log.down.push(cameraId),
  };
  const shared = await startMediaPlane({ processes: 1, clock: systemClock, logger: silentLogger });
  const plane = shared.forHost(host);
  const http: Server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE));
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    const userId = new URL(request.url!, 'http://x').searchParams.get('user')!;
    const user: SfuUser = { meetingId: 'm', userId, userName: userId, voiceBridge: '12345' };
    sockets.handleUpgrade(request, socket, head, (webSocket) => plane.accept(webSocket, user));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    plane,
    log,
    refuse: (code) => {
      refusal = code;
    },
    silence: (on) => {
      silent = on;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => http.close(resolve));
      await shared[Symbol.asyncDispose]();
    },
  };
}
