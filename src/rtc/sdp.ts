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
/** Of a description: no participant is offered more. */
const MAX_SECTIONS = 1_000;

/** First value of `a=<name>:…`; undefined if there is none, or nothing in it. */
export function attribute(sdp: string, name: string): string | undefined {
  return new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)?.[1]?.trim() || undefined;
}

/** The transport of a description made by a WebRTC library; undefined when a part is missing. */
export function transportOf(sdp: string): TransportParts | undefined {
  if (sdp.length > MAX_SDP_CHARS) return undefined;
  const iceUfrag = attribute(sdp, 'ice-ufrag');
  const icePwd = attribute(sdp, 'ice-pwd');
  const fingerprint = attribute(sdp, 'fingerprint');
  const candidate = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/im.exec(sdp);
  if (iceUfrag === undefined || icePwd === undefined || fingerprint === undefined || !candidate) return undefined;
  const port = Number(candidate[2]);
  return port > MAX_PORT ? undefined : { iceUfrag, icePwd, fingerprint, address: candidate[1]!, port };
}

const CANDIDATE_LINES = /^a=(candidate:|end-of-candidates).*\r?\n/gm;

/** The same description for an agent that is to wait for the other's connectivity checks, or for candidates later. */
export function withoutCandidates(sdp: string): string {
  return sdp.replace(CANDIDATE_LINES, '');
}

/** Candidate attributes (`candidate:…`, RFC 8839 §5.1). */
export function candidatesOf(sdp: string): readonly string[] {
  return [...sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].slice(0, MAX_CANDIDATES).map(([, candidate]) => candidate!);
}

export interface ServerDescription {
  readonly kind: MediaKind;
  readonly direction: MediaDirection;
  /** actpass in offers, active or passive in answers. */
  readonly setup: 'actpass' | 'active' | 'passive';
  readonly transport: TransportParts;
  readonly payloadType: number;
  /** SSRC that the server sends with; undefined when it only receives. */
  readonly ssrc: number | undefined;
  readonly cname: string;
  readonly streamId: string;
  readonly trackId: string;
  /** Limit for video, kbit/s. */
  readonly bitrateKbps: number;
}

/**
 * A description in the words of bbb-webrtc-sfu (mediasoup), as recorded from 3.0.19. Header extensions and transport-cc are
 * left out: the simulator forwards packets without extensions and sends no transport-wide feedback, and what is not served
 * must not be negotiated.
 */
export function buildServerSdp(parts: ServerDescription): string {
  const { transport, kind, payloadType } = parts;
  const lines = [
    'v=0',
    'o=mediasoup-client 10000 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=fingerprint:${transport.fingerprint}`,
    'a=msid-semantic: WMS *',
    'a=group:BUNDLE 0',
    `m=${kind} 7 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 127.0.0.1',
    ...(kind === 'audio' ? audioLines(payloadType) : videoLines(payloadType, parts.bitrateKbps)),
    `a=setup:${parts.setup}`,
    'a=mid:0',
    `a=msid:${parts.streamId} ${parts.trackId}`,
    `a=${parts.direction}`,
    `a=ice-ufrag:${transport.iceUfrag}`,
    `a=ice-pwd:${transport.icePwd}`,
    `a=candidate:udpcandidate 1 udp 1076302079 ${transport.address} ${transport.port} typ host`,
    'a=end-of-candidates',
    'a=ice-options:renomination',
    ...(parts.ssrc === undefined ? [] : ssrcLines(parts.ssrc, parts)),
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...(kind === 'video' ? ['a=content:main'] : []),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function audioLines(type: number): string[] {
  return [`a=rtpmap:${type} opus/48000/2`, `a=fmtp:${type} useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40`];
}

function videoLines(type: number, bitrateKbps: number): string[] {
  return [
    `b=TIAS:${bitrateKbps * 1000}`,
    `b=AS:${bitrateKbps}`,
    `a=rtpmap:${type} VP8/90000`,
    `a=rtcp-fb:${type} goog-remb`,
    `a=rtcp-fb:${type} ccm fir`,
    `a=rtcp-fb:${type} nack`,
    `a=rtcp-fb:${type} nack pli`,
  ];
}

/** The SFU repeats the track beside the source of sound only, as recorded. */
function ssrcLines(ssrc: number, { kind, cname, trackId }: ServerDescription): string[] {
  return [`a=ssrc:${ssrc} cname:${cname}`, ...(kind === 'audio' ? [`a=ssrc:${ssrc} msid:${cname} ${trackId}`] : [])];
}

/** Payload type that a client's description gives a codec; undefined if it does not offer it. */
export function payloadTypeOf(sdp: string, codec: 'opus' | 'VP8'): number | undefined {
  const match = new RegExp(`^a=rtpmap:(\\d{1,3}) ${codec}/`, 'im').exec(sdp);
  return match ? Number(match[1]) : undefined;
}

/** Whether a client's description can be used at all: a single m-line of the kind, with ICE and DTLS parts. */
export function isUsable(sdp: string, kind: MediaKind): boolean {
  return (
    sdp.length <= MAX_SDP_CHARS &&
    sdp.startsWith('v=0') &&
    (sdp.match(/^m=/gm) ?? []).length === 1 &&
    new RegExp(`^m=${kind} `, 'm').test(sdp) &&
    attribute(sdp, 'ice-ufrag') !== undefined &&
    attribute(sdp, 'ice-pwd') !== undefined &&
    attribute(sdp, 'fingerprint') !== undefined
  );
}

/** An m-line with everything that belongs to it. */
export interface Section {
  readonly kind: 'audio' | 'video' | 'application';
  readonly text: string;
}

/** Sections of a description in order; those of other kinds are left out. */
export function sectionsOf(sdp: string): readonly Section[] {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1, MAX_SECTIONS)
    .flatMap((text) => {
      const kind = /^m=(audio|video|application) /.exec(text)?.[1];
      return kind === undefined ? [] : [{ kind: kind as Section['kind'], text }];
    });
}

export function midOf(section: string): string | undefined {
  return attribute(section, 'mid');
}

/** Without a line that says otherwise it is sendrecv (RFC 8866 §6.7). */
export function directionOf(section: string): MediaDirection | 'inactive' {
  return (/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(section)?.[1] as MediaDirection | 'inactive' | undefined) ?? 'sendrecv';
}

/** The second word of `a=msid:<stream> <track>`; undefined without one. */
export function trackIdOf(section: string): string | undefined {
  return attribute(section, 'msid')?.split(/\s+/)[1];
}

/** Our offer with only some of its sending sections in use: the others are inactive, and say nothing of a track. */
export function withActive(offer: string, active: ReadonlySet<string>): string {
  return offer
    .split(/^(?=m=)/m)
    .map((part) => {
      const mid = part.startsWith('m=') ? midOf(part) : undefined;
      if (mid === undefined || part.startsWith('m=application') || active.has(mid)) return part;
      return part.replace(/^a=(?:sendonly|sendrecv)\s*$/m, 'a=inactive\r').replace(/^a=(?:ssrc|msid):.*\r?\n/gm, '');
    })
    .join('');
}
