import { DEFAULTS } from './defaults.js';
import type { MeetingEvent, ScenarioEvent } from './event.js';
import { instantMs, lasting, ms, shareOr, type DayClock } from './normalise-values.js';
import type { WrittenEvent, WrittenMeetingEvent } from './shape-events.js';

const D = DEFAULTS.events;

/** An event in meetings; `at` counts from the bell of each. */
export function normaliseMeetingEvent(written: WrittenMeetingEvent, day: DayClock): MeetingEvent {
  return whatHappens(written, lasting(written.at, day), day);
}

/** An event of the day; `at` is an instant of the run. */
export function normaliseEvent(written: WrittenEvent, day: DayClock): ScenarioEvent {
  const atMs = instantMs(written.at, day);
  switch (written.do) {
    case 'exec':
      return { do: 'exec', atMs, name: written.name, command: written.command, timeoutMs: ms(written.timeout ?? D.execTimeout) };
    case 'fault':
      return { do: 'fault', atMs, faults: written.faults, forMs: written.for === undefined ? undefined : lasting(written.for, day) };
    default:
      return { ...whatHappens(written, atMs, day), ...(written.meetings === undefined ? {} : { meetings: written.meetings }) };
  }
}

type WithoutInstant<T> = T extends unknown ? Omit<T, 'at'> : never;

function whatHappens(written: WithoutInstant<WrittenMeetingEvent>, atMs: number, day: DayClock): MeetingEvent {
  const base = { atMs, meetingShare: shareOr(written.meetingShare, D.meetingShare) };
  const withinMs = 'within' in written && written.within !== undefined ? ms(written.within) : ms(D.within);
  switch (written.do) {
    case 'mute':
    case 'screen':
      return { ...base, do: written.do, forMs: lasting(written.for, day) };
    case 'whiteboard':
      return { ...base, do: written.do, forMs: lasting(written.for, day), share: shareOr(written.share, D.drawShare), everyMs: ms(written.every ?? D.drawEvery) };
    case 'poll':
      return { ...base, do: written.do, share: shareOr(written.share, D.voteShare), withinMs };
    case 'slides':
      return { ...base, do: written.do, forMs: lasting(written.for, day), everyMs: ms(written.every ?? D.slidesEvery) };
    case 'react':
      return { ...base, do: written.do, share: shareOr(written.share, D.reactShare), withinMs };
    case 'microphones':
      return { ...base, do: written.do, share: shareOr(written.share, D.microphonesShare), forMs: lasting(written.for, day) };
    case 'breakouts':
      return { ...base, do: written.do, rooms: written.rooms, forMs: lasting(written.for, day), share: shareOr(written.share, D.breakoutShare), withinMs };
    case 'network-loss':
      return { ...base, do: written.do, share: shareOr(written.share, 0), forMs: ms(written.for ?? D.networkLoss) };
    case 'reload':
      return { ...base, do: written.do, share: shareOr(written.share, 0), withinMs };
  }
}
