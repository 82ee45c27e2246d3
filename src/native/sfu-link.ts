import { sfuErrorName } from '../bbb/sfu.js';
import type { Clock } from '../core/clock.js';
import type { AttendeeSpec } from '../vu/attendee.js';
import { phaseOf, sendsMarks } from '../vu/marks.js';
import type { Discovery } from './discovery.js';
import type { MediaSource, SessionRequest } from './media/media-pool.js';
import type { AssetName, Sending } from './media/messages.js';
import type { SfuSending } from './sfu-frames.js';
import type { SfuValues } from './wire-profile.js';

/** What every media leg of a user needs. */
export interface SfuLink {
  readonly discovery: Discovery;
  readonly media: MediaSource;
  readonly clock: Clock;
  /** A frame as the client says it. */
  readonly frame: (kind: SfuSending, values?: SfuValues) => Readonly<Record<string, unknown>>;
  /** The role in which the client only listens. */
  readonly listeningRole: string;
  /** There is no network now. */
  readonly offline: () => boolean;
  /** Aborts when the user is gone; no retry begins then. */
  readonly signal: AbortSignal;
  /** Where in the shared assets this user begins, 0–1. */
  readonly from: number;
  /** Sends media with time marks, so much behind Unix time of this machine, ms; undefined: sends media without. */
  readonly marksBehindMs: number | undefined;
  /** Media goes through a TURN server or not at all. */
  readonly relayOnly: boolean;
}

interface LinkParts {
  readonly spec: AttendeeSpec;
  readonly media: MediaSource;
  readonly clock: Clock;
  /** What the wall clock of this machine is ahead of the run's, ms. */
  readonly clockOffsetMs: number;
}

/** The link of a user from a page of the client. */
export function linkOf({ spec, media, clock, clockOffsetMs }: LinkParts, page: Pick<SfuLink, 'discovery' | 'frame' | 'listeningRole' | 'offline' | 'signal'>): SfuLink {
  const marksBehindMs = sendsMarks(spec) ? phaseOf(spec.meetingId) + clockOffsetMs : undefined;
  return { ...page, media, clock, from: startOf(spec.seq), marksBehindMs, relayOnly: spec.forceTurn === true };
}

/** A session request with what is the same for all sessions of a user. */
export function requestFor(link: SfuLink, { kind, direction, remoteOffer, asset }: Pick<SessionRequest, 'kind' | 'direction' | 'remoteOffer'> & { readonly asset: AssetName | undefined }): SessionRequest {
  const { iceServers, bindAddress } = link.discovery;
  return { kind, direction, remoteOffer, send: asset === undefined ? undefined : sendingOf(link, asset), iceServers, bindAddress, relayOnly: link.relayOnly };
}

/** What a user sends of an asset: marked for a teacher in a meeting with witnesses. */
export function sendingOf({ from, marksBehindMs }: SfuLink, asset: AssetName): Sending {
  return marksBehindMs === undefined || asset === 'screen' ? { asset, from } : { asset: `${asset}-marked`, behindMs: marksBehindMs };
}

/** Of an error code, for messages. */
export function nameOf(code: number): string {
  return sfuErrorName(code) ?? 'unknown';
}

/** Spreads users over an asset: the golden ratio never lets two neighbours come close. */
function startOf(seq: number): number {
  return (seq * 0.618_033_988_749_895) % 1;
}
