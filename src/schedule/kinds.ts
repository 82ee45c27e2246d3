import type { UserKinds } from '../scenario/scenario.js';
import { seatAt, seatsIn, type Seating } from './seats.js';

/**
 * Which seats of each part are browser users. They are spread over as many meetings as possible, evenly over all of them: first
 * one in each meeting that gets one (its first pupil, who sees the teacher's camera and is among the first to come), then a
 * second (the first teacher), then the others.
 */
export function browserSeats(seatings: readonly Seating[], users: UserKinds): readonly ReadonlySet<number>[] {
  const meetings = seatings.flatMap((seating, part) => Array.from({ length: seating.meetingCount }, (_, meeting) => ({ part, order: witnessOrder(meeting, seating) })));
  const people = seatings.reduce((sum, { seats }) => sum + seats, 0);
  let left = browserCount(users, people);
  const chosen = seatings.map(() => new Set<number>());
  for (let round = 0; left > 0; round++) {
    const candidates = meetings.filter(({ order }) => order.length > round);
    const taken = evenly(candidates, left);
    for (const { part, order } of taken) chosen[part]!.add(order[round]!);
    left -= taken.length;
  }
  return chosen;
}

function browserCount({ browser, native }: UserKinds, people: number): number {
  if (browser !== 'rest') return Math.min(browser, people);
  return native === 'rest' ? people : Math.max(0, people - native);
}

/** Seats of a meeting in the order in which they become witnesses. */
function witnessOrder(meeting: number, seating: Seating): readonly number[] {
  const used = seatsIn(meeting, seating);
  const firstPupil = seating.template.teachers;
  const all = Array.from({ length: used }, (_, position) => position);
  const order = firstPupil < used ? [firstPupil, ...all.filter((position) => position !== firstPupil)] : all;
  return order.map((position) => seatAt(meeting, position, seating));
}

/** `count` items at even distances, the first and last half a distance from the ends. */
function evenly<T>(items: readonly T[], count: number): readonly T[] {
  if (count >= items.length) return items;
  return Array.from({ length: count }, (_, index) => items[Math.floor(((index + 0.5) * items.length) / count)]!);
}
