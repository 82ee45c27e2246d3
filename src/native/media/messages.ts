import type { IceServer } from '../../rtc/peer.js';
import type { ReceivedInterval } from '../../rtc/receive-stats.js';
import type { MediaDirection, MediaKind } from '../../rtc/sdp.js';

export type CameraAsset = 'camera-low' | 'camera-medium' | 'camera-high';
export type AssetName = 'speech' | CameraAsset | 'screen';
/** The same with time marks (vu/marks.ts). */
export type MarkedAssetName = 'speech-marked' | `${CameraAsset}-marked`;

/** What is sent: an asset from somewhere in it (0–1), or a marked one that is where it has to be at each instant. */
export type Sending =
  | { readonly asset: AssetName; readonly from: number; readonly behindMs?: never }
  /** `behindMs`: what the marks are behind Unix time of this machine: the meeting's phase and the offset of the clock. */
  | { readonly asset: MarkedAssetName; readonly from?: never; readonly behindMs: number };

/** A peer connection with one track, as every leg of BBB's SFU is. */
export interface SessionRequest {
  readonly kind: MediaKind;
  readonly direction: MediaDirection;
  /** The server's offer; undefined: we offer. */
  readonly remoteOffer: string | undefined;
  /** Undefined: nothing is sent. */
  readonly send: Sending | undefined;
  /** Only relayed candidates are used. */
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServer[];
  /** Undefined: every interface. */
  readonly bindAddress: string | undefined;
}

/** One of the two peer connections of a participant of LiveKit. */
export interface RoomRequest {
  /** Sections of the publisher, used or not; empty: it is the subscriber. */
  readonly publish: readonly { readonly mid: string; readonly kind: MediaKind; readonly trackId: string }[];
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServer[];
  /** Undefined: every interface. */
  readonly bindAddress: string | undefined;
}

/** To a media process. */
export type MediaCommand =
  | { readonly do: 'open-room'; readonly session: number; readonly request: RoomRequest }
  /** Ours, with these sections in use. */
  | { readonly do: 'offer'; readonly session: number; readonly mids: readonly string[] }
  /** The server's. */
  | { readonly do: 'answer-to'; readonly session: number; readonly sdp: string }
  | { readonly do: 'candidate'; readonly session: number; readonly candidate: string; readonly mid: string }
  | { readonly do: 'send'; readonly session: number; readonly mid: string; readonly sending: Sending | undefined }
  | { readonly do: 'open'; readonly session: number; readonly request: SessionRequest }
  | { readonly do: 'answer'; readonly session: number; readonly sdp: string }
  /** Our answer is under way: connectivity checks may begin. */
  | { readonly do: 'check'; readonly session: number }
  | { readonly do: 'mute'; readonly session: number; readonly muted: boolean }
  | { readonly do: 'close'; readonly session: number };

/** From a media process. */
export type MediaNews =
  | { readonly is: 'described'; readonly session: number; readonly sdp: string }
  | { readonly is: 'failed'; readonly session: number; readonly why: 'sdp' | 'transport' | 'process' }
  | { readonly is: 'connected'; readonly session: number }
  /** Something can be heard or seen for the first time: a packet of audio, a whole key frame of video. */
  | { readonly is: 'first'; readonly session: number; /** In a room: which. */ readonly track?: string }
  | { readonly is: 'measured'; readonly seconds: number; /** Of this process: delay of its event loop, 99th percentile. */ readonly loopDelayMs: number; /** How late packets left, the latest of each stretch of 100 ms. */ readonly sendLatenessMs: readonly number[]; readonly sessions: readonly Measured[] };

/** Media processes tell so often what their sessions were like. */
export const MEASURE_EVERY_MS = 5_000;

/** What a session was like in the interval. */
export interface Measured extends ReceivedInterval {
  readonly session: number;
  /** In a room: the mid of what is sent, or the server's name of what is received. */
  readonly track?: string;
  /** From the receiver's reports on what we send; undefined: none came. */
  readonly rttMs?: number;
  readonly sentPackets: number;
  readonly keyFrameRequests: number;
}
