import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE, CONNECTION_ERROR_ID, INIT_HEADERS, MAX_GRAPHQL_FRAME_BYTES, parseClientFrame, type ClientFrame, type MiddlewareLimits, type SubscribePayload } from '../../bbb/graphql.js';
import type { Changes } from '../state/changes.js';
import type { SimMeeting } from '../state/meeting.js';
import type { SimUser } from '../state/user.js';
import type { Work } from '../virtual-cpu.js';
import { patchTo, type Result, type Shared } from './documents.js';
import { evaluate, initialCursor, nextBatch, sourceOf, type Source } from './evaluate.js';
import { MUTATIONS, type MutationContext } from './mutations.js';
import { parseOperation, type ParsedOperation } from './parse.js';
import { validate, type SimLine } from './schema.js';

/** Whom a socket belongs to, once its token and cookie have been checked. */
export interface Member {
  readonly meeting: SimMeeting;
  readonly user: SimUser;
}

export interface Refusal {
  readonly messageId: string;
  readonly message: string;
  readonly close: number;
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly limits: MiddlewareLimits;
  readonly line: SimLine;
  nowMs(): number;
  /** Does work in the time that the server takes for it; false: turned away. */
  work(work: Work, done: (accepted: boolean) => void): void;
  authorize(headers: Readonly<Record<string, string>>): Member | Refusal;
  opened(connection: GraphqlConnection, member: Member): void;
  closed(connection: GraphqlConnection, member: Member | undefined): void;
  mutationContext(member: Member, clientSessionUuid: string): MutationContext;
}

interface Subscription {
  readonly id: string;
  readonly operation: ParsedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly source: Source;
  readonly patched: boolean;
  /** Same operation and variables of other members of the meeting: computed once. */
  readonly shareKey: string | undefined;
  last: Result | undefined;
  /** The next document is sent whole: the one before is of another connection to Hasura. */
  anew: boolean;
  cursorMs: number;
}

/** Operations that a user may send before joining; others are held silently (Config.go of the middleware). */
const BEFORE_JOIN: ReadonlySet<string> = new Set(['getUserInfo', 'getMeetingEndData', 'PluginConfigurationQuery', 'getGuestLobbyInfo', 'userCurrentSubscription', 'Patched_userCurrentSubscription', 'UserJoin']);
const MAX_EARLY = 200;
const PING_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
/** The server was too busy to check who it is. */
const NOT_CHECKED: Refusal = { messageId: 'check_authorization_error', message: 'authorization timed out', close: CLOSE.forced };
const KEEPALIVE = JSON.stringify({ type: 'ping', payload: { message: 'keepalive' } });

/** One WebSocket of `/graphql` as bbb-graphql-middleware serves it (bbb-protocol §3). */
export class GraphqlConnection {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #host: ConnectionHost;
  readonly #subscriptions = new Map<string, Subscription>();
  #held: (ClientFrame & { type: 'subscribe' })[] = [];
  /** Mutations whose work is not done, in their order; `act` once it is. */
  readonly #mutating: { act: (() => void) | undefined }[] = [];
  #initialised = false;
  /** Read while the server checks who it is. */
  readonly #early: (ClientFrame & { type: 'subscribe' })[] = [];
  #member: Member | undefined;
  #uuid = '';
  /** Of its user, as its connection to Hasura has them. */
  #rights = '';
  #lastHeardMs: number;
  #lastPingMs: number;
  #minuteStartMs: number;
  #mutations = 0;
  #queries = 0;
  #closed = false;
  #gathering = false;

  /** `stream` is what the socket writes to. */
  constructor(socket: WebSocket, stream: Duplex, host: ConnectionHost) {
    this.#socket = socket;
    this.#stream = stream;
    this.#host = host;
    this.#lastHeardMs = host.nowMs();
    this.#lastPingMs = this.#lastHeardMs;
    this.#minuteStartMs = this.#lastHeardMs;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      this.#closed = true;
      host.closed(this, this.#member);
    });
  }

  get member(): Member | undefined {
    return this.#member;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Pushes what changed; whether there was anything to tell. `shared` caches results that are the same for all members, for this round. */
  push(changes: Changes, shared: Shared): boolean {
    if (!this.#member) return false;
    let told = false;
    if (rightsOf(this.#member.user) !== this.#rights) this.#reconnect();
    if (this.#held.length > 0 && this.#member.user.joined) this.#release();
    const { user } = this.#member;
    for (const subscription of this.#subscriptions.values()) {
      const { mask, view } = subscription.source;
      const concerned = view === 'own' ? changes.concern(user, mask) : changes.touch(mask);
      if (concerned && this.#deliver(subscription, shared)) told = true;
    }
    return told;
  }

  /** Once per second: keep-alive and idle limit. */
  watch(): void {
    const nowMs = this.#host.nowMs();
    if (nowMs - this.#lastHeardMs > this.#host.limits.idleTimeoutSeconds * 1000) this.#socket.close(CLOSE.normal, 'idle timeout');
    else if (nowMs - this.#lastPingMs >= PING_EVERY_MS) this.#ping();
  }

  #ping(): void {
    this.#lastPingMs = this.#host.nowMs();
    this.#write(KEEPALIVE);
  }

  /** Forces the user out: a frame with id −1 that says why, then 4403. */
  forceOut(messageId: string, message: string): void {
    this.#refuse({ messageId, message, close: CLOSE.forced });
  }

  drop(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#lastHeardMs = this.#host.nowMs();
    if (isBinary || data.length > MAX_GRAPHQL_FRAME_BYTES) {
      this.#socket.close(1009);
      return;
    }
    const frame = parseClientFrame(data.toString('utf8'));
    switch (frame?.type) {
      case 'connection_init':
        this.#init(frame.headers);
        return;
      case 'ping':
        this.#write(JSON.stringify({ type: 'pong', payload: frame.payload }));
        return;
      case 'subscribe':
        if (this.#member) this.#subscribe(frame);
        else if (this.#initialised && this.#early.length < MAX_EARLY) this.#early.push(frame);
        return;
      case 'complete':
        this.#subscriptions.delete(frame.id);
        return;
      case 'pong':
      case undefined:
        return;
    }
  }

  #init(headers: Readonly<Record<string, string>>): void {
    if (this.#initialised) return;
    this.#initialised = true;
    const missing = INIT_HEADERS.find((name) => (headers[name] ?? '') === '');
    if (missing !== undefined) {
      this.#refuse({ messageId: 'param_missing', message: `${missing} header missing on init connection`, close: CLOSE.forced });
      return;
    }
    this.#host.work('authorize', (accepted) => {
      if (this.#closed) return;
      if (accepted) this.#enter(headers);
      else this.#refuse(NOT_CHECKED);
    });
  }

  #enter(headers: Readonly<Record<string, string>>): void {
    const member = this.#host.authorize(headers);
    if ('messageId' in member) {
      this.#refuse(member);
      return;
    }
    this.#member = member;
    this.#uuid = headers['X-ClientSessionUUID']!.slice(0, 64);
    const { user } = member;
    if (!user.statuses.has(this.#uuid)) user.statuses.set(this.#uuid, { clientSessionUuid: this.#uuid, networkRttMs: null, applicationRttMs: null, traceLog: null, updatedMs: user.registeredMs });
    this.#rights = rightsOf(user);
    this.#host.opened(this, member);
    // Hasura pings before and after it accepts a connection, and the middleware passes it on.
    this.#ping();
    this.#write(JSON.stringify({ type: 'connection_ack' }));
    this.#ping();
    for (const frame of this.#early.splice(0)) this.#subscribe(frame);
  }

  /** A change of rights makes the middleware connect to Hasura anew and start every subscription again: the browser sees pings, and documents that are whole. */
  #reconnect(): void {
    this.#rights = rightsOf(this.#member!.user);
    this.#ping();
    this.#ping();
    for (const subscription of this.#subscriptions.values()) subscription.anew = true;
  }

  #subscribe(frame: ClientFrame & { type: 'subscribe' }): void {
    const { id, payload } = frame;
    const { limits } = this.#host;
    const operation = parseOperation(payload.query);
    if (typeof operation === 'string') {
      this.#fail(id, operation, '$', 'parse-failed');
      return;
    }
    const tooLong = payload.query.length > (operation.kind === 'mutation' ? limits.maxMutationLength : limits.maxQueryLength);
    if (tooLong || operation.depth > limits.maxQueryDepth + 1) {
      this.#fail(id, tooLong ? 'Query length exceeds the limit' : 'Query depth exceeds the limit', '$', 'limit-exceeded');
      return;
    }
    if (!this.#member!.user.joined && !BEFORE_JOIN.has(payload.operationName)) {
      this.#held.push(frame);
      return;
    }
    if (operation.kind === 'mutation') this.#mutate(id, operation, payload);
    else this.#read(id, operation, payload);
  }

  #mutate(id: string, operation: ParsedOperation, { variables }: SubscribePayload): void {
    this.#newMinute();
    if (++this.#mutations > this.#host.limits.maxMutationsPerMinute) {
      this.#fail(id, 'Limit of mutations per minute reached already', '$', 'limit-exceeded');
      return;
    }
    const one: { act: (() => void) | undefined } = { act: undefined };
    this.#mutating.push(one);
    this.#host.work(operation.rootField === 'userJoinMeeting' ? 'join' : 'mutation', (accepted) => {
      one.act = () => this.#carryOut(id, operation, variables, accepted);
      // A later one may be done sooner: they take effect in their order all the same.
      while (this.#mutating[0]?.act) this.#mutating.shift()!.act!();
    });
  }

  #carryOut(id: string, operation: ParsedOperation, variables: SubscribePayload['variables'], hasTime: boolean): void {
    // Who has closed its socket in the meantime is still heard: what it said is on its way.
    const mutation = hasTime ? MUTATIONS[operation.rootField] : undefined;
    const accepted = mutation?.(this.#host.mutationContext(this.#member!, this.#uuid), operation.args(variables)) ?? false;
    if (accepted) this.#write(JSON.stringify({ id, type: 'next', payload: { data: { [operation.rootAlias]: true } } }));
    else this.#write(JSON.stringify({ id, type: 'error', payload: [{ message: `graphql actions request failed: ${operation.rootField}` }] }));
    this.#write(JSON.stringify({ id, type: 'complete' }));
  }

  #read(id: string, operation: ParsedOperation, { operationName, variables }: SubscribePayload): void {
    const wrong = validate(operation.rootField, operation.selection, this.#host.line);
    const source = sourceOf(operation.rootField);
    if (wrong || !source) {
      this.#fail(id, wrong?.message ?? `field '${operation.rootField}' not found in type: 'subscription_root'`, wrong?.path ?? '$', 'validation-failed');
      return;
    }
    if (operation.kind === 'query') {
      this.#newMinute();
      if (++this.#queries > this.#host.limits.maxQueriesPerMinute) {
        this.#fail(id, `Rate limit exceeded: Maximum ${this.#host.limits.maxQueriesPerMinute} queries per minute allowed.`, '$', 'limit-exceeded');
        return;
      }
      const value = evaluate(operation, variables, this.#member!.meeting, this.#member!.user);
      this.#write(JSON.stringify({ id, type: 'next', payload: { data: { [operation.rootAlias]: value } } }));
      this.#write(JSON.stringify({ id, type: 'complete' }));
      return;
    }
    if (this.#subscriptions.size >= this.#host.limits.maxConcurrentSubscriptions) {
      this.#fail(id, `Limit exceeded: Maximum ${this.#host.limits.maxConcurrentSubscriptions} concurrent subscriptions allowed.`, '$', 'limit-exceeded');
      return;
    }
    const subscription: Subscription = {
      id,
      operation,
      variables,
      source,
      patched: operationName.startsWith('Patched_'),
      shareKey: source.view === 'common' ? JSON.stringify(variables) : undefined,
      last: undefined,
      anew: true,
      cursorMs: source.stream ? initialCursor(operation, variables) : 0,
    };
    this.#subscriptions.set(id, subscription);
    this.#deliver(subscription, new Map());
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.#subscribe(frame);
  }

  /** False: nothing that its client does not know. */
  #deliver(subscription: Subscription, shared: Shared): boolean {
    const { meeting, user } = this.#member!;
    const { id, operation, variables } = subscription;
    if (subscription.source.stream) {
      const batch = nextBatch(operation, variables, subscription.cursorMs, meeting, user);
      if (!batch) return false;
      subscription.cursorMs = batch.cursorMs;
      this.#write(JSON.stringify({ id, type: 'next', payload: { data: { [operation.rootAlias]: batch.rows } } }));
      return true;
    }
    const result = this.#result(subscription, shared);
    const { last } = subscription;
    subscription.last = result;
    // Identical consecutive data is suppressed by the middleware.
    if (last?.json === result.json) return false;
    const root = JSON.stringify(operation.rootAlias);
    const patch = subscription.patched && !subscription.anew && last ? patchTo(result, last) : undefined;
    const document = patch === undefined ? `{${root}:${result.json}}` : `{${root}:[],"patch":${patch}}`;
    subscription.anew = false;
    this.#write(`{"id":${JSON.stringify(id)},"type":"next","payload":{"data":${document}}}`);
    return true;
  }

  #result({ operation, variables, shareKey }: Subscription, shared: Shared): Result {
    const { meeting, user } = this.#member!;
    const known = shareKey === undefined ? undefined : shared.get(operation)?.get(shareKey);
    if (known) return known;
    const value = evaluate(operation, variables, meeting, user);
    const result: Result = { value, json: JSON.stringify(value), patches: new WeakMap() };
    if (shareKey !== undefined) {
      const alike = shared.get(operation);
      if (alike) alike.set(shareKey, result);
      else shared.set(operation, new Map([[shareKey, result]]));
    }
    return result;
  }

  #newMinute(): void {
    const nowMs = this.#host.nowMs();
    if (nowMs - this.#minuteStartMs < MINUTE_MS) return;
    this.#minuteStartMs = nowMs;
    this.#mutations = 0;
    this.#queries = 0;
  }

  #fail(id: string, message: string, path: string, code: string): void {
    this.#write(JSON.stringify({ id, type: 'error', payload: [{ message, extensions: { path, code } }] }));
    this.#write(JSON.stringify({ id, type: 'complete' }));
  }

  #refuse({ messageId, message, close }: Refusal): void {
    this.#write(JSON.stringify({ id: CONNECTION_ERROR_ID, type: 'error', payload: [{ messageId, message }] }));
    this.#socket.close(close, messageId);
  }

  #write(text: string): void {
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return;
    if (!this.#gathering) this.#gather();
    this.#socket.send(text);
  }

  /** What is written in one turn of the event loop goes to the kernel at once: a join has some forty frames for its user, and several for each of the others. */
  #gather(): void {
    this.#gathering = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      this.#stream.uncork();
    });
  }
}

/** What Hasura decides by; a change of it needs another connection. */
function rightsOf({ joined, presenter, isModerator }: SimUser): string {
  return `${joined} ${presenter} ${isModerator}`;
}
