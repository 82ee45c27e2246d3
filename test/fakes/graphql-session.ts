import { WebSocket } from 'ws';
import type { BbbApi } from '../../src/bbb/api.js';
import { uniqueUuid } from '../../src/core/random.js';

export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export interface SessionOptions {
  readonly meetingID: string;
  readonly fullName: string;
  readonly role: 'MODERATOR' | 'VIEWER';
  /** Sends no cookie: the most common mistake of harnesses. */
  readonly withoutCookie?: boolean;
  /** Headers of connection_init that are left out. */
  readonly withoutHeader?: string;
}

/** One user's GraphQL socket, frame by frame; nothing is interpreted. */
export class GraphqlSession {
  readonly frames: Frame[] = [];
  readonly sent: Frame[] = [];
  readonly uuid = uniqueUuid();
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      this.frames.push(frame);
      if (frame.type === 'ping') this.send({ type: 'pong', payload: frame.payload });
      for (const wake of [...this.#waiting]) wake();
    });
  }

  /** Joins over the API, opens the socket, sends connection_init. */
  static async open(api: BbbApi, options: SessionOptions, sessionToken?: string): Promise<GraphqlSession & { readonly token: string; readonly cookie: string; readonly origin: string }> {
    const joined = await api.join({ meetingID: options.meetingID, fullName: options.fullName, role: options.role }, new AbortController().signal);
    const cookie = options.withoutCookie === true ? '' : await joined.jar.getCookieString(joined.clientUrl);
    return GraphqlSession.connect(new URL(joined.clientUrl).origin, cookie, sessionToken ?? joined.sessionToken, options.withoutHeader);
  }

  static async connect(origin: string, cookie: string, token: string, withoutHeader?: string): Promise<GraphqlSession & { readonly token: string; readonly cookie: string; readonly origin: string }> {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: cookie === '' ? {} : { cookie } });
    const session = new GraphqlSession(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const headers: Record<string, string> = { 'X-Session-Token': token, 'X-ClientSessionUUID': session.uuid, 'X-ClientType': 'HTML5', 'X-ClientIsMobile': 'false' };
    if (withoutHeader !== undefined) delete headers[withoutHeader];
    session.send({ type: 'connection_init', payload: { headers } });
    return Object.assign(session, { token, cookie, origin });
  }

  send(frame: Frame): void {
    this.sent.push(frame);
    this.#socket.send(JSON.stringify(frame));
  }

  /** Starts an operation and returns its id. */
  start(operationName: string, query: string, variables: Readonly<Record<string, unknown>> = {}): string {
    const id = uniqueUuid();
    this.send({ id, type: 'subscribe', payload: { variables, extensions: {}, operationName, query } });
    return id;
  }

  /** The first frame that matches, now or later (bounded by the test's own limit). */
  async next(match: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(match);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  answer(id: string): Promise<Frame> {
    return this.next((frame) => frame.id === id && (frame.type === 'next' || frame.type === 'error'));
  }

  /** Data under the root field of the newest whole document of an operation. */
  async data(id: string, root: string): Promise<unknown> {
    await this.answer(id);
    const last = this.frames.findLast((frame) => frame.id === id && frame.type === 'next')!;
    return (last.payload as { data: Record<string, unknown> }).data[root];
  }

  /** Joins the meeting as a client does; resolves with the current user's row. */
  async enter(): Promise<Record<string, unknown>> {
    const query = '{user_current {userId authToken joined}}';
    const id = this.start('Patched_userCurrentSubscription', `subscription Patched_userCurrentSubscription ${query}`);
    const [me] = (await this.data(id, 'user_current')) as Record<string, unknown>[];
    this.start('UserJoin', 'mutation UserJoin($authToken: String!, $clientType: String!, $clientIsMobile: Boolean!) {\n  userJoinMeeting(\n    authToken: $authToken\n    clientType: $clientType\n    clientIsMobile: $clientIsMobile\n  )\n}', { authToken: me!['authToken'], clientType: 'HTML5', clientIsMobile: false });
    await this.next((frame) => frame.id === id && frame.type === 'next' && JSON.stringify(frame.payload).includes('"joined":true'));
    return me!;
  }

  close(): void {
    this.#socket.terminate();
  }
}
