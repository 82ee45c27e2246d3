import { HarnessError } from '../core/errors.js';
import type { Action } from '../vu/attendee.js';
import type { ClientPage } from './client-page.js';
import type { MediaLegs } from './media-legs.js';

export interface ActionParts {
  readonly page: Pick<ClientPage, 'view' | 'waits' | 'mutate'>;
  readonly legs: Pick<MediaLegs, 'shareScreen'>;
  /** Number of the user: who shows which emoji is no accident. */
  readonly seq: number;
}

/** The client's reactions bar (settings.yml of BBB 3.0, userReaction.reactions). */
const EMOJIS = ['😃', '🙁', '👍', '👎', '👏', '🎉'] as const;

/**
 * What a person does in the meeting beside chat and hand, with the client's own mutations; resolves when the user's own client would show it done.
 * Rejects with STEP_FAILED: refused, not possible in this meeting, or nothing that native users can do.
 */
export async function act(action: Action, parts: ActionParts, signal: AbortSignal): Promise<void> {
  const { page, legs, seq } = parts;
  const { view, waits } = page;
  switch (action.do) {
    case 'react':
      return waits.until(page.mutate('SetReactionEmoji', { reactionEmoji: EMOJIS[seq % EMOJIS.length] }), signal);
    case 'next-slide': {
      await asPresenter(parts, 'turn a page', signal);
      const shown = view.presentation;
      if (!shown) throw new HarnessError('STEP_FAILED', 'there is no presentation to turn a page of');
      if (shown.pages < 2) throw new HarnessError('STEP_FAILED', 'the presentation has one page only', { hint: 'give the server a default presentation of several pages' });
      // After the last page it begins anew, so that a long lesson has enough.
      const pageId = `${shown.id}/${(shown.page % shown.pages) + 1}`;
      await waits.until(page.mutate('PresentationSetPage', { presentationId: shown.id, pageId }), signal);
      return waits.seen(() => view.pageId === pageId, signal);
    }
    case 'mute-meeting':
      return waits.until(page.mutate('SetMuted', { muted: action.on, exceptPresenter: true }), signal);
    case 'microphone': {
      if (!view.hasMicrophone) throw new HarnessError('STEP_FAILED', 'the user has no microphone in the meeting');
      return waits.until(page.mutate('UserSetMuted', { userId: view.userId, muted: !action.on }), signal);
    }
    case 'share-screen':
      if (action.on) await asPresenter(parts, 'share a screen', signal);
      return legs.shareScreen(action.on, signal);
    case 'open-whiteboard':
    case 'draw':
    case 'start-poll':
    case 'vote':
    case 'open-breakouts':
    case 'enter-breakout':
      throw new HarnessError('STEP_FAILED', `native users cannot ${action.do}`);
  }
}

/** The server makes the first moderator presenter, a moment after the join. */
async function asPresenter({ page: { view, waits } }: ActionParts, what: string, signal: AbortSignal): Promise<void> {
  if (!view.moderator) throw new HarnessError('STEP_FAILED', `only the presenter can ${what}, and this user is none`);
  await waits.seen(() => view.presenter, signal);
}
