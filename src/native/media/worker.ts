import { createSocket } from 'node:dgram';
import { monitorEventLoop } from '../../core/clock.js';
import { endWithParent } from '../../rtc/end-with-parent.js';
import { Peer } from '../../rtc/peer.js';
import { NOTHING_RECEIVED, ReceiveStats } from '../../rtc/receive-stats.js';
import { buildReceiverReport, readSenderReport } from '../../rtc/rtcp.js';
import { isRtcp, isRtp } from '../../rtc/rtp.js';
import { candidatesOf, OPUS_PAYLOAD_TYPE, payloadTypeOf, transportOf, VP8_PAYLOAD_TYPE, withoutCandidates } from '../../rtc/sdp.js';
import { Sweeper, SWEEP_EVERY_MS } from '../../rtc/sweeper.js';
import { asset } from './assets.js';
import { MEASURE_EVERY_MS, type Measured, type MediaCommand, type MediaNews, type RoomRequest, type SessionRequest } from './messages.js';
import { Pace } from './pace.js';
import { RoomSession } from './room-session.js';
import { Sender } from './sender.js';

/**
 * A media process: peer connections of many native users. Commands come over IPC; the process ends with its parent. This is a
 * process of its own, so it reads the clock and the timers itself.
 *
 * Sessions that answer share one UDP port: the library polls every socket at every wake-up, which took a fifth of the process
 * with 300. Packets are told apart by their remote address, so of two sessions with the same one the second gets a socket of
 * its own; so does who offers (the remote address is not known yet) and who asks STUN or TURN servers (theirs is the same for all).
 */
const TICK_MS = 5;
/** How often new connections are looked at, and all of them. */
const LOOK_EVERY_MS = 10;
const CHECK_EVERY_MS = 1_000;
/** Packets that left in so long a stretch are one sample of lateness: the latest of them. */
const PACE_EVERY_MS = 100;
/** The client's own (settings.yml, iceGatheringTimeout). */
const GATHERING_LIMIT_MS = 5_000;
/**
 * Chromium checks a server at once, and what the server was not ready for it sends again after some 50 ms (libwebrtc: WEAK_PING_INTERVAL
 * of ICE, first timer of DTLS); this library after 500 ms and a second. To be as quick, a user begins when its answer should have arrived.
 */
const CHECK_AFTER_MS = 50;
/** A viewer without a key frame asks for one so often (libwebrtc waits 200 ms for the first). */
const ASK_EVERY_MS = 200;

interface Session {
  readonly id: number;
  readonly peer: Peer;
  /** Of the server, which is not checked yet. */
  candidates: readonly string[];
  readonly kind: SessionRequest['kind'];
  readonly ssrc: number;
  /** Remote address on the shared port; undefined: it has a socket of its own. */
  readonly remote: string | undefined;
  readonly received: ReceiveStats | undefined;
  readonly toSend: (() => Sender) | undefined;
  sender: Sender | undefined;
  muted: boolean;
  sentBefore: number;
  /** Something was heard or seen. */
  first: boolean;
}

// Before anything that is waited for: the parent may be gone already.
endWithParent();

const sessions = new Map<number, Session>();
/** Of users over LiveKit. */
const rooms = new Map<number, RoomSession>();
const sharedPort = await freePort();
const remotesOnSharedPort = new Set<string>();
/**
 * Is on the shared port for good. The library gives a port up with its last peer; had another program taken it until the next comes, the
 * library would throw where nobody can catch it, and end this process with all its sessions.
 */
let portKeeper: Peer | undefined;
/** Those that are not connected yet. */
const young = new Set<Session>();
/** Those that are connected and send; a list of their own, since it is walked 200 times a second. */
const senders = new Set<Sender>();
const sweeper = new Sweeper();
const loop = monitorEventLoop();
const pace = new Pace(PACE_EVERY_MS);
let nextSsrc = 1 + Math.floor(Math.random() * 2 ** 30);

function tell(news: MediaNews): void {
  if (process.connected) process.send!(news);
}

/** A UDP port that is free now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** The remote address if the session can be on the shared port. */
function shareable({ remoteOffer, iceServers }: SessionRequest): string | undefined {
  const transport = remoteOffer === undefined || iceServers.length > 0 ? undefined : transportOf(remoteOffer);
  const remote = transport && `${transport.address} ${transport.port}`;
  return remote === undefined || remotesOnSharedPort.has(remote) ? undefined : remote;
}

/** With the bind address of the first session: all of a port have the same. */
function keepPort(bindAddress: string | undefined): void {
  if (portKeeper) return;
  portKeeper = new Peer({ name: 'keeper', kind: 'audio', direction: 'recvonly', ssrc: 0, bindAddress, sharedPort, remoteOffer: undefined, payloadType: OPUS_PAYLOAD_TYPE, onPacket: () => undefined, onState: () => undefined });
  // Were the port not to be had, the session that comes next would say so.
  portKeeper.describe('offer').catch(() => undefined);
}

/** Odd steps, so that neighbours have neither the same first sequence number nor the same PictureID. */
function newSsrc(): number {
  return (nextSsrc = (nextSsrc + 7_919) >>> 0);
}

function openRoom(id: number, request: RoomRequest): void {
  const failed = (why: 'sdp' | 'transport'): void => {
    rooms.delete(id);
    tell({ is: 'failed', session: id, why });
  };
  try {
    const room = new RoomSession(`r${id}`, request, {
      nowMs: () => performance.now(),
      wallMs: Date.now,
      newSsrc,
      enough: () => new Promise((resolve) => setTimeout(resolve, GATHERING_LIMIT_MS).unref()),
      described: (sdp) => {
        if (rooms.has(id)) tell({ is: 'described', session: id, sdp });
      },
      failed,
      connected: () => tell({ is: 'connected', session: id }),
      first: (track) => tell({ is: 'first', session: id, track }),
      sending: (sender, on) => {
        if (on) senders.add(sender);
        else senders.delete(sender);
      },
    });
    rooms.set(id, room);
  } catch {
    failed('sdp');
  }
}

async function open(id: number, request: SessionRequest): Promise<void> {
  const { kind, direction, remoteOffer, send, iceServers, bindAddress, relayOnly } = request;
  const ssrc = newSsrc();
  try {
    const payloadType = (remoteOffer === undefined ? undefined : payloadTypeOf(remoteOffer, kind === 'audio' ? 'opus' : 'VP8')) ?? (kind === 'audio' ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE);
    const received = direction === 'sendonly' ? undefined : new ReceiveStats(kind);
    const remote = shareable(request);
    const media = send && asset(send.asset);
    if (remote !== undefined) keepPort(bindAddress);
    // The session exists before any packet comes: candidates are not even gathered yet.
    const peer: Peer = new Peer({
      name: `n${id}`,
      kind,
      direction,
      ssrc,
      iceServers,
      relayOnly,
      bindAddress,
      sharedPort: remote === undefined ? undefined : sharedPort,
      remoteOffer: remoteOffer && withoutCandidates(remoteOffer),
      payloadType,
      // A microphone's round trips are in what the server reports on the track that it is heard on, too.
      ownReports: kind === 'audio' && send !== undefined,
      onPacket: (packet) => receive(session, packet),
      onState: (state) => changed(id, state),
    });
    const session: Session = {
      id,
      peer,
      candidates: remoteOffer === undefined ? [] : candidatesOf(remoteOffer),
      kind,
      ssrc,
      remote,
      received,
      toSend: media && (() => new Sender({ asset: media, from: send.from ?? 0, behindMs: send.behindMs ?? 0, ssrc, payloadType, startMs: performance.now(), wallMs: Date.now, send: (packet) => peer.send(packet) })),
      sender: undefined,
      muted: false,
      sentBefore: 0,
      first: false,
    };
    sessions.set(id, session);
    if (remote !== undefined) remotesOnSharedPort.add(remote);
    young.add(session);
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
  young.delete(session);
  if (state !== 'connected') {
    close(id);
    tell({ is: 'failed', session: id, why: 'transport' });
    return;
  }
  if (session.toSend && !session.sender) {
    session.sender = session.toSend();
    session.sender.muted = session.muted;
    senders.add(session.sender);
  }
  tell({ is: 'connected', session: id });
}

function receive(session: Session, packet: Buffer): void {
  const { received } = session;
  if (isRtcp(packet)) {
    session.sender?.feedback(packet);
    const report = readSenderReport(packet);
    if (report && received) session.peer.send(buildReceiverReport(session.ssrc, report, received.reportBlock()));
    return;
  }
  if (!received || !isRtp(packet)) return;
  received.packet(packet, performance.now());
  if (session.first || (session.kind === 'video' && !received.hasKeyFrame)) return;
  session.first = true;
  tell({ is: 'first', session: session.id });
}

function check(id: number): void {
  const session = sessions.get(id);
  if (!session) return;
  try {
    session.peer.addCandidates(session.candidates);
  } catch {
    close(id);
    tell({ is: 'failed', session: id, why: 'sdp' });
  }
  session.candidates = [];
}

function close(id: number): void {
  if (rooms.has(id)) sweeper.closed();
  rooms.get(id)?.close();
  rooms.delete(id);
  const session = sessions.get(id);
  if (!session) return;
  sessions.delete(id);
  young.delete(session);
  if (session.remote !== undefined) remotesOnSharedPort.delete(session.remote);
  if (session.sender) senders.delete(session.sender);
  session.peer.close();
  sweeper.closed();
}

function measure(seconds: number): void {
  const rows: Measured[] = [];
  for (const session of sessions.values()) {
    const { id, received, sender, sentBefore } = session;
    const sent = sender?.packets ?? 0;
    session.sentBefore = sent;
    const { keyFrameRequests = 0, rttMs } = sender?.take() ?? {};
    const came = received?.take() ?? NOTHING_RECEIVED;
    rows.push({ session: id, ...came, sentPackets: sent - sentBefore, keyFrameRequests, ...(rttMs === undefined ? {} : { rttMs }) });
  }
  for (const [id, room] of rooms) rows.push(...room.measure(id));
  tell({ is: 'measured', seconds, loopDelayMs: loop.percentileMs(99), sendLatenessMs: pace.take(), sessions: rows });
  loop.reset();
}

function obey(command: MediaCommand): void {
  switch (command.do) {
    case 'open':
      void open(command.session, command.request);
      return;
    case 'open-room':
      openRoom(command.session, command.request);
      return;
    case 'offer':
      rooms.get(command.session)?.offer(command.mids);
      return;
    case 'answer-to':
      rooms.get(command.session)?.answerTo(command.sdp);
      return;
    case 'candidate':
      rooms.get(command.session)?.addCandidate(command.candidate, command.mid);
      return;
    case 'send':
      rooms.get(command.session)?.send(command.mid, command.sending);
      return;
    case 'answer':
      rooms.get(command.session)?.accept(command.sdp);
      try {
        sessions.get(command.session)?.peer.acceptAnswer(command.sdp);
      } catch {
        close(command.session);
        tell({ is: 'failed', session: command.session, why: 'sdp' });
      }
      return;
    case 'mute': {
      const session = sessions.get(command.session);
      if (!session) return;
      session.muted = command.muted;
      if (session.sender) session.sender.muted = command.muted;
      return;
    }
    case 'check':
      setTimeout(() => check(command.session), CHECK_AFTER_MS);
      return;
    case 'close':
      close(command.session);
  }
}

setInterval(() => {
  const nowMs = performance.now();
  for (const sender of senders) pace.add(nowMs, sender.tick(nowMs));
}, TICK_MS);
setInterval(() => {
  for (const { peer } of [...young]) peer.check();
  for (const room of [...rooms.values()]) if (room.young) room.check();
}, LOOK_EVERY_MS);
setInterval(() => {
  for (const { peer } of [...sessions.values()]) peer.check();
  for (const room of [...rooms.values()]) room.check();
}, CHECK_EVERY_MS);
setInterval(() => {
  for (const { kind, received, peer } of sessions.values()) if (kind === 'video' && received && received.total > 0 && !received.hasKeyFrame) peer.requestKeyFrame();
  for (const room of rooms.values()) room.askKeyFrames();
}, ASK_EVERY_MS);
setInterval(() => sweeper.look(), SWEEP_EVERY_MS);
let measuredMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  measure((nowMs - measuredMs) / 1000);
  measuredMs = nowMs;
}, MEASURE_EVERY_MS);

process.on('message', (command) => obey(command as MediaCommand));
// Ctrl-C reaches the whole process group; the parent decides when media ends.
process.on('SIGINT', () => undefined);
