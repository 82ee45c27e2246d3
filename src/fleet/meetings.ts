import type { BbbApi } from '../bbb/api.js';
import type { MeetingInfo } from '../bbb/meeting-info.js';
import { serverWords } from '../bbb/message-keys.js';
import { codeOf } from '../core/errors.js';

/** `meta_…` names on every meeting that Firstbell creates; BBB makes them lower case. */
export const RUN_TAG = 'firstbell-run';
export const PURPOSE_TAG = 'firstbell';

export interface MeetingHostOptions {
  /** Ends a meeting that nobody joins, minutes; longer than a run waits for its first users. Default 15. */
  readonly expireIfUnusedMinutes?: number;
  /** Ends a meeting that everybody has left, minutes; longer than the breaks of a scenario. BBB's own default of 1 is too short for these. Default 5. */
  readonly expireWhenEmptyMinutes?: number;
}

/** What it takes of the API. */
export type MeetingCalls = Pick<BbbApi, 'create' | 'end' | 'getMeetings'>;

/** A meeting as it is told of: the name is that of somebody else. */
export interface SeenMeeting {
  readonly name: string;
  readonly users: number;
}

export interface TaggedMeeting {
  readonly meetingId: string;
  readonly runId: string;
}

/** The meetings of a target over its API: has the shape of `MeetingHost` in run/ports.ts. Methods reject as BbbApi does. */
export class ApiMeetingHost {
  readonly #api: MeetingCalls;
  readonly #options: MeetingHostOptions;

  constructor(api: MeetingCalls, options: MeetingHostOptions = {}) {
    this.#api = api;
    this.#options = options;
  }

  /**
   * Creates the meeting, never recorded. Whatever happens to the run, it expires by itself. What a server's own defaults may forbid so that nobody gets in, is heard or
   * is seen as the scenario says (a waiting room, muted microphones, cameras for moderators only), is said for it (bbb-web, bigbluebutton.properties).
   */
  async create({ meetingId, name, runId }: { readonly meetingId: string; readonly name: string; readonly runId: string }, signal: AbortSignal): Promise<void> {
    const { expireIfUnusedMinutes = 15, expireWhenEmptyMinutes = 5 } = this.#options;
    const extra = {
      autoStartRecording: false,
      allowStartStopRecording: false,
      guestPolicy: 'ALWAYS_ACCEPT',
      muteOnStart: false,
      webcamsOnlyForModerator: false,
      meetingExpireIfNoUserJoinedInMinutes: expireIfUnusedMinutes,
      meetingExpireWhenLastUserLeftInMinutes: expireWhenEmptyMinutes,
    };
    // Whoever sees it in a list knows what it is.
    await this.#api.create({ meetingID: meetingId, name: `${name} · Firstbell test`, meta: { [RUN_TAG]: runId, [PURPOSE_TAG]: 'load test' }, extra }, signal);
  }

  /** Ends the meeting; one that is already gone counts as ended. */
  async end(meetingId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.end(meetingId, signal);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'MEETING_NOT_FOUND' && code !== 'MEETING_ENDED') throw error;
    }
  }

  /** Meetings of others, also those that nobody has joined yet; breakout rooms of ours are ours. */
  async foreign(signal: AbortSignal): Promise<readonly SeenMeeting[]> {
    const meetings = await this.#live(signal);
    const ours = new Set(meetings.filter(isTagged).flatMap((meeting) => [meeting.meetingID, meeting.internalMeetingID]));
    return meetings
      .filter((meeting) => !isTagged(meeting) && !(meeting.isBreakout && ours.has(meeting.parentMeetingID)))
      .map(asSeen);
  }

  /**
   * Meetings of other runs that somebody is in, breakout rooms left out. Empty ones are passed over: a run that was killed leaves them for some
   * minutes, and they cost a server next to nothing.
   */
  async otherRuns(runId: string, signal: AbortSignal): Promise<readonly SeenMeeting[]> {
    return (await this.#live(signal))
      .filter((meeting) => isTagged(meeting) && meeting.metadata[RUN_TAG] !== runId && !meeting.isBreakout && meeting.participants > 0)
      .map(asSeen);
  }

  /** Users in the meetings of a run, breakout rooms left out: who is in one is in the meeting, too. Names where getMeetings lists the attendees. */
  async present(runId: string, signal: AbortSignal): Promise<readonly { readonly meetingId: string; readonly users: number; readonly names: readonly string[] | undefined }[]> {
    return (await this.#live(signal))
      .filter((meeting) => meeting.metadata[RUN_TAG] === runId && !meeting.isBreakout)
      .map(({ meetingID, participants, attendees }) => ({ meetingId: meetingID, users: participants, names: attendees.length === participants ? attendees.map(({ fullName }) => fullName) : undefined }));
  }

  /** Ids of the meetings of a run. */
  async ours(runId: string, signal: AbortSignal): Promise<readonly string[]> {
    return (await this.oursAnyRun(signal)).filter((meeting) => meeting.runId === runId).map(({ meetingId }) => meetingId);
  }

  /** Meetings of whichever run, for cleaning up after runs whose folder is lost. */
  async oursAnyRun(signal: AbortSignal): Promise<readonly TaggedMeeting[]> {
    return (await this.#live(signal)).filter((meeting) => isTagged(meeting) && !meeting.isBreakout).map((meeting) => ({ meetingId: meeting.meetingID, runId: meeting.metadata[RUN_TAG]! }));
  }

  /** BBB lists a meeting for a while after it has been ended. */
  async #live(signal: AbortSignal): Promise<readonly MeetingInfo[]> {
    return (await this.#api.getMeetings(signal)).filter((meeting) => !meeting.ended);
  }
}

function isTagged(meeting: MeetingInfo): boolean {
  return Object.hasOwn(meeting.metadata, RUN_TAG);
}

function asSeen({ name, participants }: MeetingInfo): SeenMeeting {
  return { name: serverWords(name, 100), users: participants };
}
