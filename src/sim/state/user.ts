import { uniqueToken } from '../../core/random.js';

export type SimRole = 'MODERATOR' | 'VIEWER';

/** The voice leg of a user. */
export interface Voice {
  readonly listenOnly: boolean;
  muted: boolean;
  talking: boolean;
  /** Unix ms of the last change. */
  changedMs: number;
}

export interface ConnectionStatus {
  readonly clientSessionUuid: string;
  networkRttMs: number | null;
  applicationRttMs: number | null;
  traceLog: string | null;
  updatedMs: number;
}

export interface NewUser {
  readonly name: string;
  readonly role: SimRole;
  readonly extId: string | undefined;
  readonly userdata: Readonly<Record<string, string>>;
  readonly color: string;
  readonly nowWallMs: number;
}

/** One person's place in a meeting, from `join` until removal. Plain state; who changes it marks topics (state/meeting.ts). */
export class SimUser {
  readonly userId = `w_${uniqueToken(12)}`;
  readonly authToken = uniqueToken(12);
  readonly sessionToken = uniqueToken(16);
  readonly extId: string;
  readonly name: string;
  role: SimRole;
  readonly color: string;
  readonly userdata: Readonly<Record<string, string>>;
  readonly registeredMs: number;
  /** HTTP session that owns the token (JSESSIONID). */
  httpSession = '';
  joined = false;
  loggedOut = false;
  /** The server has lost it without its client noticing (fault). */
  forgotten = false;
  /** reason code once removed */
  ejected: string | undefined;
  disconnected = false;
  presenter = false;
  raisedHandMs: number | undefined;
  reactionEmoji: string | null = null;
  away = false;
  typingUntilMs = 0;
  echoTestMs: number | undefined;
  listenOnlyInput = false;
  voice: Voice | undefined;
  readonly cameras = new Set<string>();
  /** Cameras whose media is up at the SFU, broadcast or not. */
  readonly mediaUp = new Set<string>();
  /** Of the meeting's room in LiveKit; undefined: its media goes another way. */
  livekitToken: string | undefined;
  lastSeenChat: string | null = null;
  readonly statuses = new Map<string, ConnectionStatus>();
  /** Open GraphQL sockets. */
  sockets = 0;
  joinedMs: number | undefined;
  /** Monotonic ms at which the user is removed; undefined: not waiting for it. */
  removeAtMs: number | undefined;

  constructor({ name, role, extId, userdata, color, nowWallMs }: NewUser) {
    this.name = name;
    this.role = role;
    this.extId = extId ?? this.userId;
    this.userdata = userdata;
    this.color = color;
    this.registeredMs = nowWallMs;
  }

  get isModerator(): boolean {
    return this.role === 'MODERATOR';
  }

  /** Joined and not out again: what others see as present. */
  get present(): boolean {
    return this.joined && !this.loggedOut && !this.forgotten && this.ejected === undefined;
  }
}
