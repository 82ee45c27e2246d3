import type { Random } from '../core/random.js';
import { drawSize } from '../scenario/class-size.js';
import type { Comings, Curve, MeetingList, MeetingTemplate, Timetable } from '../scenario/scenario.js';
import { placeOf, type Seating } from './seats.js';
import { asRamp, rampingUserSpells, type Spell } from './user-pacer.js';

/** One meeting with a bell and an end, and who is to be there. */
interface Gathering {
  readonly name: string;
  readonly bellMs: number;
  readonly endMs: number;
  /** Seats; the same seat is the same person in every gathering. */
  readonly people: readonly number[];
}

/** A stay in one of several meetings, each its own. */
export type RoomSpell = Spell & { readonly room: number };

export interface GatheringPlan {
  readonly seating: Seating;
  /** Sorted by due time, then seat. */
  readonly spells: readonly RoomSpell[];
  readonly rooms: readonly { readonly name: string; readonly bellMs: number }[];
  /** How a class is called in the names of its people. */
  readonly groupName: (group: number) => string;
}

const STREAM = { size: 0, bell: 1, coming: 2 } as const;

type GatheringPart = Timetable | MeetingList | Curve;

/** People, meetings and stays of a part whose meetings have a bell. */
export function planGatherings(part: GatheringPart, template: MeetingTemplate, random: Random): GatheringPlan {
  const { sizes, gatherings, groupName } = layOut(part, template, random);
  const firstSeats: number[] = [];
  let seats = 0;
  for (const size of sizes) {
    firstSeats.push(seats);
    seats += size;
  }
  const seating: Seating = { template, meetingCount: sizes.length, seats, firstSeats };
  const all = gatherings(firstSeats);
  return { seating, spells: spellsOf(all, seating, part.comings, random), rooms: all.map(({ name, bellMs }) => ({ name, bellMs })), groupName };
}

interface Layout {
  /** Of each group of people. */
  readonly sizes: readonly number[];
  readonly gatherings: (firstSeats: readonly number[]) => readonly Gathering[];
  readonly groupName: (group: number) => string;
}

function layOut(part: GatheringPart, template: MeetingTemplate, random: Random): Layout {
  switch (part.executor) {
    case 'timetable':
      return timetable(part, template, random);
    case 'meeting-list':
      return oneEach(part.name, part.list);
    case 'curve': {
      const meetings = spellsOfMeetings(part);
      return oneEach(part.name, meetings.map(({ dueMs, leaveMs }, index) => ({ bellMs: dueMs, endMs: leaveMs, size: drawSize(part.classSize, random.derive(STREAM.size, index)) })));
    }
  }
}

/** Each meeting has people of its own. */
function oneEach(part: string, meetings: readonly { readonly bellMs: number; readonly endMs: number; readonly size: number }[]): Layout {
  return {
    sizes: meetings.map(({ size }) => size),
    gatherings: (firstSeats) => meetings.map(({ bellMs, endMs, size }, index) => ({ name: `${part} ${index + 1}`, bellMs, endMs, people: range(firstSeats[index]!, size) })),
    groupName: (group) => String(group + 1),
  };
}

/** A number of meetings that goes up and down is as one of users: each opens and closes where the line crosses it. */
function spellsOfMeetings(part: Curve): readonly Spell[] {
  return rampingUserSpells(asRamp(part));
}

/** Pupils stay with their class; in the n-th lesson the teachers of a class teach the one n further on in their school. */
function timetable({ name, schools, classesPerSchool, classSize, lessons, bellSpreadMs }: Timetable, { teachers }: MeetingTemplate, random: Random): Layout {
  const classes = schools * classesPerSchool;
  const sizes = Array.from({ length: classes }, (_, index) => drawSize(classSize, random.derive(STREAM.size, index)));
  const groupName = (group: number): string => (classesPerSchool === 1 ? String(group + 1) : `${Math.floor(group / classesPerSchool) + 1}.${(group % classesPerSchool) + 1}`);
  const gatherings = (firstSeats: readonly number[]): readonly Gathering[] =>
    Array.from({ length: schools }, (_, school) => {
      const laterMs = Math.round(bellSpreadMs * random.derive(STREAM.bell, school).next());
      return lessons.flatMap(({ bellMs, lengthMs }, lesson) =>
        Array.from({ length: classesPerSchool }, (_unused, nth): Gathering => {
          const group = school * classesPerSchool + nth;
          const teachersOf = school * classesPerSchool + ((nth + classesPerSchool - (lesson % classesPerSchool)) % classesPerSchool);
          const staff = Math.min(teachers, sizes[teachersOf]!);
          const pupils = sizes[group]! - Math.min(teachers, sizes[group]!);
          return {
            name: `${name} ${groupName(group)} lesson ${lesson + 1}`,
            bellMs: bellMs + laterMs,
            endMs: bellMs + laterMs + lengthMs,
            people: [...range(firstSeats[teachersOf]!, staff), ...range(firstSeats[group]! + sizes[group]! - pupils, pupils)],
          };
        }),
      );
    }).flat();
  return { sizes, gatherings, groupName };
}

function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/**
 * When everybody comes and goes. Who is still in the lesson before when it would be time to come, comes a changeover after leaving it;
 * who could come only after the end does not come.
 */
function spellsOf(gatherings: readonly Gathering[], seating: Seating, comings: Comings, random: Random): readonly RoomSpell[] {
  const order = gatherings.map((gathering, room) => ({ ...gathering, room })).sort((a, b) => a.bellMs - b.bellMs || a.room - b.room);
  const leftMs = new Map<number, number>();
  const spells: RoomSpell[] = [];
  for (const { room, bellMs, endMs, people } of order) {
    for (const seat of people) {
      const chance = random.derive(STREAM.coming, room, seat);
      const wishMs = placeOf(seat, seating).role === 'teacher' ? bellMs - between(comings.teachersLeastMs, comings.teachersMostMs, chance) : bellMs + pupilComes(comings, chance);
      const changeMs = between(comings.changeoverLeastMs, comings.changeoverMostMs, chance);
      const dueMs = Math.round(Math.max(0, wishMs, (leftMs.get(seat) ?? Number.NEGATIVE_INFINITY) + changeMs));
      const leaveMs = Math.round(endMs + comings.leaveWithinMs * chance.next());
      if (dueMs >= endMs) continue;
      leftMs.set(seat, leaveMs);
      spells.push({ seat, dueMs, leaveMs, room });
    }
  }
  return spells.sort((a, b) => a.dueMs - b.dueMs || a.seat - b.seat);
}

function between(least: number, most: number, random: Random): number {
  return least + (most - least) * random.next();
}

/** After the bell, in ms; negative before it. */
function pupilComes({ pupils }: Comings, random: Random): number {
  let rest = random.next();
  const row = pupils.find(({ share }) => (rest -= share) < 0) ?? pupils.at(-1)!;
  return between(row.fromMs, row.toMs, random);
}
