/** What is used of an EventSource. */
export interface Source {
  readonly readyState: number;
  addEventListener(type: 'hello' | 'tick' | 'error', listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

export interface StreamOptions {
  readonly open: () => Source;
  readonly later: (action: () => void, afterMs: number) => void;
  /** JSON of the event; true: nothing will follow any more. */
  readonly hear: (type: 'hello' | 'tick', data: string) => boolean;
  readonly lost: () => void;
}

/** EventSource.CLOSED. */
const CLOSED = 2;
const AGAIN_MS = 2_000;

/**
 * Hears what the server tells until it says that all is over. A browser connects anew by itself after the connection broke, but never after an answer
 * that is no stream, such as 502 of a proxy or 503 where too many look: then a new source is opened here.
 */
export function listen(options: StreamOptions): void {
  const { open, later, hear, lost } = options;
  const source = open();
  for (const type of ['hello', 'tick'] as const) {
    source.addEventListener(type, ({ data }) => {
      if (hear(type, String(data))) source.close();
    });
  }
  source.addEventListener('error', () => {
    lost();
    if (source.readyState === CLOSED) later(() => listen(options), AGAIN_MS);
  });
}
