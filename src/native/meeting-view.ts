import type { Operation } from '../bbb/operations.js';
import type { OwnStatus } from './keep-alive.js';
import { at } from './wire-profile.js';

/** A camera that others can view. */
export interface CameraOfOther {
  readonly streamId: string;
  readonly userId: string;
}

/** A poll that waits for the user's answer. */
export interface PendingPoll {
  readonly pollId: string;
  readonly optionIds: readonly number[];
}

/** A breakout room that the user is shown. */
export interface RoomToEnter {
  readonly roomId: string;
  /** The user was sent there, rather than elsewhere. */
  readonly assigned: boolean;
  /** '' as long as the server has not given it out. */
  readonly joinUrl: string;
}

/** Rows beyond this are not looked at: no meeting has so many. */
const MAX_ROWS = 5_000;
const MAX_ID_CHARS = 256;
const MAX_URL_CHARS = 4_000;
/** Strokes of its own that a user looks for. */
const MAX_OWN_SHAPES = 300;
/** LiveKit's are below 1,000. */
const MAX_TOKEN_CHARS = 8_000;

/**
 * What a user knows of its meeting: the newest document of every operation, read when asked. Fields are those of the recorded
 * client; one that is missing or of another type reads as "not there".
 */
export class MeetingView {
  /** Root field of the operation → its documents by operation name. */
  readonly #documents = new Map<string, Map<string, unknown>>();
  #muted = false;
  readonly #ownShapes = new Set<string>();

  take({ operationName, rootField }: Operation, document: unknown): void {
    let documents = this.#documents.get(rootField);
    if (!documents) this.#documents.set(rootField, (documents = new Map<string, unknown>()));
    documents.set(operationName, document);
    if (rootField === 'user_voice_activity_stream') this.#hearOfOwnMute(document);
    else if (rootField === 'pres_annotation_history_curr_stream') this.#seeOwnShapes(document);
  }

  get userId(): string {
    return text(this.#me('/userId'));
  }

  get joined(): boolean {
    return this.#me('/joined') === true;
  }

  get presenter(): boolean {
    return this.#me('/presenter') === true;
  }

  get moderator(): boolean {
    return this.#me('/isModerator') === true;
  }

  /** Why the user is out, in the server's words; undefined: it is not. */
  get outBecause(): string | undefined {
    if (this.#me('/meeting/ended') === true) return `the meeting has ended (${text(this.#me('/meeting/endedReasonCode')) || 'no reason given'})`;
    if (this.#me('/ejected') === true) return `removed from the meeting (${text(this.#me('/ejectReasonCode')) || 'no reason given'})`;
    return this.#me('/loggedOut') === true ? 'logged out by the server' : undefined;
  }

  /** The meeting's own row has come. */
  get hasMeeting(): boolean {
    return this.#rows('meeting').length > 0;
  }

  /** Users in the meeting, as the heading of the list counts them; undefined: it does not (yet). */
  get members(): number | undefined {
    let most: number | undefined;
    // Users with audio are counted by an operation of the same root field: they are no more than all.
    for (const document of this.#documents.get('user_aggregate')?.values() ?? []) {
      const count = at(document, '/aggregate/count');
      if (typeof count === 'number' && Number.isInteger(count) && count >= 0) most = Math.max(most ?? 0, count);
    }
    return most;
  }

  /** Names in the user list, which shows the first ones only. */
  get names(): readonly string[] {
    return this.#rows('user').map((row) => text(at(row, '/name')));
  }

  /** Names of who has a hand up. */
  get handsUp(): readonly string[] {
    const up = new Set<string>();
    for (const document of this.#documents.get('user')?.values() ?? []) {
      if (!Array.isArray(document)) continue;
      for (const row of document.slice(0, MAX_ROWS)) if (at(row, '/raiseHand') === true) up.add(text(at(row, '/name')));
    }
    return [...up];
  }

  get cameras(): readonly CameraOfOther[] {
    return this.#rows('user_camera').flatMap((row) => {
      const streamId = text(at(row, '/streamId'));
      return streamId === '' ? [] : [{ streamId, userId: text(at(row, '/user/userId')) }];
    });
  }

  /** Of the room of the whole meeting: 3.0 has one, 4.0 names its purpose. Undefined: none (yet). */
  get livekitToken(): string | undefined {
    const rooms = this.#me('/livekitRooms');
    const primary: unknown = Array.isArray(rooms) ? (rooms as readonly unknown[]).find((row) => at(row, '/purpose') === 'primary') : undefined;
    return text(at(primary, '/token') ?? this.#me('/livekit/livekitToken'), MAX_TOKEN_CHARS) || undefined;
  }

  /** What carries the shared screen: over LiveKit the track's name at the server. */
  get screenStream(): string {
    return text(at(this.#rows('meeting')[0], '/screenshare/stream'));
  }

  get screenShared(): boolean {
    const shared = at(this.#rows('meeting')[0], '/screenshare');
    return typeof shared === 'object' && shared !== null;
  }

  /** Users that talk now. */
  get talking(): readonly string[] {
    return this.#rows('user_voice_activity_stream').flatMap((row) => (at(row, '/talking') === true ? [text(at(row, '/userId'))] : []));
  }

  /** The page that everyone sees. */
  get pageId(): string {
    return text(at(this.#rows('pres_page_curr')[0], '/pageId'));
  }

  /** The presentation that is shown, its page and how many it has; undefined: none. */
  get presentation(): { readonly id: string; readonly page: number; readonly pages: number } | undefined {
    const row = this.#rows('pres_page_curr')[0];
    const [id, page, pages] = [text(at(row, '/presentationId')), at(row, '/num'), at(row, '/totalPages')];
    return id === '' || typeof page !== 'number' || typeof pages !== 'number' ? undefined : { id, page, pages };
  }

  /** Is in the meeting's audio with a microphone. */
  get hasMicrophone(): boolean {
    return this.#me('/voice/joined') === true && this.#me('/voice/listenOnly') !== true;
  }

  /** Others do not hear the user, by its own will or another's. */
  get muted(): boolean {
    return this.#muted;
  }

  get canDraw(): boolean {
    return this.presenter || this.#me('/whiteboardWriteAccess') === true;
  }

  /** Users beside the presenter who may draw on the page. */
  get writers(): number {
    return this.#rows('user_whiteboardWriteAccess').filter((row) => at(row, '/presenter') !== true).length;
  }

  /** The server has shown the user a shape of its own. */
  hasDrawn(shapeId: string): boolean {
    return this.#ownShapes.has(shapeId);
  }

  /** A poll is under way in the meeting. */
  get hasPoll(): boolean {
    return at(this.#rows('meeting')[0], '/componentsFlags/hasPoll') === true;
  }

  get pendingPoll(): PendingPoll | undefined {
    for (const document of this.#documents.get('meeting')?.values() ?? []) {
      const polls = Array.isArray(document) ? at((document as readonly unknown[])[0], '/polls') : undefined;
      if (!Array.isArray(polls) || polls.length === 0) continue;
      const [pollId, options] = [text(at(polls[0], '/pollId'), MAX_URL_CHARS), at(polls[0], '/options')];
      const optionIds = (Array.isArray(options) ? (options as readonly unknown[]) : []).map((option) => at(option, '/optionId')).filter((id): id is number => typeof id === 'number');
      if (pollId !== '' && optionIds.length > 0) return { pollId, optionIds };
    }
    return undefined;
  }

  /** The presenter's own poll that is under way, once the user looks at it. */
  get runningPoll(): { readonly pollId: string; readonly votes: number } | undefined {
    const row = this.#rows('poll')[0];
    const [pollId, votes] = [text(at(row, '/pollId'), MAX_URL_CHARS), at(row, '/users_aggregate/aggregate/count')];
    return pollId === '' || at(row, '/ended') === true || at(row, '/published') === true ? undefined : { pollId, votes: typeof votes === 'number' ? votes : 0 };
  }

  /** Shapes that the newest document of the whiteboard told of. */
  get shapesTold(): readonly string[] {
    return this.#rows('pres_annotation_history_curr_stream').map((row) => text(at(row, '/annotationId')));
  }

  /** Breakout rooms that the user can be in. */
  get roomCount(): number {
    const count = this.#me('/breakoutRoomsSummary/totalOfBreakoutRooms');
    return typeof count === 'number' ? count : 0;
  }

  /** The client asks the user to come into a breakout room. */
  get invited(): boolean {
    const count = this.#me('/breakoutRoomsSummary/totalOfShowInvitation');
    return typeof count === 'number' && count > 0;
  }

  get rooms(): readonly RoomToEnter[] {
    return this.#rows('breakoutRoom').flatMap((row) => {
      const roomId = text(at(row, '/breakoutRoomId'));
      return roomId === '' ? [] : [{ roomId, assigned: at(row, '/isLastAssignedRoom') === true, joinUrl: text(at(row, '/joinURL'), MAX_URL_CHARS) }];
    });
  }

  /** The newest page of the public chat, once it was opened. */
  get messages(): readonly { readonly id: string; readonly text: string }[] {
    return this.#rows('chat_message_public').map((row) => ({ id: text(at(row, '/messageId')), text: text(at(row, '/message'), 20_000) }));
  }

  /** Messages that were ever written in the public chat, as the list of chats says. */
  get messageCount(): number {
    const row = this.#rows('chat').find((one) => at(one, '/public') === true);
    const count = at(row, '/totalMessages');
    return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 0;
  }

  /** What this client last said of itself when it was there, with what each stage of the server has added. */
  get ownStatus(): OwnStatus {
    const row = this.#rows('user_connectionStatus')[0];
    return { traceLog: text(at(row, '/traceLog')), updatedAt: text(at(row, '/statusUpdatedAt')) };
  }

  #hearOfOwnMute(document: unknown): void {
    if (!Array.isArray(document)) return;
    const { userId } = this;
    for (const row of document.slice(0, MAX_ROWS)) if (at(row, '/userId') === userId) this.#muted = at(row, '/muted') === true;
  }

  #seeOwnShapes(document: unknown): void {
    if (!Array.isArray(document)) return;
    const { userId } = this;
    for (const row of document.slice(0, MAX_ROWS)) if (at(row, '/userId') === userId && this.#ownShapes.size < MAX_OWN_SHAPES) this.#ownShapes.add(text(at(row, '/annotationId')));
  }

  #me(path: string): unknown {
    return at(this.#rows('user_current')[0], path);
  }

  /** Rows of a root field; of several operations with the same one (all users, raised hands) those that see most. */
  #rows(rootField: string): readonly unknown[] {
    let most: readonly unknown[] = [];
    for (const document of this.#documents.get(rootField)?.values() ?? []) if (Array.isArray(document) && document.length > most.length) most = document as readonly unknown[];
    return most.length > MAX_ROWS ? most.slice(0, MAX_ROWS) : most;
  }
}

function text(value: unknown, maxChars = MAX_ID_CHARS): string {
  return typeof value === 'string' ? value.slice(0, maxChars) : '';
}
