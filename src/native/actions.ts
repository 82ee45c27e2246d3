import { HarnessError } from '../core/errors.js';
import type { Action } from '../vu/attendee.js';
import { asPresenter, type ActionParts } from './action-parts.js';
import { enterBreakout, openBreakouts } from './breakouts.js';
import { startPoll, vote } from './polls.js';
import { draw, openWhiteboard } from './whiteboard.js';

/** The client's reactions bar (settings.yml of BBB 3.0, userReaction.reactions). */
const EMOJIS = ['😃', '🙁', '👍', '👎', '👏', '🎉'] as const;

/**
 * What a person does in the meeting beside chat and hand, with the client's own mutations; resolves when the user's own client would show it done.
 * Rejects with STEP_FAILED: refused, or not possible in this meeting.
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
      return openWhiteboard(parts, action.on, signal);
    case 'draw':
      return draw(parts, signal);
    case 'start-poll':
      return startPoll(parts, signal);
    case 'vote':
      return vote(parts, signal);
    case 'open-breakouts':
      return openBreakouts(parts, action.rooms, action.forMs, signal);
    case 'enter-breakout':
      return enterBreakout(parts, signal);
  }
}
