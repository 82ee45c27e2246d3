import type { ServerResponse } from 'node:http';

/** More than would look at one run. */
const MAX_VIEWERS = 32;

/** Those who look: each an open stream of server-sent events. A slow one misses ticks, never delays others or fills memory. */
export class Viewers {
  readonly #open = new Set<ServerResponse>();
  readonly #behind = new Set<ServerResponse>();

  /** False: there are too many already. */
  add(response: ServerResponse): boolean {
    if (this.#open.size >= MAX_VIEWERS) return false;
    this.#open.add(response);
    const forget = (): void => {
      this.#open.delete(response);
      this.#behind.delete(response);
    };
    response.on('close', forget);
    response.on('error', forget);
    return true;
  }

  get count(): number {
    return this.#open.size;
  }

  /** The same text for all that can take it; who has missed some gets everything anew. */
  tell(text: string, everything: () => string): void {
    for (const response of this.#open) {
      if (response.writableNeedDrain) this.#behind.add(response);
      else response.write(this.#behind.delete(response) ? everything() : text);
    }
  }

  end(): void {
    for (const response of this.#open) response.end();
  }
}

export function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
