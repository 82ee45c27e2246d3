import type { MeetingTemplate } from '../scenario/scenario.js';
import type { Role } from './plan.js';

/** The meetings of a part and who may sit where in them. */
export interface Seating {
  readonly template: MeetingTemplate;
  readonly meetingCount: number;
  /** Seats that the plan ever uses: 0 … seats − 1. */
  readonly seats: number;
}

/** Place of a seat: seats go round the meetings, so that every meeting has its teacher before any has its second pupil. */
export interface Place {
  /** From 0 within the part. */
  readonly meeting: number;
  /** From 0 within the meeting; the first `teachers` are teachers. */
  readonly position: number;
  readonly role: Role;
}

export function placeOf(seat: number, { template, meetingCount }: Pick<Seating, 'template' | 'meetingCount'>): Place {
  const meeting = seat % meetingCount;
  const position = Math.floor(seat / meetingCount);
  return { meeting, position, role: position < template.teachers ? 'teacher' : 'pupil' };
}

/** Seats used in one meeting. */
export function seatsIn(meeting: number, { meetingCount, seats }: Seating): number {
  return Math.ceil((seats - meeting) / meetingCount);
}

export function seatAt(meeting: number, position: number, { meetingCount }: Pick<Seating, 'meetingCount'>): number {
  return position * meetingCount + meeting;
}
