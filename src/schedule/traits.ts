import type { Random } from '../core/random.js';
import type { CameraProfile, LineProfile } from '../scenario/line.js';
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
  /** Is the first teacher of its meeting, and shares the screen once. */
  readonly sharesScreen: boolean;
  /** Undefined: that of the machine. */
  readonly line: LineProfile | undefined;
  readonly forceTurn: boolean;
  /** Undefined: the client's own choice. */
  readonly cameraProfile: CameraProfile | undefined;
}

/** Random streams of a part; new ones at the end, so that old plans stay the same. */
const STREAM = { webcam: 1, microphone: 2, hand: 3, reload: 4, network: 5, screen: 6, line: 7, turn: 8, camera: 9 } as const;

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
    const turned = chosen(seating, role, behaviour.forceTurnShare ?? 0, random.derive(STREAM.turn, roleNumber(role)));
    const screens = role === 'teacher' ? presenters(seating, behaviour.screenShare ?? 0, random.derive(STREAM.screen)) : new Set<number>();
    const lines = dealt(seating, role, behaviour.lines ?? [], random.derive(STREAM.line, roleNumber(role)));
    const profiles = dealt(seating, role, behaviour.cameraProfiles ?? [], random.derive(STREAM.camera, roleNumber(role)));
    forEachSeat(seating, role, (seat) => {
      traits[seat] = {
        role,
        audio: audioOf(behaviour, microphones.has(seat)),
        webcam: webcams.has(seat),
        raisesHand: hands.has(seat),
        reloads: reloaders.has(seat),
        losesNetwork: losers.has(seat),
        sharesScreen: screens.has(seat),
        line: lines.get(seat)?.line,
        forceTurn: turned.has(seat),
        cameraProfile: webcams.has(seat) ? profiles.get(seat)?.profile : undefined,
      };
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

/** First teachers of a share of the meetings. */
function presenters(seating: Seating, share: number, random: Random): ReadonlySet<number> {
  const seats = new Set<number>();
  if (share === 0) return seats;
  const counts = apportion(Array.from({ length: seating.meetingCount }, (_, meeting) => positions(meeting, seating, 'teacher')[1] > 0 ? 1 : 0), share, random);
  counts.forEach((count, meeting) => {
    if (count > 0) seats.add(seatAt(meeting, 0, seating));
  });
  return seats;
}

/** Steps of the golden ratio fill the range from 0 to 1 evenly, wherever they begin and end. */
const GOLDEN = 0.6180339887498949;

/**
 * Which of several things each seat of the role gets; who gets none is not in it. Seats are gone through meeting by meeting, in each by
 * chance, and the n-th gets what stands at u + n·φ (mod 1) of the shares laid end to end: so the shares hold in each stretch of
 * seats, and so in each meeting, about as well as they can.
 */
function dealt<T extends { readonly share: number }>(seating: Seating, role: Role, things: readonly T[], random: Random): ReadonlyMap<number, T> {
  const got = new Map<number, T>();
  if (things.length === 0) return got;
  let point = random.next();
  for (let meeting = 0; meeting < seating.meetingCount; meeting++) {
    const [from, count] = positions(meeting, seating, role);
    for (const index of pick(count, count, random.derive(meeting))) {
      let rest = point;
      const thing = things.find(({ share }) => (rest -= share) < 0);
      if (thing) got.set(seatAt(meeting, from + index, seating), thing);
      point = (point + GOLDEN) % 1;
    }
  }
  return got;
}

function forEachSeat(seating: Seating, role: Role, visit: (seat: number) => void): void {
  for (let meeting = 0; meeting < seating.meetingCount; meeting++) {
    const [from, count] = positions(meeting, seating, role);
    for (let index = 0; index < count; index++) visit(seatAt(meeting, from + index, seating));
  }
}
