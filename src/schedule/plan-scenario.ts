import { unreachable } from '../core/errors.js';
import { seededRandom, type Random } from '../core/random.js';
import type { LoadPart, Scenario } from '../scenario/scenario.js';
import { browserSeats } from './kinds.js';
import { nameOf } from './names.js';
import { chatTimes, onceWithin } from './pastime.js';
import type { Attendance, Plan, PlannedMeeting } from './plan.js';
import { arrivalSpells, type ArrivalSpell } from './rate-pacer.js';
import { placeOf, type Seating } from './seats.js';
import { sessionsOf } from './sessions.js';
import { traitsOf, type Traits } from './traits.js';
import { constantUserSpells, rampingUserSpells, type Spell } from './user-pacer.js';

/** Random streams below that of a part. */
const STREAM = { traits: 0, chat: 1, hand: 2, reload: 3, network: 4 } as const;

/** A part with everything that is the same for all stays in it. */
interface PartPlan {
  readonly part: LoadPart;
  readonly index: number;
  readonly seating: Seating;
  readonly spells: readonly (Spell | ArrivalSpell)[];
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
  const drafts: Omit<Attendance, 'seq'>[] = [];
  for (const part of parts) {
    const placed = placeMeetings(part, meetings.length);
    meetings.push(...placed.meetings);
    part.spells.forEach((spell, arrival) => {
      const meeting = placed.meetingOf[arrival]!;
      if (isDropped(spell)) drafts.push({ ...droppedArrival(spell, part, meetings[meeting]!), kind: rest });
      else drafts.push({ ...attend(spell, arrival, part, meeting), kind: browsers[part.index]!.has(spell.seat) ? 'browser' : 'native' });
    });
  }
  // Stable: who is due at the same instant keeps the order of parts and seats.
  drafts.sort((a, b) => a.dueMs - b.dueMs);
  const attendances = drafts.map((draft, seq) => ({ seq, ...draft }));
  return {
    schema: 1,
    scenario: scenario.name,
    seed: scenario.seed,
    durationMs: attendances.reduce((last, { leaveMs }) => Math.max(last, leaveMs), 0),
    startOfDayMs: scenario.startOfDayMs,
    checkpointEveryMs: scenario.checkpointEveryMs,
    fleet: scenario.fleet,
    limits: scenario.limits,
    parts: scenario.load,
    meetings,
    attendances,
  };
}

function planPart(scenario: Scenario, part: LoadPart, index: number, random: Random): PartPlan {
  const spells = spellsOf(part);
  const seats = spells.reduce((most, { seat }) => Math.max(most, seat + 1), 0);
  const seating = { template: scenario.meetings[part.meetings]!, meetingCount: part.meetingCount, seats };
  return { part, index, seating, spells, traits: traitsOf(seating, random.derive(STREAM.traits)), random };
}

/** Sorted by due time, then seat. */
function spellsOf(part: LoadPart): readonly (Spell | ArrivalSpell)[] {
  switch (part.executor) {
    case 'ramping-users':
      return rampingUserSpells(part);
    case 'constant-users':
      return constantUserSpells(part);
    case 'ramping-arrival-rate':
      return arrivalSpells(part);
    default:
      return unreachable(part);
  }
}

function isDropped(spell: Spell | ArrivalSpell): boolean {
  return 'dropped' in spell && spell.dropped;
}

/** Meetings of a part, and the index of the meeting of each of its spells. */
function placeMeetings({ part, index, seating, spells }: PartPlan, firstIndex: number): { readonly meetings: readonly PlannedMeeting[]; readonly meetingOf: readonly number[] } {
  const arrivals: number[][] = Array.from({ length: seating.meetingCount }, () => []);
  spells.forEach((spell, arrival) => {
    if (!isDropped(spell)) arrivals[placeOf(spell.seat, seating).meeting]!.push(arrival);
  });
  const meetings: PlannedMeeting[] = [];
  const meetingOf = new Array<number>(spells.length).fill(firstIndex);
  arrivals.forEach((inMeeting, number) => {
    const placed = sessionsOf(part, index, number, inMeeting.map((arrival) => spells[arrival]!), firstIndex + meetings.length);
    meetings.push(...placed.meetings);
    inMeeting.forEach((arrival, nth) => (meetingOf[arrival] = placed.meetingOf[nth]!));
  });
  // A dropped arrival has no seat; it is booked on the meeting of the one who came before it.
  spells.forEach((spell, arrival) => {
    if (isDropped(spell)) meetingOf[arrival] = meetingOf[arrival - 1]!;
  });
  return { meetings, meetingOf };
}

function attend({ seat, dueMs, leaveMs }: Spell, arrival: number, { part, index, seating, traits, random }: PartPlan, meeting: number): Omit<Attendance, 'seq' | 'kind'> {
  const { role, audio, webcam, raisesHand, reloads, losesNetwork } = traits[seat]!;
  const behaviour = seating.template[role];
  return {
    part: index,
    meeting,
    role,
    name: nameOf(placeOf(seat, seating), part.name, seating.template),
    dueMs,
    leaveMs,
    audio,
    webcam,
    cameraViews: behaviour.cameraViews,
    chatAtMs: chatTimes(dueMs, leaveMs, behaviour.chatEveryMs, random.derive(STREAM.chat, arrival)),
    ...(raisesHand ? { raiseHandAtMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.hand, arrival)) } : {}),
    ...(reloads ? { reloadAtMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.reload, arrival)) } : {}),
    ...(losesNetwork ? { networkLoss: { atMs: onceWithin(dueMs, leaveMs, random.derive(STREAM.network, arrival)), forMs: behaviour.networkLossMs } } : {}),
  };
}

function droppedArrival({ dueMs, leaveMs }: Spell, { part, index }: PartPlan, meeting: PlannedMeeting): Omit<Attendance, 'seq' | 'kind'> {
  return { part: index, meeting: meeting.index, role: 'pupil', name: `Pupil without a seat · ${part.name}`, dueMs, leaveMs, audio: 'none', webcam: false, cameraViews: 0, chatAtMs: [], dropped: true };
}
