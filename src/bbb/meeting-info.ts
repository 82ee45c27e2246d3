import { childOf, listOf, textOf, type XmlObject } from './xml.js';

/** A meeting as getMeetings and getMeetingInfo tell it. The counters lag the clients by the server's own message loop. */
export interface MeetingInfo {
  readonly meetingID: string;
  readonly internalMeetingID: string;
  readonly name: string;
  readonly running: boolean;
  readonly ended: boolean;
  readonly participants: number;
  readonly moderators: number;
  readonly listeners: number;
  readonly voiceParticipants: number;
  readonly videos: number;
  readonly isBreakout: boolean;
  readonly parentMeetingID: string;
  /** By name without `meta_`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Servers tell in both answers, some balancers in getMeetingInfo only. */
  readonly attendees: readonly { readonly userID: string; readonly fullName: string; readonly role: string }[];
}

export function meetingFrom(xml: XmlObject): MeetingInfo {
  const metadata = childOf(xml, 'metadata') ?? {};
  return {
    meetingID: textOf(xml, 'meetingID'),
    internalMeetingID: textOf(xml, 'internalMeetingID'),
    name: textOf(xml, 'meetingName'),
    running: textOf(xml, 'running') === 'true',
    ended: textOf(xml, 'hasBeenForciblyEnded') === 'true',
    participants: countOf(xml, 'participantCount'),
    moderators: countOf(xml, 'moderatorCount'),
    listeners: countOf(xml, 'listenerCount'),
    voiceParticipants: countOf(xml, 'voiceParticipantCount'),
    videos: countOf(xml, 'videoCount'),
    isBreakout: textOf(xml, 'isBreakout') === 'true',
    parentMeetingID: textOf(xml, 'parentMeetingID'),
    metadata: Object.fromEntries(Object.entries(metadata).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    attendees: listOf(childOf(xml, 'attendees'), 'attendee').map((one) => ({ userID: textOf(one, 'userID'), fullName: textOf(one, 'fullName'), role: textOf(one, 'role') })),
  };
}

/** A non-negative whole number; anything else counts as 0, since a broken counter must not stop a run. */
function countOf(xml: XmlObject, name: string): number {
  const text = textOf(xml, name);
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
