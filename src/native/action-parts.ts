import type { Clock } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import type { ClientPage } from './client-page.js';
import type { MediaLegs } from './media-legs.js';

/** What a person needs to do something in the meeting. */
export interface ActionParts {
  readonly page: Pick<ClientPage, 'view' | 'waits' | 'mutate' | 'ask' | 'subscribe' | 'unsubscribe' | 'isSubscribed' | 'signal'>;
  readonly legs: Pick<MediaLegs, 'shareScreen'>;
  readonly clock: Clock;
  /** Number of the user: who shows which emoji is no accident. */
  readonly seq: number;
  /** Names what others are shown of it; undefined: nobody asks. */
  readonly mark: string | undefined;
  /** Enters a breakout room by its address, and comes back when it ends. */
  enterRoom(joinUrl: string, signal: AbortSignal): Promise<void>;
  /** Goes on while the user does other things; a failure is counted. */
  later(work: Promise<void>): void;
}

/** The server makes the first moderator presenter, a moment after the join. */
export async function asPresenter({ page: { view, waits } }: ActionParts, what: string, signal: AbortSignal): Promise<void> {
  if (!view.moderator) throw new HarnessError('STEP_FAILED', `only the presenter can ${what}, and this user is none`);
  await waits.seen(() => view.presenter, signal);
}
