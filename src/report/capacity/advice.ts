import type { Capacity } from '../../capacity/capacity.js';
import { belief, type CapacityView } from './view.js';

/** Below this the reserve is called small: runs scatter, and a fleet grows. */
const TIGHT_HEADROOM = 1.2;

/** What to do, a sentence each; the most pressing first. */
export function advice(view: CapacityView): readonly string[] {
  const { capacity, f, t } = view;
  const { verdict, answer, required, users, headroom, asked, oneServerDown, exact } = capacity;
  const { board } = t;
  const sentences: string[] = [];
  if (verdict === 'does-not-hold' && exact && users > 0) {
    const more = moreServers(required, users, asked.servers);
    if (more > 0) sentences.push(board.todoServers(f.whole(more), more === 1 ? board.serverOne : board.serverMany));
  }
  // Only what stands in the way of the required load: known limits that are fine say nothing to a board.
  if (verdict !== 'holds') for (const { limit, level } of capacity.limits) if (level === 'breaks' && board.todoLimit[limit]) sentences.push(board.todoLimit[limit]);
  if (answer.kind === 'none' && answer.tried <= 1) sentences.push(board.todoNone);
  if (verdict === 'not-known') sentences.push(closeTo(capacity) ? board.todoClose : answer.kind === 'generator' ? board.todoGenerator : board.todoSteps);
  if (verdict === 'holds' && oneServerDown !== undefined && oneServerDown.verdict !== 'holds') sentences.push(board.todoSpare(oneServerDown.servers, oneServerDown.verdict === 'not-known'));
  if (verdict === 'holds' && exact && headroom < TIGHT_HEADROOM) sentences.push(board.todoTight(f.number(headroom, 2, 2)));
  if (verdict === 'holds' && answer.kind === 'generator') sentences.push(board.todoGenerator);
  if (verdict === 'holds' && answer.kind === 'at-least') sentences.push(board.todoHigher);
  if (verdict === 'holds' && sentences.length === 0) sentences.push(board.todoFine);
  return sentences.length > 0 ? sentences : [board.todoSteps];
}

/** The required load lies where runs begin to break. */
const closeTo = ({ answer, required }: Pick<Capacity, 'answer' | 'required'>): boolean => answer.kind === 'knee' || ('users' in answer && answer.users >= required);

/** Servers that are missing, if each carries what those tested carried. */
export function moreServers(required: number, users: number, servers: number): number {
  return Math.max(0, Math.ceil(required / (users / servers)) - servers);
}

/** How sure the answer is, a sentence each. */
export function certainty({ capacity, f, t }: CapacityView): readonly string[] {
  const { answer, confidence, required, steps } = capacity;
  const { board } = t;
  if ('knee' in answer) {
    const { low, high, level } = answer.knee;
    return [
      board.sureKnee(f.whole(low), f.whole(high), f.quantity(level, 'ratio')),
      ...(confidence === undefined ? [] : [board.sureBelief(belief({ f, t }, confidence), f.whole(required))]),
      ...(answer.kind === 'unsure' ? [board.sureCut] : []),
      board.sureSteps(steps.length),
    ];
  }
  const most = 'users' in answer ? answer.users : 0;
  const tried = steps.filter(({ users, outcome }) => users === most && outcome !== 'undelivered');
  const held = tried.filter(({ outcome }) => outcome === 'held').length;
  return [
    ...(held > 0 ? [board.sureLeast(f.whole(most), held, tried.length)] : []),
    ...(confidence === undefined ? [] : [board.sureBelief(belief({ f, t }, confidence), f.whole(required))]),
    board.sureSteps(steps.length),
  ];
}
