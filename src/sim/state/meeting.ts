import { createHash } from 'node:crypto';
import { uniqueUuid } from '../../core/random.js';
import type { Breakouts } from './breakouts.js';
import type { Topic } from './changes.js';
import { countsOf, type SimPoll } from './poll.js';
import type { Bridges } from '../../bbb/bridges.js';
import { SimUser, type NewUser } from './user.js';
import { Whiteboard } from './whiteboard.js';

export interface NewMeeting {
  readonly meetingId: string;
  readonly name: string;
  readonly attendeePw: string;
  readonly moderatorPw: string;
  readonly voiceBridge: string;
  readonly duration: number;
  readonly maxParticipants: number;
  readonly logoutUrl: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly expireIfNoUserJoinedMs: number;
  readonly expireWhenLastUserLeftMs: number;
  readonly nowWallMs: number;
  readonly nowMs: number;
  /** It is a breakout room of this meeting. */
  readonly parent?: { readonly meeting: SimMeeting; readonly sequence: number; readonly freeJoin: boolean };
  readonly bridges: Bridges;
}

export interface ChatMessage {
  readonly messageId: string;
  readonly sequence: number;
  readonly senderId: string;
  readonly senderName: string;
  readonly senderRole: string;
  readonly text: string;
  readonly sentMs: number;
  readonly type: 'default' | 'poll';
  /** Of a poll: its result. */
  readonly metadata: string | null;
}

export interface StreamRow {
  readonly atMs: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Pages of the presentation that every meeting has. */
export const PAGES = 12;

const MAX_CHAT_MESSAGES = 5_000;
const MAX_STREAM_ROWS = 500;
const MAX_POLLS = 50;
/** BBB removes a user 30 s after the last GraphQL socket closed (BBB PR 19611). */
export const REMOVE_AFTER_MS = 30_000;

/** A meeting and everything in it; the truth that API, GraphQL and SFU show. */
export class SimMeeting {
  readonly externalId: string;
  readonly internalId: string;
  readonly options: NewMeeting;
  readonly createMs: number;
  readonly users = new Map<string, SimUser>();
  readonly chat: ChatMessage[] = [];
  readonly notifications: StreamRow[] = [];
  readonly reactions: StreamRow[] = [];
  readonly whiteboard = new Whiteboard();
  /** Oldest first; the last may be under way. */
  readonly polls: SimPoll[] = [];
  breakouts: Breakouts | undefined;
  readonly presentationId: string;
  presentationNotified = false;
  /** Of the presentation, from 1. */
  page = 1;
  layout: Record<string, unknown>;
  hasUserJoined = false;
  startMs = 0;
  /** Reason code once ended. */
  ended: string | undefined;
  endedBy: string | null = null;
  /** Monotonic ms from which an empty meeting expires. */
  emptySinceMs: number;
  firstJoinMs: number | undefined;
  screenshareSince: string | undefined;
  /** Over LiveKit the name of its track. */
  screenshareStream = 'screen';
  readonly #changed: (meeting: SimMeeting, topic: Topic, user: SimUser | undefined) => void;
  #sequence = 0;
  #stampMs = 0;
  #pushedMs = 0;

  constructor(options: NewMeeting, changed: (meeting: SimMeeting, topic: Topic, user: SimUser | undefined) => void) {
    this.options = options;
    this.externalId = options.meetingId;
    this.createMs = options.nowWallMs;
    this.internalId = `${sha1(options.meetingId)}-${options.nowWallMs}`;
    this.presentationId = `${sha1(`${this.internalId}default.pdf`)}-${options.nowWallMs}`;
    this.emptySinceMs = options.nowMs;
    this.layout = { cameraDockAspectRatio: 0, cameraDockIsResizing: false, cameraDockPlacement: '', cameraWithFocus: 'none', currentLayoutType: 'CUSTOM_LAYOUT', presentationMinimized: false, propagateLayout: false, updatedAt: timestamptz(options.nowWallMs), __typename: 'layout' };
    this.#changed = changed;
  }

  /** Marks what is another now; with a user: only what belongs to this user. */
  touch(topic: Topic, user?: SimUser): void {
    this.#changed(this, topic, user);
  }

  /** Unix ms for a row of a stream: never before an earlier one, and later than all that were pushed, or its subscribers would miss it. */
  stamp(nowWallMs: number): number {
    this.#stampMs = Math.max(nowWallMs, this.#stampMs, this.#pushedMs + 1);
    return this.#stampMs;
  }

  /** Everything so far is about to be pushed. */
  pushed(): void {
    this.#pushedMs = this.#stampMs;
  }

  get pageId(): string {
    return `${this.presentationId}/${this.page}`;
  }

  /** May draw on the page that is shown. */
  mayWrite(user: SimUser): boolean {
    return user.presenter || this.whiteboard.writers(this.pageId).has(user.userId);
  }

  /** The poll under way. */
  get poll(): SimPoll | undefined {
    const last = this.polls.at(-1);
    return last?.ended === false ? last : undefined;
  }

  ask(poll: SimPoll): void {
    this.#endPoll();
    this.polls.push(poll);
    if (this.polls.length > MAX_POLLS) this.polls.shift();
    this.touch('polls');
  }

  /** Ends the poll under way and writes its result into the chat. */
  publishPoll(poll: SimPoll, by: SimUser, nowWallMs: number): void {
    this.#endPoll();
    poll.published = true;
    const answers = countsOf(poll);
    this.#write({ senderId: by.userId, senderName: by.name, senderRole: by.role, text: '', sentMs: nowWallMs, type: 'poll', metadata: JSON.stringify({ id: poll.pollId, question: poll.question, answers: answers.map(({ optionDesc, count }, id) => ({ id, key: optionDesc, numVotes: count })), numRespondents: this.present().length - 1, numResponders: poll.votes.size }) });
    this.touch('polls');
  }

  #endPoll(): void {
    if (this.poll) this.poll.ended = true;
  }

  /** Users that others see: joined and not gone. */
  present(): SimUser[] {
    return [...this.users.values()].filter((user) => user.present);
  }

  register(user: NewUser): SimUser {
    const registered = new SimUser(user);
    this.users.set(registered.userId, registered);
    return registered;
  }

  join(user: SimUser, nowMs: number, nowWallMs: number): void {
    if (user.joined && !user.loggedOut) return;
    user.joined = true;
    user.loggedOut = false;
    user.removeAtMs = undefined;
    user.joinedMs = nowMs;
    this.firstJoinMs ??= nowMs;
    this.hasUserJoined = true;
    if (this.startMs === 0) this.startMs = nowWallMs;
    if (user.isModerator && !this.present().some((other) => other.presenter)) user.presenter = true;
    this.touch('users', user);
  }

  /** The user is out: left, removed, or gone for too long. */
  leave(user: SimUser, how: 'loggedOut' | { readonly ejected: string }, nowMs: number): void {
    if (!user.present && !user.forgotten) return;
    if (how === 'loggedOut') user.loggedOut = true;
    else user.ejected = how.ejected;
    user.presenter = false;
    user.raisedHandMs = undefined;
    if (user.typingUntilMs > 0) {
      user.typingUntilMs = 0;
      this.touch('typing', user);
    }
    if (user.voice) {
      user.voice = undefined;
      this.touch('voice', user);
    }
    if (user.cameras.size > 0) {
      user.cameras.clear();
      this.touch('cameras', user);
    }
    if (!this.present().some((other) => other.presenter)) {
      const next = this.present().find((other) => other.isModerator);
      if (next) {
        next.presenter = true;
        this.touch('users', next);
      }
    }
    if (this.present().length === 0) this.emptySinceMs = nowMs;
    this.touch('users', user);
  }

  say(sender: SimUser, text: string, nowWallMs: number): void {
    this.#write({ senderId: sender.userId, senderName: sender.name, senderRole: sender.role, text, sentMs: nowWallMs, type: 'default', metadata: null });
    sender.typingUntilMs = 0;
    this.touch('typing');
  }

  #write(message: Omit<ChatMessage, 'messageId' | 'sequence'>): void {
    if (this.chat.length >= MAX_CHAT_MESSAGES) this.chat.shift();
    this.#sequence++;
    this.chat.push({ ...message, messageId: uniqueUuid(), sequence: this.#sequence });
    this.touch('chat');
  }

  notify(row: Readonly<Record<string, unknown>>, nowWallMs: number): void {
    pushRow(this.notifications, { atMs: this.stamp(nowWallMs), row });
    this.touch('notifications');
  }

  react(emoji: string, nowWallMs: number): void {
    const atMs = this.stamp(nowWallMs);
    pushRow(this.reactions, { atMs, row: { createdAt: timestamptz(atMs), reactionEmoji: emoji, __typename: 'user_reaction' } });
    this.touch('reactions');
  }

  end(reason: string, by: string | null): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.endedBy = by;
    this.touch('meeting');
    this.touch('users');
  }
}

function pushRow(rows: StreamRow[], row: StreamRow): void {
  rows.push(row);
  if (rows.length > MAX_STREAM_ROWS) rows.shift();
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Postgres' timestamptz as Hasura prints it: no noughts at the end of the second. */
export function timestamptz(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, '+00:00');
}
