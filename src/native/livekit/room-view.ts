import { ParticipantInfo_State, TrackType, type ParticipantInfo, type TrackSource } from '@livekit/protocol';

/** A track that somebody else publishes. */
export interface RemoteTrack {
  readonly sid: string;
  readonly participantSid: string;
  /** BBB's user id. */
  readonly identity: string;
  readonly name: string;
  readonly kind: 'audio' | 'video';
  readonly source: TrackSource;
  readonly muted: boolean;
}

const MAX_TRACKS = 50;
const MAX_CHARS = 500;

/** Who is in a room and what they publish, from the updates of the server. */
export class RoomView {
  readonly #byParticipant = new Map<string, { readonly version: number; readonly tracks: readonly RemoteTrack[] }>();
  #own = '';

  begin(own: string, others: readonly ParticipantInfo[]): void {
    this.#own = own;
    this.#byParticipant.clear();
    this.update(others);
  }

  update(participants: readonly ParticipantInfo[]): void {
    for (const one of participants) {
      if (one.sid === this.#own) continue;
      if (one.state === ParticipantInfo_State.DISCONNECTED) this.#byParticipant.delete(one.sid);
      // Updates overtake each other: the server numbers them.
      else if (one.version >= (this.#byParticipant.get(one.sid)?.version ?? 0)) this.#byParticipant.set(one.sid, { version: one.version, tracks: tracksOf(one) });
    }
  }

  get tracks(): readonly RemoteTrack[] {
    return [...this.#byParticipant.values()].flatMap(({ tracks }) => tracks);
  }
}

function tracksOf({ sid: participantSid, identity, tracks }: ParticipantInfo): readonly RemoteTrack[] {
  return tracks.slice(0, MAX_TRACKS).flatMap(({ sid, name, type, source, muted }) => {
    if (type === TrackType.DATA || sid === '') return [];
    return [{ sid, participantSid, identity: identity.slice(0, MAX_CHARS), name: name.slice(0, MAX_CHARS), kind: type === TrackType.AUDIO ? ('audio' as const) : ('video' as const), source, muted }];
  });
}
