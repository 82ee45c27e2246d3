import { seededRandom } from '../../core/random.js';
import { endWithParent } from '../../rtc/end-with-parent.js';
import { Peer, type Promised } from '../../rtc/peer.js';
import { attribute, OPUS_PAYLOAD_TYPE, transportOf, VP8_PAYLOAD_TYPE, withoutCandidates } from '../../rtc/sdp.js';
import { ImpairedLine, sameImpairment, UNIMPAIRED, type Impairment } from './impairment.js';
import type { MediaCommand, MediaNews, MeetingTraffic } from './messages.js';
import { BIND_ADDRESS, newIdentity, promise, type Offer } from './promise.js';
import { Room, type Counters, type Outlet } from './room.js';

/**
 * A media process: peer connections of many meetings, rooms that forward between them. Commands come over IPC; the process ends
 * with its parent. This is a process of its own, so it reads the clock and the timers itself.
 */
const TICK_MS = 20;
/** Held packets leave so late at most. */
const DRAIN_EVERY_MS = 5;
const COUNTERS_EVERY_MS = 1_000;
/** After a long stall only this much silence is made up for. */
const MAX_TICKS_AT_ONCE = 25;

type Open = Extract<MediaCommand, { do: 'open' }>;

interface Session {
  readonly meeting: string;
  readonly peer: Peer;
}

/** Waits for the client's answer. */
interface Pending {
  readonly command: Open;
  readonly ssrc: number;
  readonly offer: Offer;
}

// Before anything that is waited for: the parent may be gone already.
endWithParent();

const counters: Counters = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };
/** Of the meetings that have one. */
const impairments = new Map<string, Impairment>();
/** Ways to the receivers of those meetings; they may hold packets. */
const lines = new Map<number, ImpairedLine>();
const lineSeeds = seededRandom(1);
const rooms = new Map<string, Room>();
/** Of each meeting since the last report. */
const fresh = new Map<string, Counters>();
const sessions = new Map<number, Session>();
const pending = new Map<number, Pending>();
/** Sessions that were opened and not closed. */
const wanted = new Set<number>();
const identity = await newIdentity();
let nextSsrc = 1_000_001;

function tell(news: MediaNews): void {
  if (process.connected) process.send!(news);
}

function roomOf(meeting: string): Room {
  let room = rooms.get(meeting);
  if (!room) {
    const own = fresh.get(meeting) ?? { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };
    fresh.set(meeting, own);
    room = new Room(own, (userId, talking) => tell({ is: 'talking', meeting, userId, talking }));
    rooms.set(meeting, room);
  }
  return room;
}

/** The client offers: we describe the peer that answers. We offer: we promise one, and make it when the answer comes. */
async function open(command: Open): Promise<void> {
  const { session, remoteOffer } = command;
  const ssrc = nextSsrc++;
  wanted.add(session);
  try {
    if (remoteOffer === undefined) {
      const offer = await promise(identity);
      if (!wanted.has(session)) {
        offer.withdraw();
        return;
      }
      pending.set(session, { command, ssrc, offer });
      tell({ is: 'described', session, transport: offer.transport, setup: 'actpass', ssrc });
      return;
    }
    // The library is a full ICE agent, and one that checked first would reach a client that has not had its answer yet: it waits for the client's checks.
    const sdp = await start(command, ssrc, withoutCandidates(remoteOffer), undefined);
    const transport = transportOf(sdp);
    if (!transport) throw new Error('no transport in our description');
    tell({ is: 'described', session, transport, setup: attribute(sdp, 'setup') === 'passive' ? 'passive' : 'active', ssrc });
  } catch {
    fail(session);
  }
}

/** The client's answer to what we promised. */
async function accept({ command, ssrc, offer }: Pending, answer: string): Promise<void> {
  try {
    await start(command, ssrc, answer, offer.keep());
  } catch {
    fail(command.session);
  }
}

/** Makes the peer and takes it into its room; its description. */
function start(command: Open, ssrc: number, remoteOffer: string, promised: Promised | undefined): Promise<string> {
  const { session, meeting, about, kind, direction } = command;
  const room = roomOf(meeting);
  let flowing = false;
  const flows = (): void => {
    if (flowing) return;
    flowing = true;
    tell({ is: 'flowing', session });
  };
  const peer = new Peer({
    name: `s${session}`,
    kind,
    direction,
    ssrc,
    bindAddress: BIND_ADDRESS,
    remoteOffer,
    promised,
    payloadType: command.payloadType || (kind === 'audio' ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE),
    onPacket: (packet) => {
      // What a viewer sends is feedback.
      if (about.use !== 'view') flows();
      if (impairments.get(meeting)?.silent !== true) room.receive(session, packet);
    },
    onState: (state) => {
      if (state === 'connected') {
        tell({ is: 'connected', session });
        if (about.use === 'view') room.viewerReady(session);
      } else if (sessions.has(session)) tell({ is: 'failed', session, why: 'transport' });
    },
  });
  sessions.set(session, { meeting, peer });
  const outlet = impairable(command, peer);
  if (about.use === 'audio') room.addAudio(session, about.userId, about.speaks, ssrc, outlet);
  else if (about.use === 'source') room.addSource(session, about.sourceId, command.bitrateKbps, outlet);
  else room.addView(session, about.sourceId, ssrc, announcing(outlet, flows));
  return peer.describe('answer');
}

function fail(session: number): void {
  close(session);
  tell({ is: 'failed', session, why: 'sdp' });
}

/** Says so with each packet that leaves. */
function announcing(outlet: Outlet, sent: () => void): Outlet {
  return {
    ...outlet,
    send: (packet) => {
      if (!outlet.send(packet)) return false;
      sent();
      return true;
    },
  };
}

/** The peer behind the line of its meeting. */
function impairable({ session, meeting, kind }: Open, peer: Peer): Outlet {
  const line = new ImpairedLine(kind, lineSeeds.derive(session), (packet) => peer.send(packet));
  return {
    send: (packet) => {
      const impairment = impairments.get(meeting);
      if (impairment?.silent) return false;
      if (impairment) lines.set(session, line);
      // A line that held packets when its impairment ended goes on, so that none is overtaken.
      else if (!lines.has(session)) return peer.send(packet);
      return line.send(packet, impairment ?? UNIMPAIRED, performance.now());
    },
    requestKeyFrame: () => {
      if (impairments.get(meeting)?.silent !== true) peer.requestKeyFrame();
    },
    requestBitrate: (bitsPerSec) => peer.requestBitrate(bitsPerSec),
  };
}

function close(session: number): void {
  wanted.delete(session);
  pending.get(session)?.offer.withdraw();
  pending.delete(session);
  const found = sessions.get(session);
  if (!found) return;
  sessions.delete(session);
  lines.delete(session);
  const room = rooms.get(found.meeting);
  room?.remove(session);
  if (room?.empty) rooms.delete(found.meeting);
  found.peer.close();
}

function obey(command: MediaCommand): void {
  switch (command.do) {
    case 'open':
      void open(command);
      return;
    case 'answer': {
      const promised = pending.get(command.session);
      pending.delete(command.session);
      if (promised) void accept(promised, command.sdp);
      return;
    }
    case 'close':
      close(command.session);
      return;
    case 'impair':
      if (sameImpairment(command.impairment, UNIMPAIRED)) impairments.delete(command.meeting);
      else impairments.set(command.meeting, command.impairment);
      return;
    case 'mute':
      rooms.get(command.meeting)?.setMuted(command.userId, command.muted);
      return;
    case 'loss':
      rooms.get(command.meeting)?.setLoss(command.lossRatio);
  }
}

/** Moves what the meetings counted into the totals. */
function collect(): MeetingTraffic[] {
  const traffic: MeetingTraffic[] = [];
  for (const [meeting, own] of fresh) {
    if (own.bytesIn + own.bytesOut > 0) traffic.push({ meeting, bytesIn: own.bytesIn, bytesOut: own.bytesOut });
    for (const key of Object.keys(counters) as (keyof Counters)[]) {
      counters[key] += own[key];
      own[key] = 0;
    }
    if (!rooms.has(meeting)) fresh.delete(meeting);
  }
  return traffic;
}

let dueMs = performance.now() + TICK_MS;
setInterval(() => {
  // Absolute due times: silence keeps its pace although timers are late.
  for (let n = 0; performance.now() >= dueMs && n < MAX_TICKS_AT_ONCE; n++) {
    for (const room of rooms.values()) room.tick();
    dueMs += TICK_MS;
  }
  if (performance.now() > dueMs) dueMs = performance.now() + TICK_MS;
}, TICK_MS / 2);
setInterval(() => {
  if (lines.size === 0) return;
  const nowMs = performance.now();
  for (const line of lines.values()) line.drain(nowMs);
}, DRAIN_EVERY_MS);
/** New connections are looked at often, the others in turn with the counters. */
setInterval(() => {
  for (const { peer } of [...sessions.values()]) if (!peer.connected) peer.check();
}, TICK_MS);
setInterval(() => {
  const traffic = collect();
  tell({ is: 'counters', ...counters, traffic });
  for (const { peer } of [...sessions.values()]) peer.check();
}, COUNTERS_EVERY_MS);

process.on('message', (command) => obey(command as MediaCommand));
// Ctrl-C reaches the whole process group; the parent decides when media ends.
process.on('SIGINT', () => undefined);
