import { usesLivekit } from '../../bbb/bridges.js';
import type { SimMeeting } from '../state/meeting.js';
import type { Store } from '../state/store.js';
import type { SimUser } from '../state/user.js';
import type { Livekit } from './process.js';
import { mintToken } from './token.js';
import type { LivekitEvent } from './webhook.js';

export interface LivekitMediaOptions {
  readonly livekit: Livekit;
  readonly store: Store;
  readonly wallMs: () => number;
}

/**
 * What bbb-webrtc-sfu's livekit module is in a real server: hands out tokens, and keeps the meetings in step with what LiveKit
 * says of its rooms. A room is named like its meeting. Joined voice is taken from the mutation that a client with sound sends and
 * from microphones: LiveKit itself knows no difference between who is in the room for sound and who for pictures.
 */
export class LivekitMedia {
  readonly #options: LivekitMediaOptions;
  /** The newest participant of a user: what is heard of an older one is old. */
  readonly #participants = new Map<string, string>();
  /** Sids of what is published, by meeting. */
  readonly #published = new Map<string, Set<string>>();
  /** Name of a track of a user → its newest sid. */
  readonly #tracks = new Map<string, string>();

  constructor(options: LivekitMediaOptions) {
    this.#options = options;
  }

  /** A user is about to join. */
  admit(meeting: SimMeeting, user: SimUser): void {
    const { livekit, wallMs } = this.#options;
    if (usesLivekit(meeting.options.bridges)) user.livekitToken = mintToken(livekit.key, { identity: user.userId, name: user.name, room: meeting.internalId, nowWallMs: wallMs() });
  }

  hear({ event, room, identity, participantSid, track }: LivekitEvent): void {
    const meeting = this.#options.store.byInternalId(room);
    const user = meeting?.users.get(identity);
    if (!meeting || !user) return;
    switch (event) {
      case 'participant_joined':
        this.#participants.set(identity, participantSid);
        return;
      case 'participant_left':
        if (this.#participants.get(identity) !== participantSid) return;
        this.#participants.delete(identity);
        this.#left(meeting, user);
        return;
      case 'track_published':
        if (!track) return;
        this.#published.set(room, (this.#published.get(room) ?? new Set()).add(track.sid));
        this.#use(meeting, user, track);
        return;
      case 'track_unpublished':
        if (!track) return;
        this.#published.get(room)?.delete(track.sid);
        this.#end(meeting, user, track);
    }
  }

  /** Tracks in the room of a meeting, as LiveKit has said. */
  tracksOf(meeting: SimMeeting): number {
    return this.#published.get(meeting.internalId)?.size ?? 0;
  }

  forget(meeting: SimMeeting): void {
    this.#published.delete(meeting.internalId);
  }

  /** Its client has sound now, or has hung up. */
  hears(meeting: SimMeeting, user: SimUser, sound: boolean): void {
    if (meeting.options.bridges.audio !== 'livekit' || (user.voice !== undefined) === sound) return;
    user.voice = sound ? { listenOnly: false, muted: true, talking: false, changedMs: this.#options.wallMs() } : undefined;
    meeting.touch('voice', user);
  }

  #use(meeting: SimMeeting, user: SimUser, { sid, name, source }: NonNullable<LivekitEvent['track']>): void {
    const { audio, camera, screen } = meeting.options.bridges;
    if (!user.present) return;
    if (source === 'MICROPHONE' && audio === 'livekit') {
      this.hears(meeting, user, true);
      user.voice!.muted = false;
      user.voice!.changedMs = this.#options.wallMs();
      meeting.touch('voice', user);
    } else if (source === 'CAMERA' && camera === 'livekit') {
      this.#tracks.set(`${user.userId} ${name}`, sid);
      user.mediaUp.add(name);
    } else if (source === 'SCREEN_SHARE' && screen === 'livekit' && user.presenter) {
      meeting.screenshareSince = new Date(this.#options.wallMs()).toISOString();
      meeting.screenshareStream = sid;
      meeting.touch('meeting');
    }
  }

  #end(meeting: SimMeeting, user: SimUser, { sid, name, source }: NonNullable<LivekitEvent['track']>): void {
    if (source === 'CAMERA' && this.#tracks.get(`${user.userId} ${name}`) === sid) {
      this.#tracks.delete(`${user.userId} ${name}`);
      user.mediaUp.delete(name);
      if (user.cameras.delete(name)) meeting.touch('cameras', user);
    } else if (meeting.screenshareStream === sid) this.#endScreen(meeting);
  }

  #left(meeting: SimMeeting, user: SimUser): void {
    const { audio, camera } = meeting.options.bridges;
    if (audio === 'livekit' && user.voice) {
      user.voice = undefined;
      meeting.touch('voice', user);
    }
    if (camera !== 'livekit') return;
    for (const name of user.mediaUp) this.#tracks.delete(`${user.userId} ${name}`);
    user.mediaUp.clear();
    if (user.cameras.size > 0) {
      user.cameras.clear();
      meeting.touch('cameras', user);
    }
  }

  #endScreen(meeting: SimMeeting): void {
    meeting.screenshareSince = undefined;
    meeting.screenshareStream = 'screen';
    meeting.touch('meeting');
  }
}
