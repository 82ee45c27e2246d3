import type { Attendance, UserKind } from '../schedule/plan.js';
import type { Company, Stay } from '../vu/media-watch.js';

interface Sender {
  readonly seq: number;
  readonly sound: readonly Stay[];
  readonly pictures: readonly Stay[];
  readonly losses: readonly Stay[];
}

/** Microphones are off from then on, for all but the one who muted them; undefined: for all. */
interface Muting {
  readonly atMs: number;
  readonly but: number | undefined;
}

/** What a meeting is by plan. */
interface Circle {
  readonly senders: Sender[];
  /** From the opening of breakout rooms until they have ended, in order. */
  readonly rooms: readonly Stay[];
}

/** The time of breakout rooms counts from when they are there; a browser user opens them through a dialogue. */
const TO_OPEN_MS = 15_000;

/** Who by plan is with whom, in each meeting of a whole run: a share of it may have only some of them. */
export class Companies {
  readonly #circles = new Map<number, Circle>();
  readonly #mixed: ReadonlySet<number>;

  constructor(attendances: readonly Attendance[]) {
    this.#mixed = mixedMeetings(attendances);
    for (const [meeting, people] of byMeeting(attendances)) {
      const rooms = roomsOf(people);
      const muting = mutingOf(people);
      const senders = people.map((one) => senderOf(one, rooms, muting)).filter(({ sound, pictures }) => sound.length + pictures.length > 0);
      if (senders.length > 0) this.#circles.set(meeting, { senders, rooms });
    }
  }

  /** Whether a meeting has users of both kinds. */
  isMixed(meeting: number): boolean {
    return this.#mixed.has(meeting);
  }

  /** When who sends what beside a user in its meeting, without the user itself and without what the plan keeps from it. */
  of(attendance: Attendance): Company {
    const { senders, rooms } = this.#circles.get(attendance.meeting) ?? { senders: [], rooms: [] };
    const others = senders.filter(({ seq }) => seq !== attendance.seq);
    const own = awaysOf(attendance, rooms);
    const cameras = others.filter(({ pictures }) => pictures.length > 0);
    // Of more cameras than it views, those that it does may be the ones whose network is gone.
    const unseen = cameras.length > attendance.cameraViews ? cameras.flatMap(({ losses }) => losses) : [];
    return { sound: others.flatMap(({ sound }) => without(sound, own)), pictures: cameras.flatMap(({ pictures }) => without(pictures, [...own, ...unseen])) };
  }
}

function byMeeting(attendances: readonly Attendance[]): ReadonlyMap<number, readonly Attendance[]> {
  const meetings = new Map<number, Attendance[]>();
  for (const one of attendances) {
    if (one.dropped) continue;
    const people = meetings.get(one.meeting);
    if (people) people.push(one);
    else meetings.set(one.meeting, [one]);
  }
  return meetings;
}

/** By plan it sends all the time, but for what is left out. Who switches the microphone on and off may be silent for long. */
function senderOf(attendance: Attendance, rooms: readonly Stay[], muting: Muting | undefined): Sender {
  const { seq, dueMs, leaveMs, audio, webcam, reloadAtMs, actions = [] } = attendance;
  const speaks = audio === 'microphone' && !actions.some(({ action }) => action.do === 'microphone');
  const mutedMs = muting === undefined || muting.but === seq ? leaveMs : muting.atMs;
  // Nobody shares the camera anew in the client that a reload brings, or after a breakout room.
  const cameraEndsMs = Math.min(reloadAtMs ?? leaveMs, ...actions.flatMap(({ atMs, action }) => (action.do === 'enter-breakout' ? [atMs] : [])));
  const aways = awaysOf(attendance, rooms);
  const until = (endMs: number): readonly Stay[] => without([{ fromMs: dueMs, untilMs: Math.min(leaveMs, endMs) }], aways);
  return { seq, sound: speaks ? until(mutedMs) : [], pictures: webcam ? until(cameraEndsMs) : [], losses: lossesOf(attendance) };
}

/**
 * When a user by plan hears, sees and sends nothing in its meeting. A reload is over at once, as is the way into a meeting: how long that may take is the
 * patience of who waits for it (media-watch.ts).
 */
function awaysOf(attendance: Attendance, rooms: readonly Stay[]): readonly Stay[] {
  const { reloadAtMs, actions = [] } = attendance;
  const reloads = reloadAtMs === undefined ? [] : [{ fromMs: reloadAtMs, untilMs: reloadAtMs }];
  const inRooms = actions.flatMap(({ atMs, action }) => (action.do === 'enter-breakout' ? [{ fromMs: atMs, untilMs: endOfRooms(atMs, rooms) }] : []));
  return [...reloads, ...lossesOf(attendance), ...inRooms];
}

/** Native users come back with what they had (native/audio-leg.ts, video-legs.ts); what the client in a browser asks of a person then is not known. */
function lossesOf({ networkLoss, kind }: Attendance): readonly Stay[] {
  if (networkLoss === undefined) return [];
  const { atMs, forMs } = networkLoss;
  return [{ fromMs: atMs, untilMs: kind === 'native' ? atMs + forMs : Number.POSITIVE_INFINITY }];
}

/** Of those that were opened last. */
function endOfRooms(atMs: number, rooms: readonly Stay[]): number {
  return rooms.reduce((endMs, { fromMs, untilMs }) => (fromMs <= atMs ? untilMs : endMs), Number.POSITIVE_INFINITY);
}

/** Breakout rooms, in order. Their maker ends them, if still there; else the server does in its own time, which is not counted upon. */
function roomsOf(people: readonly Attendance[]): readonly Stay[] {
  return people
    .flatMap(({ leaveMs, actions = [] }) =>
      actions.flatMap(({ atMs, action }) => {
        if (action.do !== 'open-breakouts') return [];
        const endMs = atMs + TO_OPEN_MS + action.forMs;
        return [{ fromMs: atMs, untilMs: endMs < leaveMs ? endMs : Number.POSITIVE_INFINITY }];
      }),
    )
    .sort((a, b) => a.fromMs - b.fromMs);
}

/**
 * The first time at which a meeting is muted. What follows is not counted upon: BigBlueButton lets people speak again, but they unmute themselves. The
 * presenter stays on: by plan the teacher who mutes, if there is no other who may have come first and got to present.
 */
function mutingOf(people: readonly Attendance[]): Muting | undefined {
  const teachers = people.filter(({ role }) => role === 'teacher').length;
  let first: Muting | undefined;
  for (const { seq, actions = [] } of people) {
    for (const { atMs, action } of actions) {
      if (action.do === 'mute-meeting' && action.on && (first === undefined || atMs < first.atMs)) first = { atMs, but: teachers === 1 ? seq : undefined };
    }
  }
  return first;
}

/** What is left of stays when others are cut out of them; one of no length parts in two. */
function without(stays: readonly Stay[], aways: readonly Stay[]): readonly Stay[] {
  return aways.reduce((left, away) => left.flatMap((stay) => cut(stay, away)), stays).filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

function cut(stay: Stay, away: Stay): readonly Stay[] {
  if (away.untilMs < stay.fromMs || stay.untilMs <= away.fromMs) return [stay];
  return [
    { fromMs: stay.fromMs, untilMs: away.fromMs },
    { fromMs: away.untilMs, untilMs: stay.untilMs },
  ];
}

function mixedMeetings(attendances: readonly Attendance[]): ReadonlySet<number> {
  const having = (kind: UserKind): ReadonlySet<number> => new Set(attendances.filter((one) => one.kind === kind).map(({ meeting }) => meeting));
  const native = having('native');
  return new Set([...having('browser')].filter((meeting) => native.has(meeting)));
}
