/** What carries a kind of media in a meeting: bbb-webrtc-sfu (the default of 3.0), or LiveKit (of 4.0). Each kind has its own. */
export type Bridge = 'sfu' | 'livekit';

export interface Bridges {
  readonly audio: Bridge;
  readonly camera: Bridge;
  readonly screen: Bridge;
}

export const SFU_BRIDGES: Bridges = { audio: 'sfu', camera: 'sfu', screen: 'sfu' };
export const LIVEKIT_BRIDGES: Bridges = { audio: 'livekit', camera: 'livekit', screen: 'livekit' };

/** Bridges of a meeting's row or static data (`audioBridge`, `cameraBridge`, `screenShareBridge`); what it does not say is the SFU's. */
export function bridgesOf(row: unknown): Bridges {
  const { audioBridge, cameraBridge, screenShareBridge } = (typeof row === 'object' && row !== null ? row : {}) as Readonly<Record<string, unknown>>;
  return { audio: bridgeOf(audioBridge), camera: bridgeOf(cameraBridge), screen: bridgeOf(screenShareBridge) };
}

/** `freeswitch` is an old name of the SFU's audio in 4.0. */
function bridgeOf(value: unknown): Bridge {
  return value === 'livekit' ? 'livekit' : 'sfu';
}

export function usesLivekit({ audio, camera, screen }: Bridges): boolean {
  return audio === 'livekit' || camera === 'livekit' || screen === 'livekit';
}

/** For messages: "LiveKit", "bbb-webrtc-sfu", or which carries what. */
export function describeBridges(bridges: Bridges): string {
  const names = { sfu: 'bbb-webrtc-sfu', livekit: 'LiveKit' } as const;
  if (!usesLivekit(bridges)) return names.sfu;
  const { audio, camera, screen } = bridges;
  if (audio === 'livekit' && camera === 'livekit' && screen === 'livekit') return names.livekit;
  return `${names[audio]} for audio, ${names[camera]} for cameras, ${names[screen]} for the shared screen`;
}
