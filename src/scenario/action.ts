/**
 * Something that one user does inside a meeting at a planned instant, beside joining, camera, chat, hand, reload and leaving.
 * Browser and native users do the same. `vote`, `draw` and `enter-breakout` need what a teacher did before (a poll, a whiteboard for all,
 * breakout rooms); they wait for it within the limit of a step.
 */
export type Action =
  /** Shows an emoji for a while. */
  | { readonly do: 'react' }
  /** Needs the presenter, as do screen, poll and whiteboard. */
  | { readonly do: 'next-slide' }
  | { readonly do: 'share-screen'; readonly on: boolean }
  /** Mutes everybody but presenters, or lets them speak again; known to break meetings of hundreds (BBB issue 19645). */
  | { readonly do: 'mute-meeting'; readonly on: boolean }
  /** Lets everybody draw; known to break meetings of hundreds (BBB issues 16688 and 19645). */
  | { readonly do: 'open-whiteboard'; readonly on: boolean }
  | { readonly do: 'draw' }
  | { readonly do: 'start-poll' }
  | { readonly do: 'vote' }
  /** Switches the user's own microphone. */
  | { readonly do: 'microphone'; readonly on: boolean }
  | { readonly do: 'open-breakouts'; readonly rooms: number; readonly forMs: number }
  | { readonly do: 'enter-breakout' };

export type ActionName = Action['do'];

export interface PlannedAction {
  /** On the run's clock. */
  readonly atMs: number;
  readonly action: Action;
}
