import { describe, expect, it } from 'vitest';
import { meetingFrom } from '../../../src/bbb/meeting-info.js';
import { parseResponse } from '../../../src/bbb/xml.js';

const INFO = `<response><returncode>SUCCESS</returncode>
<meetingName>Maths 8b</meetingName><meetingID>firstbell-r1-0</meetingID><internalMeetingID>d33c-1785753110005</internalMeetingID>
<createTime>1785753110005</createTime><running>true</running><hasUserJoined>true</hasUserJoined><hasBeenForciblyEnded>false</hasBeenForciblyEnded>
<participantCount>25</participantCount><listenerCount>23</listenerCount><voiceParticipantCount>2</voiceParticipantCount><videoCount>1</videoCount>
<maxUsers>0</maxUsers><moderatorCount>1</moderatorCount>
<attendees><attendee><userID>t-1</userID><fullName>Frau &#352;af&#225;&#345;</fullName><role>MODERATOR</role></attendee></attendees>
<metadata><firstbell-run><![CDATA[r1]]></firstbell-run><server-tag>x</server-tag></metadata><isBreakout>false</isBreakout></response>`;

describe('meetingFrom', () => {
  it('reads counters, metadata and attendees', () => {
    expect(meetingFrom(parseResponse(INFO))).toEqual({
      meetingID: 'firstbell-r1-0',
      internalMeetingID: 'd33c-1785753110005',
      name: 'Maths 8b',
      running: true,
      ended: false,
      participants: 25,
      moderators: 1,
      listeners: 23,
      voiceParticipants: 2,
      videos: 1,
      isBreakout: false,
      parentMeetingID: '',
      metadata: { 'firstbell-run': 'r1', 'server-tag': 'x' },
      attendees: [{ userID: 't-1', fullName: 'Frau Šafář', role: 'MODERATOR' }],
    });
  });

  it.each(['', '-1', '1e3', 'NaN', '12345678901'])('counts %j as 0', (count) => {
    expect(meetingFrom(parseResponse(`<response><a>1</a><participantCount>${count}</participantCount></response>`)).participants).toBe(0);
  });

  it('leaves nested metadata out', () => {
    expect(meetingFrom(parseResponse('<response><metadata><a><b>1</b></a><c>2</c></metadata></response>')).metadata).toEqual({ c: '2' });
  });
});
