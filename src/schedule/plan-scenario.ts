import { unreachable } from '../core/errors.js';
import { seededRandom, type Random } from '../core/random.js';
import type { LoadPart, MeetingList, Scenario, Timetable } from '../scenario/scenario.js';
import { planGatherings, type RoomSpell } from './gatherings.js';
import { browserSeats } from './kinds.js';
import { nameOf } from './names.js';
import { chatTimes, onceWithin } from './pastime.js';
import { planEvents, planHappenings, type AttendanceDraft } from './plan-events.js';
import type { Plan, PlannedMeeting } from './plan.js';
import { arrivalSpells, type ArrivalSpell } from './rate-pacer.js';
import { roleActions } from './role-actions.js';
import { placeOf, type Seating } from './seats.js';
import { sessionsOf } from './sessions.js';
import { traitsOf, type Traits } from './traits.js';
import { asRamp, constantUserSpells, rampingUserSpells, type Spell } from './user-pacer.js';

/** Random streams below that of a part. */
const STREAM = { traits: 0, chat: 1, hand: 2, reload: 3, network: 4, gatherings: 5, actions: 6 } as const;

/** Stream of the events; parts take the numbers from 0 on. */
const EVENTS_STREAM = 1_000_003;

type AnySpell = Spell | ArrivalSpell | RoomSpell;

/** A part with everything that is the same for all stays in it. */
interface PartPlan {
  readonly part: LoadPart;
  readonly index: number;
  readonly seating: Seating;
  readonly spells: readonly AnySpell[];
  /** Meetings with a bell, each its own; undefined: the meetings of the seating, from their first user on. */
  readonly rooms?: readonly { readonly name: string; readonly bellMs: number }[];
  readonly groupName?: (group: number) => string;
  readonly traits: readonly Traits[];
  readonly random: Random;
}

/**
 * Who attends what, when, and what they do: everything fixed before time starts. Pure: the same scenario (seed included) gives
 * the same plan on every machine, byte for byte.
 */
export function planScenario(scenario: Scenario): Plan {
  const random = seededRandom(scenario.seed);
  const parts = scenario.load.map((part, index) => planPart(scenario, part, index, random.derive(index)));
  const browsers = browserSeats(parts.map(({ seating }) => seating), scenario.users);
  const rest = scenario.users.native === 'rest' ? 'native' : 'browser';
  const meetings: PlannedMeeting[] = [];
  const bellsMs: number[] = [];
  const drafts: AttendanceDraft[] = [];
  for (const part of parts) {
    const placed = placeMeetings(part, meetings.length);
    meetings.push(...placed.meetings);
    bellsMs.push(...placed.bellsMs);
    part.spells.forEach((spell, arrival) => {
      const meeting = placed.meetingOf[arrival]!;
      if (isDropped(spell)) drafts.push({ ...droppedArrival(spell, part, meetings[meeting]!), kind: rest });
      else drafts.push({ ...attend(spell, arrival, part, meeting), kind: browsers[part.index]!.has(spell.seat) ? 'browser' : 'native' });
    });
  }
  // Stable: who is due at the same instant keeps the order of parts and seats.
  drafts.sort((a, b) => a.dueMs - b.dueMs);
  const added = planEvents(meetings.map((meeting, index) => ({ ...meeting, bellMs: bellsMs[index]! })), drafts, scenario.meetings, scenario.events, random.derive(EVENTS_STREAM));
  const attendances = drafts.map((draft, seq) => {
    const more = added.get(seq);
    if (!more) return { seq, ...draft };
    const { actions, ...rest } = more;
    const all = [...(draft.actions ?? []), ...actions].sort((a, b) => a.atMs - b.atMs);
    return { seq, ...draft, ...rest, ...(all.length === 0 ? {} : { actions: all }) };
  });
  const happenings = planHappenings(scenario.events);
  return {
    schema: 1,
    scenario: scenario.name,
    seed: scenario.seed,
    durationMs: attendances.reduce((last, { leaveMs }) => Math.max(last, leaveMs), 0),
    startOfDayMs: scenario.startOfDayMs,
    ...(scenario.speed === 1 ? {} : { speed: scenario.speed }),
    checkpointEveryMs: scenario.checkpointEveryMs,
    fleet: scenario.fleet,
    limits: scenario.limits,
    parts: scenario.load,
    meetings,
    attendances,
    ...(happenings.length === 0 ? {} : { happenings }),
  };
}

function planPart(scenario: Scenario, part: LoadPart, index: number, random: Random): PartPlan {
  const template = scenario.meetings[part.meetings]!;
  const traitsFor = (seating: Seating): readonly Traits[] => traitsOf(seating, random.derive(STREAM.traits));
  if (part.executor === 'timetable' || part.executor === 'meeting-list' || (part.executor === 'curve' && part.of === 'meetings')) {
    const { seating, spells, rooms, groupName } = planGatherings(part, template, random.derive(STREAM.gatherings));
    return { part, index, seating, spells, rooms, groupName, traits: traitsFor(seating), random };
  }
  const spells = spellsOf(part);
  const seats = spells.reduce((most, { seat }) => Math.max(most, seat + 1), 0);
  const seating = { template, meetingCount: part.meetingCount, seats };
  return { part, index, seating, spells, traits: traitsFor(seating), random };
}

/** Sorted by due time, then seat. */
function spellsOf(part: Exclude<LoadPart, Timetable | MeetingList>): readonly (Spell | ArrivalSpell)[] {
  switch (part.executor) {
    case 'ramping-users':
      return rampingUserSpells(part);
    case 'constant-users':
      return constantUserSpells(part);
    case 'ramping-arrival-rate':
      return arrivalSpells(part);
    case 'curve':
      return rampingUserSpells(asRamp(part));
    default:
      return unreachable(part);
  }
}

function isDropped(spell: AnySpell): boolean {
  return 'dropped' in spell && spell.dropped;
}

interface PlacedMeetings {
  readonly meetings: readonly PlannedMeeting[];
  /** Of each meeting: its bell, or when its first user is due. */
  readonly bellsMs: readonly number[];
  /** Index of the meeting of each spell. */
  readonly meetingOf: readonly number[];
}

function placeMeetings({ part, index, seating, spells, rooms }: PartPlan, firstIndex: number): PlacedMeetings {
  const arrivals: number[][] = Array.from({ length: rooms?.length ?? seating.meetingCount }, () => []);
  spells.forEach((spell, arrival) => {
    if (!isDropped(spell)) arrivals['room' in spell ? spell.room : placeOf(spell.seat, seating).meeting]!.push(arrival);
  });
  const meetings: PlannedMeeting[] = [];
  const bellsMs: number[] = [];
  const meetingOf = new Array<number>(spells.length).fill(firstIndex);
  arrivals.forEach((inMeeting, number) => {
    const name = rooms?.[number]?.name ?? `${part.name} ${number + 1}`;
    const placed = sessionsOf({ name, part: index, template: part.meetings }, inMeeting.map((arrival) => spells[arrival]!), firstIndex + meetings.length);
    meetings.push(...placed.meetings);
    bellsMs.push(...placed.meetings.map(({ opensMs }) => rooms?.[number]?.bellMs ?? opensMs));
    inMeeting.forEach((arrival, nth) => (meetingOf[arrival] = placed.meetingOf[nth]!));
  });
  // A dropped arrival has no seat; it is booked on the meeting of the one who came before it.
  spells.forEach((spell, arrival) => {
    if (isDropped(spell)) meetingOf[arrival] = meetingOf[arrival - 1]!;
  });
  return { meetings, bellsMs, meetingOf };
}

function attend({ seat, dueMs, leaveMs }: Spell, arrival: number, { part, index, seating, traits, random, groupName }: PartPlan, meeting: number): Omit<AttendanceDraft, 'kind'> {
  const { role, audio, webcam, raisesHand, reloads, losesNetwork, sharesScreen, line, forceTurn, cameraProfile } = traits[seat]!;
  const behaviour = seating.template[role];
  const place = placeOf(seat, seating);
  const actions = roleActions({ dueMs, leaveMs, hasMicrophone: audio === 'microphone', presents: role === 'teacher' && place.position === 0, sharesScreen }, behaviour, random.derive(STREAM.actions, arrival));
  return {
    part: index,
    meeting,
    role,
    name: nameOf(place, part.name, seating.template, groupName),
    dueMs,
    leaveMs,
    audio,
    webcam,
    cameraViews: behaviour.cameraViews,
    ...(line === undefined ? {} : { line }),
    ...(forceTurn ? { forceTurn } : {}),
    ...(cameraProfile === undefined ? {} : { cameraProfile }),
    chatAtMs: chatTimes(dueMs, leaveMs, behaviour.chatEveryMs, random.derive(STREAM.chat, arrival)),
    ...(raisesHand ? { raiseHandAtMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.hand, arrival)) } : {}),
    ...(reloads ? { reloadAtMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.reload, arrival)) } : {}),
    ...(losesNetwork ? { networkLoss: { atMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.network, arrival)), forMs: behaviour.networkLossMs } } : {}),
    ...(actions.length === 0 ? {} : { actions }),
  };
}

function droppedArrival({ dueMs, leaveMs }: Spell, { part, index }: PartPlan, meeting: PlannedMeeting): Omit<AttendanceDraft, 'kind'> {
  return { part: index, meeting: meeting.index, role: 'pupil', name: `Pupil without a seat · ${part.name}`, dueMs, leaveMs, audio: 'none', webcam: false, cameraViews: 0, chatAtMs: [], dropped: true };
}
