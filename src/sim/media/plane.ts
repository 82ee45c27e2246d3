import type { WebSocket } from 'ws';
import type { Impairment } from './impairment.js';

/** Who a media socket belongs to, as nginx tells bbb-webrtc-sfu after `connection/checkAuthorization`. */
export interface SfuUser {
  /** Internal meeting id. */
  readonly meetingId: string;
  readonly userId: string;
  readonly userName: string;
  readonly voiceBridge: string;
}

/** What the SFU asks and tells the rest of the simulated server (akka-apps in the real one). */
export interface MediaHost {
  /** Permission for a `start`; undefined: granted, else the SFU error to answer with (2301, 2002...). */
  refusal(user: SfuUser, type: 'audio' | 'video' | 'screenshare', role: string): SfuRefusal | undefined;
  /** Calls `done` when the server has had the time to start a stream; false: it has none. */
  start(done: (accepted: boolean) => void): void;
  /** Faults: what becomes of media now. */
  impairment(): Impairment;
  voiceJoined(user: SfuUser, listenOnly: boolean): void;
  voiceLeft(user: SfuUser): void;
  talking(user: SfuUser, talking: boolean): void;
  /** The camera's media is up (the row in user_camera comes with the mutation, not from here). */
  cameraUp(user: SfuUser, cameraId: string): void;
  cameraDown(user: SfuUser, cameraId: string): void;
}

export interface SfuRefusal {
  readonly code: number;
  readonly message: string;
}

/** The SFU of one simulated server: signalling in this process, WebRTC in child processes. */
export interface MediaPlane {
  /** Takes over an authorised WebSocket of `/bbb-webrtc-sfu`. */
  accept(socket: WebSocket, user: SfuUser): void;
  setMuted(meetingId: string, userId: string, muted: boolean): void;
  /** Share (0–1) of the packets to the users of a meeting that are lost from now on. */
  setLoss(meetingId: string, lossRatio: number): void;
  /** Closes the sockets of a user that is gone. */
  dropUser(meetingId: string, userId: string): void;
  dropMeeting(meetingId: string): void;
  /** Counters for the state page and /metrics. */
  stats(): MediaStats;
  /** RTP of this server alone since its start, in bytes. */
  traffic(): { readonly bytesIn: number; readonly bytesOut: number };
}

export interface MediaStats {
  readonly sockets: number;
  readonly audioSessions: number;
  readonly cameraSessions: number;
  readonly viewerSessions: number;
  /** RTP packets since start. */
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly keyFrameRequests: number;
}

/** One set of media processes for a whole simulated fleet; every server gets its own view. */
export interface SharedMediaPlane extends AsyncDisposable {
  forHost(host: MediaHost): MediaPlane;
}
