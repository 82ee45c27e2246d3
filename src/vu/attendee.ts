import type { JoinPhase, Sample } from '../metrics/catalogue.js';
import type { Action } from '../scenario/action.js';
import type { CameraProfile, LineProfile } from '../scenario/line.js';
import type { Sight } from './notice.js';

export type { Action, LineProfile };

/** A person as BBB sees them. One interface for browser and native users; every method rejects with a HarnessError. */
export interface Attendee extends AsyncDisposable {
  /**
   * Joins through the API and the load balancer until the client is ready.
   * `onPhase` is called when a phase ends (phases 'api', 'page' or 'socket', 'ready').
   */
  join(onPhase: PhaseListener, signal: AbortSignal): Promise<Joined>;
  /** Connects audio; resolves when the client says it is connected. Calls `onPhase('audio')`, and 'first_audio' when the first packet was heard (maybe later). */
  connectAudio(choice: 'microphone' | 'listen-only', onPhase: PhaseListener, signal: AbortSignal): Promise<void>;
  /** Shares the camera; resolves when the client shows it as shared. */
  shareWebcam(signal: AbortSignal): Promise<void>;
  sendChat(text: string, signal: AbortSignal): Promise<void>;
  raiseHand(signal: AbortSignal): Promise<void>;
  /** Does what the action says; resolves when the client shows it done. `mark` (notice.ts) names what others are shown, where the client lets it. */
  act(action: Action, signal: AbortSignal, mark?: string): Promise<void>;
  /** Loads the client anew; resolves when the user is in again, with the sound that it had. A user who does not get in again is lost. */
  reload(signal: AbortSignal): Promise<void>;
  /** Every connection dies and none is made for so long. Resolves at once; coming back is the client's business. */
  loseNetwork(durationMs: number, signal: AbortSignal): Promise<void>;
  /** Leaves as a person does; resolves when the client has gone. Rejects with CONNECTION_LOST if the user had lost the meeting without noticing. */
  leave(signal: AbortSignal): Promise<void>;
  /** Keeps what the client shows, as something went wrong: path inside the run folder, undefined: nothing (more) is kept of this user. Never rejects. */
  evidence?(): Promise<string | undefined>;
  /** What this user's client shows of who is in the meeting, itself included; undefined: it shows nobody (yet). */
  peers?(): Peers | undefined;
  /** Resolves when the user is out of the meeting without having left: removed, meeting ended, connection lost, page crashed. Never resolves otherwise. */
  readonly lost: Promise<LostReason>;
}

export type PhaseListener = (phase: JoinPhase) => void;

export interface Joined {
  /** Host (and port) of the server that the load balancer chose. */
  readonly server: string;
}

export interface LostReason {
  readonly code: 'KICKED' | 'CONNECTION_LOST' | 'CLIENT_ERROR_SCREEN' | 'BROWSER_FAILED';
  readonly message: string;
}

export interface Peers {
  readonly count: number;
  /** Undefined where the client does not show everyone's. */
  readonly names: readonly string[] | undefined;
}

/** Everything an attendee needs to know about itself. */
export interface AttendeeSpec {
  readonly seq: number;
  readonly name: string;
  readonly role: 'teacher' | 'pupil';
  /** BBB's external meeting id. */
  readonly meetingId: string;
  readonly audio: 'microphone' | 'listen-only' | 'none';
  readonly webcam: boolean;
  readonly cameraViews: number;
  /** Line of this user; undefined: that of the machine. */
  readonly line?: LineProfile;
  /** Media must go through a TURN server. */
  readonly forceTurn?: true;
  /** Profile of the camera it shares; undefined: the client's own choice. */
  readonly cameraProfile?: CameraProfile;
  /** Writes in the chat, so has it open from the beginning; undefined: opens it when it first writes. */
  readonly chats?: boolean;
}

/** Media that came to a user since it last said so. */
export interface Reception {
  /** A shared screen is video, too. */
  readonly kind: 'audio' | 'video';
  /** Payload. */
  readonly bytes: number;
  /** Of video: decoded, or received whole where nothing decodes. */
  readonly frames: number;
}

/** Where an attendee reports what it experiences: media statistics and first_video; tags role, kind and server are added by the virtual user. */
export interface AttendeeEvents {
  sample(sample: Omit<Sample, 'atMs'>): void;
  phase: PhaseListener;
  /** Undefined: nobody asks. */
  received?(media: Reception): void;
  /** What others do and this user is shown; undefined: nobody asks. */
  sees?(sight: Sight): void;
  /** The load balancer sent the user to this server (host and port): said as soon as it is known, as the join may fail there; the last one counts. */
  sentTo?(server: string): void;
}

export interface AttendeeFactory extends AsyncDisposable {
  readonly kind: 'browser' | 'native';
  /** Opens what the user needs (a browser context); must not touch the target yet. */
  create(spec: AttendeeSpec, events: AttendeeEvents, signal: AbortSignal): Promise<Attendee>;
}
