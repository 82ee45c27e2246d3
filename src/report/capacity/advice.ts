import type { Capacity } from '../../capacity/capacity.js';
import { belief, type CapacityView } from './view.js';

/** Below this the reserve is called small: runs scatter, and a fleet grows. */
const TIGHT_HEADROOM = 1.2;

/** A sentence, and the entry that says how the figure in it was computed; undefined: it has none. */
export interface Advice {
  readonly text: string;
  readonly how: 'servers' | 'headroom' | undefined;
}

/** What to do, a sentence each; the most pressing first. */
export const advice = (view: CapacityView): readonly string[] => adviceWithHow(view).map(({ text }) => text);

export function adviceWithHow(view: CapacityView): readonly Advice[] {
  const { capacity, f, t } = view;
  const { verdict, answer, required, users, headroom, asked, oneServerDown, exact } = capacity;
  const { board } = t;
  const sentences: Advice[] = [];
  const say = (text: string, how?: Advice['how']): unknown => sentences.push({ text, how });
  if (verdict === 'does-not-hold' && exact && users > 0) {
    const more = moreServers(required, users, asked.servers);
    if (more > 0) say(board.todoServers(f.whole(more), more === 1 ? board.serverOne : board.serverMany), 'servers');
  }
  // Only what stands in the way of the required load: known limits that are fine say nothing to a board.
  if (verdict !== 'holds') for (const { limit, level } of capacity.limits) if (level === 'breaks' && board.todoLimit[limit]) say(board.todoLimit[limit]);
  if (answer.kind === 'none' && answer.tried <= 1) say(board.todoNone);
  if (verdict === 'not-known') say(closeTo(capacity) ? board.todoClose : answer.kind === 'generator' ? board.todoGenerator : board.todoSteps);
  if (verdict === 'holds' && oneServerDown !== undefined && oneServerDown.verdict !== 'holds') say(board.todoSpare(oneServerDown.servers, oneServerDown.verdict === 'not-known'));
  if (verdict === 'holds' && exact && headroom < TIGHT_HEADROOM) say(board.todoTight(f.number(headroom, 2, 2)), 'headroom');
  if (verdict === 'holds' && answer.kind === 'generator') say(board.todoGenerator);
  if (verdict === 'holds' && answer.kind === 'at-least') say(board.todoHigher);
  if (verdict === 'holds' && sentences.length === 0) say(board.todoFine);
  return sentences.length > 0 ? sentences : [{ text: board.todoSteps, how: undefined }];
}

/** The required load lies where runs begin to break. */
const closeTo = ({ answer, required, confidence }: Capacity): boolean => answer.kind === 'knee' || ('users' in answer && answer.users >= required && confidence !== undefined);

/** Servers that are missing, if each carries what those tested carried. */
export function moreServers(required: number, users: number, servers: number): number {
  return Math.max(0, Math.ceil(required / (users / servers)) - servers);
}

/** How sure the answer is, a sentence each. */
export function certainty({ capacity, f, t }: CapacityView): readonly string[] {
  const { answer, confidence, required, steps } = capacity;
  const { board } = t;
  const held = steps.filter(({ outcome }) => outcome === 'held');
  const restless = held.filter(({ steady }) => steady === false).length;
  const unsteady = restless === 0 ? [] : [board.sureUnsteady(restless, held.length)];
  if ('knee' in answer) {
    const { low, high, level } = answer.knee;
    return [
      board.sureKnee(f.whole(low), f.whole(high), f.quantity(level, 'ratio')),
      ...(confidence === undefined ? [] : [board.sureBelief(belief({ f, t }, confidence), f.whole(required))]),
      ...(answer.kind === 'unsure' ? [board.sureCut] : []),
      ...unsteady,
      board.sureSteps(steps.length),
    ];
  }
  const most = 'users' in answer ? answer.users : 0;
  const tried = steps.filter(({ users, outcome }) => users === most && outcome !== 'undelivered');
  const times = tried.filter(({ outcome }) => outcome === 'held').length;
  return [
    ...(times > 0 ? [board.sureLeast(f.whole(most), times, tried.length)] : []),
    ...(confidence === undefined ? [] : [board.sureBelief(belief({ f, t }, confidence), f.whole(required))]),
    ...unsteady,
    board.sureSteps(steps.length),
  ];
}
