/** GraphQL, of a server or of one of a cluster behind a prefix (`/bbb-01/graphql`); in 2.7 that of Meteor. */
const MEETING_PATH = /\/graphql\/?$|\/html5client\/sockjs\/.+\/websocket$/;
/**
 * What is over sooner is no news: a client that is shown out has its socket closed first and shows why a moment later, and a server that is not
 * ready yet takes a socket and closes it. A reconnect takes longer: the client waits 10 s.
 */
const SETTLE_MS = 1_000;

/** What is used of a WebSocket of the page. */
export interface PageSocket {
  readonly url: string;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
}

/**
 * The page's connections to the meeting: the sockets over which the client gets its state. Interrupted means that none is open after one
 * was; a socket that hangs is closed by the client itself after 30 s. The client's own word is no evidence: its notification bar (`notificationBannerBar`) shows
 * slow data, a failed subscription, the last half hour of a meeting and a text of whoever created it as well (BBB 3.0), and connections no
 * longer (4.0: a toast; BBB issue #24701, pull request #24792).
 */
export class MeetingSockets {
  readonly #sockets = new Set<PageSocket>();
  #everOpen = false;
  #interrupted = false;
  /** When the connection last came or went, ms. */
  #changedMs = 0;

  /** Sockets of other kinds are left alone. */
  add(socket: PageSocket, nowMs: () => number): void {
    if (!MEETING_PATH.test(new URL(socket.url).pathname)) return;
    const changed = (change: () => void) => (): void => {
      const before = this.#open;
      change();
      if (this.#open !== before) this.#changedMs = nowMs();
    };
    socket.addEventListener('open', changed(() => {
      this.#everOpen = true;
      this.#sockets.add(socket);
    }));
    socket.addEventListener('close', changed(() => this.#sockets.delete(socket)));
  }

  /** `sinceMs`: when that began, as long as it is news. */
  look(nowMs: number): { readonly interrupted: boolean; readonly sinceMs: number } {
    if (nowMs - this.#changedMs >= SETTLE_MS) this.#interrupted = this.#everOpen && !this.#open;
    return { interrupted: this.#interrupted, sinceMs: this.#changedMs };
  }

  get #open(): boolean {
    return this.#sockets.size > 0;
  }
}
