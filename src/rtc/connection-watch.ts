import type { PeerConnection } from 'node-datachannel';

type EndState = 'connected' | 'failed' | 'closed';

/**
 * Asks a connection for its news, since every callback of libdatachannel is a handle that the event loop walks at each wake-up:
 * three per peer took a tenth of a media process with 300.
 */
export class ConnectionWatch {
  readonly #connection: PeerConnection;
  readonly #onState: (state: EndState) => void;
  #state = 'new';
  #gathered: (() => void) | undefined;
  #closed = false;

  constructor(connection: PeerConnection, onState: (state: EndState) => void) {
    this.#connection = connection;
    this.#onState = onState;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  /** Our description, which `begin` asks for, once every candidate is in it, or with those found until `enough`. */
  describe(begin: () => void, enough?: Promise<void>): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#gathered = undefined;
        const local = this.#closed ? null : this.#connection.localDescription();
        if (local) resolve(local.sdp);
        else reject(new Error('no local description'));
      };
      this.#gathered = done;
      begin();
      void enough?.then(done);
      this.#lookAtGathering();
    });
  }

  /** To be called often until it is connected, and now and then afterwards. */
  check(): void {
    if (this.#closed) return;
    this.#lookAtGathering();
    const state = this.#connection.state();
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'connected' || state === 'failed' || state === 'closed') this.#onState(state);
  }

  /** Nothing is asked any more. */
  close(): void {
    this.#closed = true;
  }

  #lookAtGathering(): void {
    if (this.#gathered && this.#connection.gatheringState() === 'complete') this.#gathered();
  }
}
