type Close = () => void | PromiseLike<void>;

/**
 * Closes what was opened, in reverse order; what AsyncDisposableStack will do once Node has it.
 * Runs every closer though one fails and then throws the first error. Closing twice is harmless.
 */
export class Closer implements AsyncDisposable {
  #closers: Close[] = [];
  #closing: Promise<void> | undefined;

  /** Registers a closer. If closing has begun, it runs at once: what opens late is still closed. */
  add(close: Close): void {
    if (this.#closing) void Promise.resolve().then(close).catch(() => undefined);
    else this.#closers.push(close);
  }

  use<T extends AsyncDisposable>(resource: T): T {
    this.add(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#closers = [];
    if (errors.length > 0) throw errors[0];
  }
}
