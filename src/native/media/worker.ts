import { monitorEventLoop } from '../../core/clock.js';
import { Peer } from '../../rtc/peer.js';
import { ReceiveStats } from '../../rtc/receive-stats.js';
import { isRtcp, isRtp } from '../../rtc/rtp.js';
import { OPUS_PAYLOAD_TYPE, payloadTypeOf, VP8_PAYLOAD_TYPE } from '../../rtc/sdp.js';
import { asset } from './assets.js';
import type { Measured, MediaCommand, MediaNews, SessionRequest } from './messages.js';
import { Sender } from './sender.js';

/**
 * A media process: peer connections of many native users. Commands come over IPC; the process ends with its parent. This is a
 * process of its own, so it reads the clock and the timers itself.
 */
const TICK_MS = 5;
const MEASURE_EVERY_MS = 5_000;
/** The client's own (settings.yml, iceGatheringTimeout). */
const GATHERING_LIMIT_MS = 5_000;
/** A viewer without a key frame asks for one so often (libwebrtc waits 200 ms for the first). */
const ASK_EVERY_MS = 200;

interface Session {
  readonly id: number;
  readonly peer: Peer;
  readonly kind: SessionRequest['kind'];
  readonly received: ReceiveStats | undefined;
  readonly toSend: (() => Sender) | undefined;
  sender: Sender | undefined;
  sentBefore: number;
  /** Something was heard or seen. */
  first: boolean;
}

const sessions = new Map<number, Session>();
/** Those that are connected and send; a list of their own, since it is walked 200 times a second. */
const senders = new Set<Sender>();
const loop = monitorEventLoop();
let nextSsrc = 1 + Math.floor(Math.random() * 2 ** 30);

function tell(news: MediaNews): void {
  if (process.connected) process.send!(news);
}

async function open(id: number, { kind, direction, remoteOffer, send, iceServers, bindAddress }: SessionRequest): Promise<void> {
  // Odd steps, so that neighbours have neither the same first sequence number nor the same PictureID.
  const ssrc = (nextSsrc = (nextSsrc + 7_919) >>> 0);
  try {
    const payloadType = (remoteOffer === undefined ? undefined : payloadTypeOf(remoteOffer, kind === 'audio' ? 'opus' : 'VP8')) ?? (kind === 'audio' ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE);
    const received = direction === 'sendonly' ? undefined : new ReceiveStats(kind);
    const media = send && asset(send.asset);
    const peer: Peer = new Peer({
      name: `n${id}`,
      kind,
      direction,
      ssrc,
      iceServers,
      bindAddress,
      remoteOffer,
      payloadType,
      onPacket: (packet) => receive(id, packet),
      onState: (state) => changed(id, state),
    });
    sessions.set(id, {
      id,
      peer,
      kind,
      received,
      toSend: media && (() => new Sender({ asset: media, from: send.from, ssrc, payloadType, startMs: performance.now(), wallMs: Date.now, send: (packet) => peer.send(packet) })),
      sender: undefined,
      sentBefore: 0,
      first: false,
    });
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, GATHERING_LIMIT_MS)));
    const sdp = await peer.describe(remoteOffer === undefined ? 'offer' : 'answer', enough);
    clearTimeout(timer);
    if (sessions.has(id)) tell({ is: 'described', session: id, sdp });
  } catch {
    close(id);
    tell({ is: 'failed', session: id, why: 'sdp' });
  }
}

function changed(id: number, state: 'connected' | 'failed' | 'closed'): void {
  const session = sessions.get(id);
  if (!session) return;
  if (state !== 'connected') {
    close(id);
    tell({ is: 'failed', session: id, why: 'transport' });
    return;
  }
  if (session.toSend && !session.sender) {
    session.sender = session.toSend();
    senders.add(session.sender);
  }
  tell({ is: 'connected', session: id });
}

function receive(id: number, packet: Buffer): void {
  const session = sessions.get(id);
  if (!session) return;
  if (isRtcp(packet)) {
    session.sender?.feedback(packet);
    return;
  }
  const { received } = session;
  if (!received || !isRtp(packet)) return;
  received.packet(packet, performance.now());
  if (session.first || (session.kind === 'video' && !received.hasKeyFrame)) return;
  session.first = true;
  tell({ is: 'first', session: id });
}

function close(id: number): void {
  const session = sessions.get(id);
  if (!session) return;
  sessions.delete(id);
  if (session.sender) senders.delete(session.sender);
  session.peer.close();
}

function measure(seconds: number): void {
  const rows: Measured[] = [];
  for (const session of sessions.values()) {
    const { id, received, sender, sentBefore } = session;
    const sent = sender?.packets ?? 0;
    session.sentBefore = sent;
    const { keyFrameRequests = 0, rttMs } = sender?.take() ?? {};
    const came = received?.take() ?? NOTHING;
    rows.push({ session: id, ...came, sentPackets: sent - sentBefore, keyFrameRequests, ...(rttMs === undefined ? {} : { rttMs }) });
  }
  tell({ is: 'measured', seconds, loopDelayMs: loop.percentileMs(99), sessions: rows });
  loop.reset();
}

const NOTHING = { packets: 0, bytes: 0, lost: 0, reordered: 0, gaps: 0, frames: 0, keyFrames: 0, jitterMs: 0 } as const;

function obey(command: MediaCommand): void {
  switch (command.do) {
    case 'open':
      void open(command.session, command.request);
      return;
    case 'answer':
      try {
        sessions.get(command.session)?.peer.acceptAnswer(command.sdp);
      } catch {
        close(command.session);
        tell({ is: 'failed', session: command.session, why: 'sdp' });
      }
      return;
    case 'close':
      close(command.session);
  }
}

const timers = [
  setInterval(() => {
    const nowMs = performance.now();
    for (const sender of senders) sender.tick(nowMs);
  }, TICK_MS),
  setInterval(() => {
    for (const { kind, received, peer } of sessions.values()) if (kind === 'video' && received && received.total > 0 && !received.hasKeyFrame) peer.requestKeyFrame();
  }, ASK_EVERY_MS),
];
let measuredMs = performance.now();
timers.push(
  setInterval(() => {
    const nowMs = performance.now();
    measure((nowMs - measuredMs) / 1000);
    measuredMs = nowMs;
  }, MEASURE_EVERY_MS),
);

process.on('message', (command) => obey(command as MediaCommand));
process.once('disconnect', () => {
  for (const timer of timers) clearInterval(timer);
  for (const id of [...sessions.keys()]) close(id);
  process.exit(0);
});
// Ctrl-C reaches the whole process group; the parent decides when media ends.
process.on('SIGINT', () => undefined);
