import type { Scenario } from '../scenario/scenario.js';

/** How a step brings its users: arrivals at a rate, then all stay, then they leave. */
export interface StepShape {
  readonly ratePerSec: number;
  readonly holdMs: number;
  readonly leaveMs: number;
}

/** A load part as it is written in a scenario file. */
export interface WrittenPart {
  readonly name: string;
  readonly executor: 'ramping-users';
  readonly meetings: string;
  readonly meetingCount: number;
  readonly stages: readonly { readonly duration: string; readonly target: number }[];
}

/** When the hold of a step begins, in ms of its clock. */
export function holdStartsMs(users: number, { ratePerSec }: StepShape): number {
  return Math.max(1_000, Math.ceil(users / ratePerSec) * 1_000);
}

/**
 * The load of a scenario as one step of `users`: each meeting template keeps its share of the seats, so meetings keep their sizes and kinds and
 * only their number changes. Throws nothing; a template whose share is below one user is left out.
 */
export function scaleLoad(scenario: Scenario, users: number, shape: StepShape): readonly WrittenPart[] {
  const seats = new Map<string, number>();
  for (const { meetings, meetingCount } of scenario.load) seats.set(meetings, (seats.get(meetings) ?? 0) + meetingCount * scenario.meetings[meetings]!.size);
  const all = [...seats.values()].reduce((sum, count) => sum + count, 0);
  const rampMs = holdStartsMs(users, shape);
  let given = 0;
  let before = 0;
  return [...seats].flatMap(([meetings, count]): readonly WrittenPart[] => {
    before += count;
    // Shares are rounded where they end, so that they add up to `users`.
    const target = Math.round((users * before) / all) - given;
    given += target;
    if (target === 0) return [];
    const stages = [
      { duration: `${rampMs}ms`, target },
      { duration: `${shape.holdMs}ms`, target },
      { duration: `${shape.leaveMs}ms`, target: 0 },
    ];
    return [{ name: `step ${meetings}`, executor: 'ramping-users', meetings, meetingCount: Math.ceil(target / scenario.meetings[meetings]!.size), stages }];
  });
}
