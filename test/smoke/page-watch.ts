import type { Page } from '@playwright/test';

/**
 * Runs in the page before its own scripts: keeps its peer connections, the tracks it receives and its sockets where the suite can
 * ask for them. Text, because it is handed to the browser as it stands.
 */
export const PAGE_WATCH = `(() => {
  const watch = (window.firstbellSmoke = { connections: [], remote: new Set(), sockets: new Set() });
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) {
      super(...args);
      watch.connections.push(this);
      this.addEventListener('track', ({ track }) => watch.remote.add(track.id));
    }
  };
  window.WebSocket = class extends window.WebSocket {
    constructor(...args) {
      super(...args);
      watch.sockets.add(this);
      this.addEventListener('close', () => watch.sockets.delete(this));
    }
  };
})();`;

interface Watched {
  readonly connections: RTCPeerConnection[];
  readonly remote: Set<string>;
  readonly sockets: Set<WebSocket>;
}

/** What a page has received of one kind, over all its connections. */
export interface Received {
  readonly packets: number;
  readonly audioEnergy: number;
  readonly framesDecoded: number;
}

/** How the connections of a page are. */
export interface Connectivity {
  /** States of all connections that are not closed, e.g. `connected`, `failed`. */
  readonly states: readonly string[];
  /** Local and remote candidate of each connection in use, e.g. `host/udp – host/udp`. */
  readonly pairs: readonly string[];
  /** The client was given a TURN server. */
  readonly turn: boolean;
}

/** `video`: selector of the video elements that count; all of the kind without it. */
export function received(page: Page, kind: 'audio' | 'video', video?: string): Promise<Received> {
  return page.evaluate(async ([wanted, selector]) => {
    const sum = { packets: 0, audioEnergy: 0, framesDecoded: 0 };
    const shown = selector === undefined ? undefined : Array.from(document.querySelectorAll<HTMLVideoElement>(selector)).flatMap(({ srcObject }) => (srcObject instanceof MediaStream ? srcObject.getVideoTracks().map(({ id }) => id) : []));
    for (const connection of (window as unknown as { firstbellSmoke: Watched }).firstbellSmoke.connections) {
      if (connection.connectionState === 'closed') continue;
      (await connection.getStats()).forEach((stats: Record<string, unknown>) => {
        if (stats['type'] !== 'inbound-rtp' || stats['kind'] !== wanted || shown?.includes(String(stats['trackIdentifier'])) === false) return;
        sum.packets += Number(stats['packetsReceived'] ?? 0);
        sum.audioEnergy += Number(stats['totalAudioEnergy'] ?? 0);
        sum.framesDecoded += Number(stats['framesDecoded'] ?? 0);
      });
    }
    return sum;
  }, [kind, video] as const);
}

export function connectivity(page: Page): Promise<Connectivity> {
  return page.evaluate(async () => {
    const open = (window as unknown as { firstbellSmoke: Watched }).firstbellSmoke.connections.filter(({ connectionState }) => connectionState !== 'closed');
    const pairs: string[] = [];
    for (const connection of open) {
      const all = new Map<string, Record<string, unknown>>();
      (await connection.getStats()).forEach((one: Record<string, unknown>) => all.set(String(one['id']), one));
      const shown = (id: unknown): string => `${String(all.get(String(id))?.['candidateType'] ?? '?')}/${String(all.get(String(id))?.['protocol'] ?? '?')}`;
      for (const one of all.values()) if (one['type'] === 'candidate-pair' && one['nominated'] === true && one['state'] === 'succeeded') pairs.push(`${shown(one['localCandidateId'])} – ${shown(one['remoteCandidateId'])}`);
    }
    const turn = open.some((connection) => (connection.getConfiguration().iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url))));
    return { states: open.map(({ connectionState }) => connectionState), pairs, turn };
  });
}

/** Whether one of the TURN servers that the client was given hands out a relay address. The credentials stay in the page. */
export function turnRelays(page: Page, limitMs: number): Promise<boolean> {
  return page.evaluate(async (limit) => {
    const given = (window as unknown as { firstbellSmoke: Watched }).firstbellSmoke.connections.map((connection) => connection.getConfiguration().iceServers ?? []).find((list) => list.length > 0);
    const probe = new RTCPeerConnection({ iceServers: given ?? [], iceTransportPolicy: 'relay' });
    try {
      const relay = new Promise<boolean>((resolve) => {
        probe.onicecandidate = ({ candidate }) => {
          if (candidate?.type === 'relay') resolve(true);
          if (candidate === null) resolve(false);
        };
        setTimeout(() => resolve(false), limit);
      });
      probe.createDataChannel('probe');
      await probe.setLocalDescription(await probe.createOffer());
      return await relay;
    } finally {
      probe.close();
    }
  }, limitMs);
}

/** Brightness (0–765) of a grid over the largest picture that comes from others; undefined: there is none. */
export function pictureOfOthers(page: Page, video = 'video'): Promise<readonly number[] | undefined> {
  return page.evaluate((selector) => {
    const { remote } = (window as unknown as { firstbellSmoke: Watched }).firstbellSmoke;
    const fromOthers = Array.from(document.querySelectorAll<HTMLVideoElement>(selector)).filter((video) => video.videoWidth > 0 && video.srcObject instanceof MediaStream && video.srcObject.getVideoTracks().some(({ id }) => remote.has(id)));
    const largest = fromOthers.sort((a, b) => b.videoWidth - a.videoWidth)[0];
    if (!largest) return undefined;
    const [width, height] = [32, 24];
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d')!;
    context.drawImage(largest, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, index) => data[index * 4]! + data[index * 4 + 1]! + data[index * 4 + 2]!);
  }, video);
}

/** Closes every socket of the page, as a network that breaks does. */
export async function breakSockets(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { sockets } = (window as unknown as { firstbellSmoke: Watched }).firstbellSmoke;
    const open = [...sockets].filter(({ readyState }) => readyState === WebSocket.OPEN);
    for (const socket of open) socket.close();
    return open.length;
  });
}
