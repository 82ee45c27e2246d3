import { Ear } from './ear.js';
import { Eye } from './eye.js';
import { speakMarks } from './mouth.js';
import { MeetingSockets } from './meeting-sockets.js';
import { leaveVideosUnpainted } from './unpainted.js';

/**
 * Runs inside every page of a browser user, before the page's own scripts. Remembers peer connections, tells when the first
 * audio packet and the first decoded video frame arrive, and sends compact statistics every few seconds. Tells when the client's
 * connection to the meeting is away. Finds time marks in what the page receives, or puts them into what it sends. Changes nothing
 * that the page can see but the constructors of peer connections and sockets, the opacity of videos, and, for a user who sends
 * marks, getUserMedia.
 */

import { Witness, type WitnessSelectors } from './witness.js';

interface ProbeConfig {
  readonly statsEveryMs: number;
  readonly firstMediaEveryMs: number;
  readonly endedSelector: string;
  readonly errorSelector: string;
  readonly witness: WitnessSelectors;
  readonly marks: {
    /** This user sends marks; else it looks for those of others. */
    readonly sends: boolean;
    /** What the marks of the meeting are behind Unix time of this machine, ms. */
    readonly behindMs: number;
  };
  /** Media goes through a TURN server or not at all. */
  readonly relayOnly: boolean;
}

interface ProbeWindow extends Window {
  firstbellConfig: ProbeConfig;
  firstbellTell(text: string): Promise<void>;
  /** Resolves with true when videos are painted, for a picture of the page. */
  firstbellPaint?: () => Promise<true>;
  /** Packets sent so far of each picture that the page sends, by its report's id. */
  firstbellPictures?: () => Promise<Record<string, number>>;
  /** Resolves with true once packets flow of a picture that is not among these; with false after so long, ms. */
  firstbellNewPicture?: (known: Readonly<Record<string, number>>, limitMs: number) => Promise<boolean>;
  RTCPeerConnection: typeof RTCPeerConnection;
  WebSocket: typeof WebSocket;
}

const page = window as unknown as ProbeWindow;
const config = page.firstbellConfig;
const connections = new Map<number, RTCPeerConnection>();
let nextConnection = 1;
const witness = new Witness(config.witness, tell);
const sockets = new MeetingSockets();
let told = '';

/** Fields by type of report; all else stays in the page. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'inbound-rtp': ['kind', 'packetsReceived', 'packetsLost', 'jitter', 'bytesReceived', 'concealedSamples', 'silentConcealedSamples', 'totalSamplesReceived', 'framesDecoded', 'freezeCount', 'totalFreezesDuration', 'frameHeight', 'contentType'],
  'outbound-rtp': ['kind', 'packetsSent', 'bytesSent', 'framesEncoded', 'qualityLimitationReason', 'frameHeight'],
  'candidate-pair': ['nominated', 'state', 'currentRoundTripTime'],
};

function tell(message: unknown): void {
  // The page may be closing; nobody waits for the news then.
  page.firstbellTell(JSON.stringify(message)).catch(() => undefined);
}

/** Polls one receiver until its first media has come. */
async function awaitFirst(connection: RTCPeerConnection, receiver: RTCRtpReceiver): Promise<void> {
  const { kind } = receiver.track;
  while (connection.connectionState !== 'closed' && receiver.track.readyState === 'live') {
    for (const report of (await receiver.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (report['type'] !== 'inbound-rtp') continue;
      const arrived = kind === 'audio' ? Number(report['packetsReceived']) > 0 && Number(report['totalSamplesReceived']) > 0 : Number(report['framesDecoded']) > 0;
      if (!arrived) continue;
      tell({ is: 'first', kind });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, config.firstMediaEveryMs));
  }
}

async function statistics(): Promise<void> {
  const reports: Record<string, unknown>[] = [];
  for (const [number, connection] of connections) {
    if (connection.connectionState === 'closed') {
      connections.delete(number);
      continue;
    }
    for (const report of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
      const fields = FIELDS[report['type'] as string];
      if (!fields || (report['type'] === 'candidate-pair' && report['nominated'] !== true)) continue;
      reports.push({ type: report['type'], id: `${number}/${String(report['id'])}`, ...Object.fromEntries(fields.flatMap((name) => (report[name] === undefined ? [] : [[name, report[name]]]))) });
    }
  }
  if (reports.length > 0) tell({ is: 'stats', atMs: performance.now(), reports, ...(document.visibilityState === 'hidden' ? { hidden: true } : {}) });
}

/** What ends or threatens an attendance: what the page shows, and whether its connection to the meeting is there. */
function look(): void {
  // A frame in the page has no connection of its own, and nothing to say about that of the page.
  if (window.top !== window) return;
  const visible = (selector: string): HTMLElement | undefined => [...document.querySelectorAll<HTMLElement>(selector)].find((one) => one.offsetParent !== null || one.getClientRects().length > 0);
  const ended = visible(config.endedSelector);
  const error = visible(config.errorSelector);
  const nowMs = performance.now();
  const { interrupted, sinceMs } = sockets.look(nowMs);
  const state = ended ? 'ended' : error ? 'error' : interrupted ? 'interrupted' : 'fine';
  if (state === told) return;
  told = state;
  tell({ is: 'looks', state, agoMs: nowMs - sinceMs, text: ((ended ?? error)?.textContent ?? '').slice(0, 200) });
}

async function pictures(): Promise<Record<string, number>> {
  const sent: Record<string, number> = {};
  for (const [number, connection] of connections) {
    if (connection.connectionState === 'closed') continue;
    for (const report of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (report['type'] === 'outbound-rtp' && report['kind'] === 'video') sent[`${number}/${String(report['id'])}`] = Number(report['packetsSent']);
    }
  }
  return sent;
}

/** Seen twice, so that what is over after its first packets does not count. */
async function newPicture(known: Readonly<Record<string, number>>, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  let before: Readonly<Record<string, number>> = {};
  while (performance.now() < endMs) {
    const now = await pictures();
    if (Object.entries(now).some(([id, sent]) => !(id in known) && sent > (before[id] ?? Infinity))) return true;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, config.firstMediaEveryMs));
  }
  return false;
}

page.firstbellPaint = leaveVideosUnpainted();
page.firstbellPictures = pictures;
page.firstbellNewPicture = newPicture;

const marksMs = (): number => Date.now() - config.marks.behindMs;
const ear = new Ear(marksMs, (delayMs) => tell({ is: 'mark', sense: 'ear', delayMs }));
const eye = new Eye(marksMs, (delayMs) => tell({ is: 'mark', sense: 'eye', delayMs }));
// Undefined outside a secure context; the page cannot send anything then.
const devices = navigator.mediaDevices as MediaDevices | undefined;
if (config.marks.sends && devices) speakMarks(devices, marksMs);

function perceive(track: MediaStreamTrack): void {
  if (config.marks.sends) return;
  if (track.kind === 'video') eye.watch(track);
  else ear.listen(track);
}

const Original = page.RTCPeerConnection;
page.RTCPeerConnection = new Proxy(Original, {
  construct(target, parameters, newTarget: typeof RTCPeerConnection) {
    const [wanted, ...rest] = parameters as [RTCConfiguration?, ...unknown[]];
    const connection = Reflect.construct(target, [{ ...wanted, ...(config.relayOnly ? { iceTransportPolicy: 'relay' } : {}) }, ...rest], newTarget) as RTCPeerConnection;
    connections.set(nextConnection++, connection);
    connection.addEventListener('track', ({ receiver, track }) => {
      void awaitFirst(connection, receiver).catch(() => undefined);
      perceive(track);
    });
    return connection;
  },
});

page.WebSocket = new Proxy(page.WebSocket, {
  construct(target, parameters, newTarget: typeof WebSocket) {
    const socket = Reflect.construct(target, parameters, newTarget) as WebSocket;
    sockets.add(socket, () => performance.now());
    return socket;
  },
});

setInterval(() => {
  look();
  witness.look();
  void statistics().catch(() => undefined);
}, config.statsEveryMs);
