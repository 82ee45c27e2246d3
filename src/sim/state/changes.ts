import type { SimUser } from './user.js';

/** What can change, so that only the subscriptions that show it are looked at again. */
const TOPICS = ['meeting', 'users', 'voice', 'cameras', 'chat', 'typing', 'presentation', 'status', 'notifications', 'reactions', 'layout', 'writers', 'whiteboard', 'cursors', 'polls', 'breakouts'] as const;

export type Topic = (typeof TOPICS)[number];

/** A bit for each topic: a server with thousands of members asks all their subscriptions after every change. */
export function maskOf(topics: readonly Topic[]): number {
  return topics.reduce((mask, topic) => mask | (1 << TOPICS.indexOf(topic)), 0);
}

/** What has changed in a meeting since its members were last told. */
export class Changes {
  #some = 0;
  #everybody = 0;
  readonly #ofUser = new Map<SimUser, number>();

  /** With a user: nothing but what belongs to this user is another. */
  add(topic: Topic, user?: SimUser): void {
    const mask = maskOf([topic]);
    this.#some |= mask;
    if (user) this.#ofUser.set(user, (this.#ofUser.get(user) ?? 0) | mask);
    else this.#everybody |= mask;
  }

  /** Something under these topics is another. */
  touch(mask: number): boolean {
    return (this.#some & mask) !== 0;
  }

  /** The same for what shows a user nothing of others. */
  concern(user: SimUser, mask: number): boolean {
    return ((this.#everybody | (this.#ofUser.get(user) ?? 0)) & mask) !== 0;
  }

  get topics(): readonly Topic[] {
    return TOPICS.filter((topic) => this.touch(maskOf([topic])));
  }
}
