import type { Impairment } from './impairment.js';
import type { MediaDirection, MediaKind, TransportParts } from '../../rtc/sdp.js';

/** What a media session is for; it decides who hears and sees what. */
export type SessionUse =
  /** A user's audio leg: hears the meeting, and is heard unless muted. */
  | { readonly use: 'audio'; readonly userId: string; readonly speaks: boolean }
  /** A source others can view: camera or screen. */
  | { readonly use: 'source'; readonly sourceId: string }
  | { readonly use: 'view'; readonly sourceId: string };

/** To a media process. */
export type MediaCommand =
  | {
      readonly do: 'open';
      readonly session: number;
      readonly meeting: string;
      readonly kind: MediaKind;
      readonly direction: MediaDirection;
      readonly about: SessionUse;
      readonly remoteOffer: string | undefined;
      readonly payloadType: number;
      readonly bitrateKbps: number;
    }
  | { readonly do: 'answer'; readonly session: number; readonly sdp: string }
  | { readonly do: 'close'; readonly session: number }
  /** What becomes of all media of a meeting from now on. */
  | { readonly do: 'impair'; readonly meeting: string; readonly impairment: Impairment }
  | { readonly do: 'mute'; readonly meeting: string; readonly userId: string; readonly muted: boolean }
  | { readonly do: 'loss'; readonly meeting: string; readonly lossRatio: number };

/** From a media process. */
export type MediaNews =
  /** Where the client is to send to, and the SSRC that it will hear from. */
  | { readonly is: 'described'; readonly session: number; readonly transport: TransportParts; readonly setup: 'active' | 'passive' | 'actpass'; readonly ssrc: number }
  | { readonly is: 'failed'; readonly session: number; readonly why: 'sdp' | 'transport' }
  | { readonly is: 'connected'; readonly session: number }
  /** The first packet came in; of a viewer: went out. */
  | { readonly is: 'flowing'; readonly session: number }
  | { readonly is: 'talking'; readonly meeting: string; readonly userId: string; readonly talking: boolean }
  | { readonly is: 'counters'; readonly packetsIn: number; readonly packetsOut: number; readonly bytesIn: number; readonly bytesOut: number; readonly keyFrameRequests: number; readonly traffic: readonly MeetingTraffic[] };

/** RTP of one meeting since the last news of it. */
export interface MeetingTraffic {
  readonly meeting: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
}
