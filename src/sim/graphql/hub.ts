import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE, type MiddlewareLimits } from '../../bbb/graphql.js';
import type { Clock } from '../../core/clock.js';
import type { Faults } from '../faults.js';
import type { Work } from '../virtual-cpu.js';
import type { AskedRoom, BreakoutRoom } from '../state/breakouts.js';
import { maskOf, type Changes } from '../state/changes.js';
import type { SimMeeting } from '../state/meeting.js';
import type { Store } from '../state/store.js';
import type { SimUser } from '../state/user.js';
import { GraphqlConnection, type ConnectionHost, type Member, type Refusal } from './connection.js';
import type { Shared } from './documents.js';
import type { MutationContext } from './mutations.js';
import type { SimLine } from './schema.js';

export interface HubOptions {
  readonly server: string;
  readonly line: SimLine;
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: MiddlewareLimits;
  readonly faults: Faults;
  /** JSESSIONID must own the token, unless the server allows requests without a session. */
  mute(meeting: SimMeeting, userId: string, muted: boolean): void;
  /** The client of a user has sound over LiveKit, or has hung up. */
  hears(meeting: SimMeeting, user: SimUser, sound: boolean): void;
  end(meeting: SimMeeting, reason: string, by: string | null): void;
  /** Does work in the time that the server takes for it; false: turned away. */
  work(work: Work, done: (accepted: boolean) => void): void;
  /** So many members were told of a change. */
  told(members: number): void;
  readonly breakouts: {
    open(meeting: SimMeeting, rooms: readonly AskedRoom[], minutes: number, inviteModerators: boolean): void;
    invite(room: BreakoutRoom, user: SimUser): void;
    end(meeting: SimMeeting, reason: string): void;
  };
  /** The user is out for good: media ends. */
  gone(meeting: SimMeeting, user: SimUser): void;
}

interface Delayed {
  readonly atMs: number;
  readonly act: () => void;
}

const NO_SESSION: Refusal = { messageId: 'check_authorization_error', message: 'not authorized', close: CLOSE.forced };
/** After the end of a meeting clients close by themselves; who stays is closed then. */
const CLOSE_AFTER_END_MS = 5_000;
const USERS = maskOf(['users']);

/** All GraphQL sockets of one server: limits, pushes after changes, and what happens to members when they go. */
export class GraphqlHub {
  readonly #options: HubOptions;
  readonly #byMeeting = new Map<SimMeeting, Set<GraphqlConnection>>();
  readonly #all = new Set<GraphqlConnection>();
  readonly #delayed: Delayed[] = [];
  #joins = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get sockets(): number {
    return this.#all.size;
  }

  /** `stream` is what the socket writes to. */
  accept(socket: WebSocket, stream: Duplex, httpSession: string): void {
    this.#all.add(new GraphqlConnection(socket, stream, this.#hostFor(httpSession)));
  }

  /** Pushes what has changed since the last call; called every few ten milliseconds. */
  flush(): void {
    const nowMs = this.#options.clock.nowMs();
    for (let i = this.#delayed.length - 1; i >= 0; i--) {
      if (this.#delayed[i]!.atMs > nowMs) continue;
      const [due] = this.#delayed.splice(i, 1);
      due!.act();
    }
    for (const [meeting, changes] of this.#options.store.takeDirty()) this.#push(meeting, changes);
  }

  watch(): void {
    for (const connection of this.#all) connection.watch();
  }

  /** Forces everyone in a meeting out, a while after they were told. */
  meetingEnded(meeting: SimMeeting): void {
    this.#later(CLOSE_AFTER_END_MS, () => {
      for (const connection of this.#byMeeting.get(meeting) ?? []) connection.forceOut('meeting_ended', meeting.ended ?? 'ended');
    });
  }

  forceOut(meeting: SimMeeting, user: SimUser, messageId: string): void {
    for (const connection of this.#byMeeting.get(meeting) ?? []) if (connection.member?.user === user) connection.forceOut(messageId, messageId);
  }

  terminateAll(): void {
    for (const connection of this.#all) connection.terminate();
  }

  #push(meeting: SimMeeting, changes: Changes): void {
    const shared: Shared = new Map();
    let told = 0;
    for (const connection of this.#byMeeting.get(meeting) ?? []) if (connection.push(changes, shared)) told++;
    this.#options.told(told);
    if (!changes.touch(USERS)) return;
    for (const user of meeting.users.values()) {
      if (user.ejected !== undefined) {
        this.forceOut(meeting, user, user.ejected);
        this.#options.gone(meeting, user);
      } else if (user.loggedOut) this.#options.gone(meeting, user);
    }
  }

  #later(delayMs: number, act: () => void): void {
    this.#delayed.push({ atMs: this.#options.clock.nowMs() + delayMs, act });
  }

  #hostFor(httpSession: string): ConnectionHost {
    const { clock, limits, store } = this.#options;
    return {
      limits,
      line: this.#options.line,
      nowMs: () => clock.nowMs(),
      work: this.#options.work,
      authorize: (headers) => this.#authorize(headers, httpSession),
      opened: (connection, member) => this.#opened(connection, member),
      closed: (connection, member) => {
        this.#all.delete(connection);
        if (!member) return;
        this.#byMeeting.get(member.meeting)?.delete(connection);
        member.user.sockets--;
        if (member.user.sockets <= 0) store.lostSockets(member.meeting, member.user);
      },
      mutationContext: (member, uuid) => this.#context(member, uuid),
    };
  }

  #authorize(headers: Readonly<Record<string, string>>, httpSession: string): Member | Refusal {
    const { store, limits, faults, server } = this.#options;
    if (faults.on(server, 'graphql-refuse') !== undefined || (limits.maxConnections > 0 && this.#all.size > limits.maxConnections)) {
      return { messageId: 'connections_limit_exceeded', message: 'Limit of connections reached', close: CLOSE.limit };
    }
    const member = store.bySession(headers['X-Session-Token'] ?? '');
    if (!member || member.user.httpSession !== httpSession) return NO_SESSION;
    if (member.meeting.ended !== undefined) return { messageId: 'meeting_not_found', message: 'meeting not found', close: CLOSE.forced };
    if (member.user.ejected !== undefined) return { messageId: 'user_not_found', message: 'user not found', close: CLOSE.forced };
    if (member.user.sockets >= limits.maxConnectionsPerSessionToken) return { messageId: 'too_many_connections', message: 'too many connections', close: CLOSE.forced };
    return member;
  }

  #opened(connection: GraphqlConnection, { meeting, user }: Member): void {
    user.sockets++;
    user.removeAtMs = undefined;
    if (user.disconnected) {
      user.disconnected = false;
      meeting.touch('users', user);
    }
    let members = this.#byMeeting.get(meeting);
    if (!members) {
      members = new Set();
      this.#byMeeting.set(meeting, members);
    }
    members.add(connection);
    const dropAfterMs = this.#options.faults.on(this.#options.server, 'graphql-drop-after');
    if (dropAfterMs !== undefined) this.#later(dropAfterMs, () => connection.drop(1001, 'going away'));
  }

  #context({ meeting, user }: Member, clientSessionUuid: string): MutationContext {
    const { clock, faults, server, mute, hears, end, breakouts } = this.#options;
    return {
      meeting,
      user,
      clientSessionUuid,
      nowMs: clock.nowMs(),
      nowWallMs: clock.wallMs(),
      join: () => this.#join(meeting, user),
      say: (text) => {
        const delayMs = faults.on(server, 'chat-delay') ?? 0;
        if (delayMs === 0) meeting.say(user, text, clock.wallMs());
        else this.#later(delayMs, () => meeting.say(user, text, clock.wallMs()));
      },
      hears: (sound) => hears(meeting, user, sound),
      mute: (userId, muted) => mute(meeting, userId, muted),
      end: (byName) => end(meeting, 'ENDED_AFTER_USER_LOGGED_OUT', byName),
      openBreakouts: (rooms, minutes, inviteModerators) => breakouts.open(meeting, rooms, minutes, inviteModerators),
      inviteTo: (room) => breakouts.invite(room, user),
      endBreakouts: (reason) => breakouts.end(meeting, reason),
    };
  }

  #join(meeting: SimMeeting, user: SimUser): void {
    const { clock, faults, server, end } = this.#options;
    if (faults.on(server, 'join-never') !== undefined) return;
    meeting.join(user, clock.nowMs(), clock.wallMs());
    this.#joins++;
    const ejectAfterMs = faults.on(server, 'eject-after');
    if (ejectAfterMs !== undefined) this.#later(ejectAfterMs, () => meeting.leave(user, { ejected: 'system_requested_eject_reason' }, clock.nowMs()));
    const endAfterMs = faults.on(server, 'end-after');
    if (endAfterMs !== undefined && meeting.present().length === 1) this.#later(endAfterMs, () => end(meeting, 'ENDED_DUE_TO_SERVICE_INTERRUPTION', null));
    const nth = faults.on(server, 'drop-every-nth-user');
    if (nth !== undefined && this.#joins % nth === 0) this.#later(1_000, () => this.#dropSilently(meeting, user));
    const ghostNth = faults.on(server, 'ghost-every-nth-user');
    if (ghostNth !== undefined && this.#joins % ghostNth === 0) this.#later(1_000, () => this.#forget(meeting, user));
  }

  #forget(meeting: SimMeeting, user: SimUser): void {
    user.forgotten = true;
    meeting.touch('users', user);
  }

  #dropSilently(meeting: SimMeeting, user: SimUser): void {
    for (const connection of this.#byMeeting.get(meeting) ?? []) if (connection.member?.user === user) connection.terminate();
    meeting.leave(user, 'loggedOut', this.#options.clock.nowMs());
  }
}
