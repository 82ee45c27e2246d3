import type { Random } from '../core/random.js';
import type { RoleBehaviour } from '../scenario/scenario.js';
import { apportion, pick } from './apportion.js';
import type { AudioChoice, Role } from './plan.js';
import { seatAt, seatsIn, type Seating } from './seats.js';

/** What one person does whenever they attend. */
export interface Traits {
  readonly role: Role;
  readonly audio: AudioChoice;
  readonly webcam: boolean;
  readonly raisesHand: boolean;
  readonly reloads: boolean;
  readonly losesNetwork: boolean;
}

/** Random streams of a part; new ones at the end, so that old plans stay the same. */
const STREAM = { webcam: 1, microphone: 2, hand: 3, reload: 4, network: 5 } as const;

/** Traits of every seat of a part. The shares hold in each meeting as exactly as its number of users allows. */
export function traitsOf(seating: Seating, random: Random): readonly Traits[] {
  const { template } = seating;
  const traits: Traits[] = new Array<Traits>(seating.seats);
  for (const role of ['teacher', 'pupil'] as const) {
    const behaviour = template[role];
    const webcams = chosen(seating, role, behaviour.webcamShare, random.derive(STREAM.webcam, roleNumber(role)));
    const microphones = chosen(seating, role, behaviour.microphoneShare, random.derive(STREAM.microphone, roleNumber(role)));
    const hands = chosen(seating, role, behaviour.raiseHandShare, random.derive(STREAM.hand, roleNumber(role)));
    const reloaders = chosen(seating, role, behaviour.reloadShare, random.derive(STREAM.reload, roleNumber(role)));
    const losers = chosen(seating, role, behaviour.networkLossShare, random.derive(STREAM.network, roleNumber(role)));
    forEachSeat(seating, role, (seat) => {
      traits[seat] = { role, audio: audioOf(behaviour, microphones.has(seat)), webcam: webcams.has(seat), raisesHand: hands.has(seat), reloads: reloaders.has(seat), losesNetwork: losers.has(seat) };
    });
  }
  return traits;
}

function audioOf({ audio }: RoleBehaviour, microphone: boolean): AudioChoice {
  return audio === 'listen-only' && microphone ? 'microphone' : audio;
}

const roleNumber = (role: Role): number => (role === 'teacher' ? 0 : 1);

/** Positions of a role in a meeting that the plan uses: from, and how many. */
function positions(meeting: number, seating: Seating, role: Role): readonly [from: number, count: number] {
  const used = seatsIn(meeting, seating);
  const teachers = Math.min(used, seating.template.teachers);
  return role === 'teacher' ? [0, teachers] : [teachers, used - teachers];
}

/** Seats of the role that belong to the share. */
function chosen(seating: Seating, role: Role, share: number, random: Random): ReadonlySet<number> {
  const seats = new Set<number>();
  if (share === 0) return seats;
  const meetings = Array.from({ length: seating.meetingCount }, (_, meeting) => positions(meeting, seating, role));
  const counts = apportion(meetings.map(([, count]) => count), share, random.derive(0));
  meetings.forEach(([from, count], meeting) => {
    for (const index of pick(counts[meeting]!, count, random.derive(1, meeting))) seats.add(seatAt(meeting, from + index, seating));
  });
  return seats;
}

function forEachSeat(seating: Seating, role: Role, visit: (seat: number) => void): void {
  for (let meeting = 0; meeting < seating.meetingCount; meeting++) {
    const [from, count] = positions(meeting, seating, role);
    for (let index = 0; index < count; index++) visit(seatAt(meeting, from + index, seating));
  }
}
