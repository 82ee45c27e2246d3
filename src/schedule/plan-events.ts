import type { Random } from '../core/random.js';
import type { Action, PlannedAction } from '../scenario/action.js';
import type { MeetingEvent, ScenarioEvent } from '../scenario/event.js';
import type { MeetingTemplate } from '../scenario/scenario.js';
import { apportion, pick } from './apportion.js';
import type { Attendance, Happening, PlannedMeeting } from './plan.js';
import { poisson } from './role-actions.js';

export type AttendanceDraft = Omit<Attendance, 'seq'>;

/** What events add to one attendance. */
export interface Added {
  readonly actions: PlannedAction[];
  networkLoss?: { readonly atMs: number; readonly forMs: number };
  reloadAtMs?: number;
}

interface Meeting extends PlannedMeeting {
  /** From which the events of a template count. */
  readonly bellMs: number;
}

const STREAM = { meetings: 0, people: 1, times: 2 } as const;

/** What events make of the attendances; `attendances[i]` gets `added[i]`. Events of templates come before those of the day. */
export function planEvents(meetings: readonly Meeting[], attendances: readonly AttendanceDraft[], templates: Readonly<Record<string, MeetingTemplate>>, events: readonly ScenarioEvent[], random: Random): ReadonlyMap<number, Added> {
  const added = new Map<number, Added>();
  const inMeetings = events.filter((event): event is MeetingEvent => event.do !== 'exec' && event.do !== 'fault');
  const ofTemplates = Object.values(templates).flatMap(({ name, events: own }) => own.map((event) => ({ name, event })));
  if (inMeetings.length === 0 && ofTemplates.length === 0) return added;
  const people = peopleOf(meetings.length, attendances);
  const happen = (event: MeetingEvent, number: number, where: readonly Meeting[], atOf: (meeting: Meeting) => number): void => {
    const chance = random.derive(number);
    const chosen = apportion(where.map(() => 1), event.meetingShare, chance.derive(STREAM.meetings));
    where.forEach((meeting, index) => {
      if (chosen[index] === 1) new MeetingMoment({ event, atMs: atOf(meeting), people: people[meeting.index]!, attendances, added, random: chance.derive(meeting.index) }).plan();
    });
  };
  ofTemplates.forEach(({ name, event }, index) => happen(event, index, meetings.filter(({ template }) => template === name), ({ bellMs }) => bellMs + event.atMs));
  inMeetings.forEach((event, index) => {
    const where = meetings.filter(({ template, opensMs, closesMs }) => (event.meetings === undefined || event.meetings === template) && opensMs <= event.atMs && event.atMs < closesMs);
    happen(event, ofTemplates.length + index, where, () => event.atMs);
  });
  for (const { actions } of added.values()) actions.sort((a, b) => a.atMs - b.atMs);
  return added;
}

/** Indices of the attendances of each meeting, by due time. */
function peopleOf(meetings: number, attendances: readonly AttendanceDraft[]): readonly (readonly number[])[] {
  const people: number[][] = Array.from({ length: meetings }, () => []);
  attendances.forEach(({ meeting, dropped }, index) => {
    if (!dropped) people[meeting]!.push(index);
  });
  return people;
}

interface Moment {
  readonly event: MeetingEvent;
  readonly atMs: number;
  /** Indices of the attendances of the meeting, by due time. */
  readonly people: readonly number[];
  readonly attendances: readonly AttendanceDraft[];
  readonly added: Map<number, Added>;
  readonly random: Random;
}

/** One event in one meeting. */
class MeetingMoment {
  readonly #moment: Moment;

  constructor(moment: Moment) {
    this.#moment = moment;
  }

  plan(): void {
    const { event, atMs } = this.#moment;
    switch (event.do) {
      case 'mute':
        return this.#forAWhile((on) => ({ do: 'mute-meeting', on }), event.forMs);
      case 'screen':
        return this.#forAWhile((on) => ({ do: 'share-screen', on }), event.forMs);
      case 'whiteboard':
        this.#forAWhile((on) => ({ do: 'open-whiteboard', on }), event.forMs);
        if (this.#presenter !== undefined) for (const user of this.#some(event.share, this.#others)) for (const at of poisson(atMs, atMs + event.forMs, event.everyMs, this.#timesOf(user))) this.#act(user, at, { do: 'draw' });
        return;
      case 'poll':
        return this.#callOthers({ do: 'start-poll' }, { do: 'vote' }, event);
      case 'breakouts':
        return this.#callOthers({ do: 'open-breakouts', rooms: event.rooms, forMs: event.forMs }, { do: 'enter-breakout' }, event);
      case 'slides':
        for (let at = atMs; at < atMs + event.forMs; at += event.everyMs) this.#act(this.#presenter, at, { do: 'next-slide' });
        return;
      case 'react':
        return this.#eachWithin(this.#some(event.share, this.#present), { do: 'react' }, event.withinMs);
      case 'microphones':
        for (const user of this.#some(event.share, this.#present.filter((one) => this.#moment.attendances[one]!.audio === 'microphone'))) {
          this.#act(user, atMs, { do: 'microphone', on: true });
          this.#act(user, atMs + event.forMs, { do: 'microphone', on: false });
        }
        return;
      case 'network-loss':
        for (const user of this.#some(event.share, this.#present)) this.#to(user).networkLoss ??= { atMs, forMs: event.forMs };
        return;
      case 'reload':
        for (const user of this.#some(event.share, this.#present)) this.#to(user).reloadAtMs ??= Math.round(atMs + event.withinMs * this.#timesOf(user).next());
        return;
    }
  }

  /** The first teacher to come gets to present; undefined: there is none at this instant. */
  get #presenter(): number | undefined {
    return this.#present.find((one) => this.#moment.attendances[one]!.role === 'teacher');
  }

  get #present(): readonly number[] {
    return this.#moment.people.filter((one) => this.#moment.attendances[one]!.dueMs <= this.#moment.atMs && this.#moment.atMs < this.#moment.attendances[one]!.leaveMs);
  }

  get #others(): readonly number[] {
    const presenter = this.#presenter;
    return this.#present.filter((one) => one !== presenter);
  }

  #forAWhile(action: (on: boolean) => Action, forMs: number): void {
    this.#act(this.#presenter, this.#moment.atMs, action(true));
    this.#act(this.#presenter, this.#moment.atMs + forMs, action(false));
  }

  #callOthers(call: Action, answer: Action, { share, withinMs }: { readonly share: number; readonly withinMs: number }): void {
    if (this.#presenter === undefined) return;
    this.#act(this.#presenter, this.#moment.atMs, call);
    this.#eachWithin(this.#some(share, this.#others), answer, withinMs);
  }

  #eachWithin(users: readonly number[], action: Action, withinMs: number): void {
    for (const user of users) this.#act(user, this.#moment.atMs + withinMs * this.#timesOf(user).next(), action);
  }

  /** Share of them; the number below or above by chance, so that many meetings together come to the share. */
  #some(share: number, users: readonly number[]): readonly number[] {
    const random = this.#moment.random.derive(STREAM.people);
    const count = Math.min(users.length, Math.floor(Number((users.length * share).toPrecision(12)) + random.next()));
    const chosen = pick(count, users.length, random.derive(0));
    return users.filter((_, index) => chosen.has(index));
  }

  #timesOf(user: number): Random {
    return this.#moment.random.derive(STREAM.times, user);
  }

  /** Nothing is planned for after the user has left. */
  #act(user: number | undefined, atMs: number, action: Action): void {
    if (user === undefined || atMs >= this.#moment.attendances[user]!.leaveMs) return;
    this.#to(user).actions.push({ atMs: Math.round(atMs), action });
  }

  #to(user: number): Added {
    let added = this.#moment.added.get(user);
    if (!added) this.#moment.added.set(user, (added = { actions: [] }));
    return added;
  }
}

/** What happens beside the users. A change of faults carries all that are in force from then on. */
export function planHappenings(events: readonly ScenarioEvent[]): readonly Happening[] {
  const happenings: Happening[] = [];
  const faults = events.flatMap((event) => (event.do === 'fault' ? [event] : []));
  const endOf = ({ atMs, forMs }: (typeof faults)[number]): number => (forMs === undefined ? Number.POSITIVE_INFINITY : atMs + forMs);
  for (const event of events) if (event.do === 'exec') happenings.push({ atMs: event.atMs, do: 'exec', name: event.name, command: event.command, timeoutMs: event.timeoutMs });
  const changes = new Set(faults.flatMap((fault) => [fault.atMs, endOf(fault)]).filter((atMs) => Number.isFinite(atMs)));
  for (const atMs of changes) happenings.push({ atMs, do: 'faults', faults: faults.filter((fault) => fault.atMs <= atMs && atMs < endOf(fault)).flatMap((fault) => fault.faults) });
  return happenings.sort((a, b) => a.atMs - b.atMs);
}
