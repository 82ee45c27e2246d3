import type { MeetingTemplate } from '../scenario/scenario.js';
import type { Role } from './plan.js';

/** The meetings (or classes) of a part and who may sit where in them. */
export interface Seating {
  readonly template: MeetingTemplate;
  readonly meetingCount: number;
  /** Seats that the plan ever uses: 0 … seats − 1. */
  readonly seats: number;
  /** Groups of given sizes: first seat of each, seats of a group lie together. Undefined: seats go round the meetings. */
  readonly firstSeats?: readonly number[];
}

/** Place of a seat. Where seats go round the meetings, every meeting has its teacher before any has its second pupil. */
export interface Place {
  /** From 0 within the part. */
  readonly meeting: number;
  /** From 0 within the meeting; the first `teachers` are teachers. */
  readonly position: number;
  readonly role: Role;
}

export function placeOf(seat: number, { template, meetingCount, firstSeats }: Pick<Seating, 'template' | 'meetingCount' | 'firstSeats'>): Place {
  const meeting = firstSeats ? groupOf(seat, firstSeats) : seat % meetingCount;
  const position = firstSeats ? seat - firstSeats[meeting]! : Math.floor(seat / meetingCount);
  return { meeting, position, role: position < template.teachers ? 'teacher' : 'pupil' };
}

/** Seats used in one meeting. */
export function seatsIn(meeting: number, { meetingCount, seats, firstSeats }: Seating): number {
  if (firstSeats) return (firstSeats[meeting + 1] ?? seats) - firstSeats[meeting]!;
  return Math.ceil((seats - meeting) / meetingCount);
}

export function seatAt(meeting: number, position: number, { meetingCount, firstSeats }: Pick<Seating, 'meetingCount' | 'firstSeats'>): number {
  return firstSeats ? firstSeats[meeting]! + position : position * meetingCount + meeting;
}

/** The last group that begins at or before the seat. */
function groupOf(seat: number, firstSeats: readonly number[]): number {
  let low = 0;
  let high = firstSeats.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (firstSeats[middle]! <= seat) low = middle;
    else high = middle - 1;
  }
  return low;
}
