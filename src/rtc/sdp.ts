/** SDP of the shapes that bbb-webrtc-sfu and its clients exchange: one m-line, one SSRC, no trickle (bbb-protocol §4.6). */

export type MediaKind = 'audio' | 'video';
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly';

export interface TransportParts {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly address: string;
  readonly port: number;
}

export const OPUS_PAYLOAD_TYPE = 111;
export const VP8_PAYLOAD_TYPE = 96;

const MAX_SDP_CHARS = 30_000;
const MAX_CANDIDATES = 50;
const MAX_PORT = 65_535;
