import { ParticipantEvent, Room, RoomEvent, Track, VideoPreset, type LocalTrackPublication, type RemoteTrack, type RemoteTrackPublication, type TrackPublishOptions } from 'livekit-client';
import type { CameraProfile } from './cameras.js';

/** A bundle of its own: only pages of meetings over LiveKit load it. */
export interface LivekitEvents {
  /** Of one's own voice, as LiveKit hears it. */
  talking(talking: boolean): void;
  audioConnected(): void;
  audioFailed(): void;
  cameraPublished(cameraId: string): void;
  cameraFailed(): void;
  viewing(cameraId: string, stream: MediaStream): void;
  viewEnded(cameraId: string): void;
  screenPublished(): void;
  screenEnded(): void;
  viewingScreen(stream: MediaStream): void;
  viewScreenEnded(): void;
}

/** As BBB's client (bbb-protocol §5.2, §5.3). */
const UNPUBLISH_MUTED_MS = 5_000;
const MAX_ATTEMPTS = 20;
const RETRY_MS = 1_000;
const SCREEN_PRESET = new VideoPreset(1280, 720, 2_000_000, 15);

interface Wanted {
  readonly track: MediaStreamTrack;
  readonly options: TrackPublishOptions;
  readonly published: () => void;
  readonly failed: () => void;
}

/** Sound, cameras and the screen of one person over a LiveKit room, by livekit-client. */
export class LivekitMedia {
  readonly #room = new Room({ dynacast: true, stopLocalTrackOnUnpublish: false, publishDefaults: { simulcast: false } });
  readonly #url: string;
  readonly #iceServers: readonly RTCIceServer[];
  readonly #events: LivekitEvents;
  readonly #sound = document.body.appendChild(document.createElement('div'));
  /** By source; published again when the room was lost. */
  readonly #wanted = new Map<Track.Source, Wanted>();
  #token = '';
  #attempts = 0;
  #hears = false;
  #cameras: ReadonlySet<string> = new Set();
  #screen = false;
  #microphone: MediaStream | undefined;
  #microphoneName = '';
  #unpublish: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(url: string, iceServers: readonly RTCIceServer[], events: LivekitEvents) {
    this.#url = url;
    this.#iceServers = iceServers;
    this.#events = events;
    const look = (): void => this.#look();
    this.#room
      .on(RoomEvent.ParticipantConnected, look)
      .on(RoomEvent.TrackPublished, look)
      .on(RoomEvent.Reconnected, look)
      .on(RoomEvent.TrackSubscribed, (track, publication) => this.#arrived(track, publication))
      .on(RoomEvent.TrackUnsubscribed, (track, publication) => this.#gone(track, publication))
      .on(RoomEvent.Disconnected, () => this.#again());
    this.#room.localParticipant.on(ParticipantEvent.IsSpeakingChanged, (speaking) => events.talking(speaking));
  }

  /** Joins the room; a newer token is for the next attempt. */
  connect(token: string): void {
    const first = this.#token === '';
    this.#token = token;
    if (first) void this.#join();
  }

  /** Undefined: only listens. */
  joinAudio(microphone: MediaStream | undefined, name: string): void {
    this.#hears = true;
    this.#microphone = microphone;
    this.#microphoneName = name;
    this.#look();
    if (microphone) this.#publishMicrophone();
    else void this.#whenConnected().then(() => this.#events.audioConnected());
  }

  leaveAudio(): void {
    this.#hears = false;
    this.#take(Track.Source.Microphone);
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = undefined;
    this.#look();
  }

  /** The meeting has the last word (userSetMuted). */
  mute(muted: boolean): void {
    clearTimeout(this.#unpublish);
    const publication = this.#room.localParticipant.getTrackPublication(Track.Source.Microphone);
    if (muted) {
      void publication?.mute();
      if (publication) this.#unpublish = setTimeout(() => this.#take(Track.Source.Microphone), UNPUBLISH_MUTED_MS);
    } else if (publication) void publication.unmute();
    else if (this.#microphone && !this.#wanted.has(Track.Source.Microphone)) this.#publishMicrophone();
  }

  publishCamera(cameraId: string, stream: MediaStream, { width, height, bitrateKbps, frameRate }: CameraProfile): void {
    this.#publish({
      track: stream.getVideoTracks()[0]!,
      options: { source: Track.Source.Camera, name: cameraId, videoCodec: 'vp8', videoEncoding: new VideoPreset(width, height, bitrateKbps * 1_000, frameRate).encoding },
      published: () => this.#events.cameraPublished(cameraId),
      failed: () => this.#events.cameraFailed(),
    });
  }

  unpublishCamera(): void {
    this.#take(Track.Source.Camera);
  }

  publishScreen(stream: MediaStream, name: string): void {
    const track = stream.getVideoTracks()[0]!;
    track.addEventListener('ended', () => this.stopScreen());
    this.#publish({ track, options: { source: Track.Source.ScreenShare, name, videoCodec: 'vp8', videoEncoding: SCREEN_PRESET.encoding }, published: () => this.#events.screenPublished(), failed: () => this.#events.screenEnded() });
  }

  stopScreen(): void {
    if (!this.#wanted.has(Track.Source.ScreenShare)) return;
    this.#take(Track.Source.ScreenShare);
    this.#events.screenEnded();
  }

  view(cameras: ReadonlySet<string>, screen: boolean): void {
    this.#cameras = cameras;
    this.#screen = screen;
    this.#look();
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#unpublish);
    void this.#room.disconnect();
    this.#sound.remove();
  }

  #publishMicrophone(): void {
    const track = this.#microphone?.getAudioTracks()[0];
    if (track) this.#publish({ track, options: { source: Track.Source.Microphone, name: this.#microphoneName, dtx: true, red: true }, published: () => this.#events.audioConnected(), failed: () => this.#events.audioFailed() });
  }

  #publish(wanted: Wanted): void {
    this.#wanted.set(wanted.options.source!, wanted);
    void this.#whenConnected().then(() => this.#send(wanted));
  }

  async #send({ track, options, published, failed }: Wanted): Promise<void> {
    try {
      await this.#room.localParticipant.publishTrack(track, options);
      published();
    } catch (error) {
      console.warn(`${options.source}: ${(error as Error).message}`);
      this.#wanted.delete(options.source!);
      failed();
    }
  }

  #take(source: Track.Source): void {
    this.#wanted.delete(source);
    const publication: LocalTrackPublication | undefined = this.#room.localParticipant.getTrackPublication(source);
    if (publication?.track) void this.#room.localParticipant.unpublishTrack(publication.track, false);
  }

  async #join(): Promise<void> {
    try {
      await this.#room.connect(this.#url, this.#token, { autoSubscribe: false, rtcConfig: { iceServers: [...this.#iceServers] } });
      this.#attempts = 0;
      this.#look();
    } catch (error) {
      console.warn(`LiveKit: ${(error as Error).message}`);
      this.#again();
    }
  }

  /** livekit-client has given up; BBB's client begins anew. */
  #again(): void {
    if (this.#over || ++this.#attempts > MAX_ATTEMPTS) return;
    setTimeout(() => {
      if (this.#over || this.#room.state !== 'disconnected') return;
      void this.#join().then(() => {
        if (this.#room.state === 'connected') for (const wanted of this.#wanted.values()) if (!this.#room.localParticipant.getTrackPublication(wanted.options.source!)) void this.#send(wanted);
      });
    }, RETRY_MS);
  }

  #whenConnected(): Promise<void> {
    if (this.#room.state === 'connected') return Promise.resolve();
    return new Promise((resolve) => this.#room.once(RoomEvent.Connected, () => resolve()));
  }

  /** Subscribed by hand, as 4.0 does. */
  #look(): void {
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        const wanted = this.#wants(publication.source, publication.trackName);
        if (publication.isDesired !== wanted) publication.setSubscribed(wanted);
      }
    }
  }

  #wants(source: Track.Source, name: string): boolean {
    switch (source) {
      case Track.Source.Microphone:
      case Track.Source.ScreenShareAudio:
        return this.#hears;
      case Track.Source.Camera:
        return this.#cameras.has(name);
      case Track.Source.ScreenShare:
        return this.#screen;
      default:
        return false;
    }
  }

  #arrived(track: RemoteTrack, { source, trackName }: RemoteTrackPublication): void {
    if (track.kind === Track.Kind.Audio) this.#sound.append(track.attach());
    else if (source === Track.Source.Camera) this.#events.viewing(trackName, new MediaStream([track.mediaStreamTrack]));
    else this.#events.viewingScreen(new MediaStream([track.mediaStreamTrack]));
  }

  #gone(track: RemoteTrack, { source, trackName }: RemoteTrackPublication): void {
    if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove();
    else if (source === Track.Source.Camera) this.#events.viewEnded(trackName);
    else this.#events.viewScreenEnded();
  }
}
