import { describe, expect, it } from 'vitest';
import type { CreateParams } from '../../../src/bbb/api.js';
import type { MeetingInfo } from '../../../src/bbb/meeting-info.js';
import { HarnessError, type ErrorCode } from '../../../src/core/errors.js';
import { ApiMeetingHost, type MeetingCalls } from '../../../src/fleet/meetings.js';
import type { MeetingHost } from '../../../src/run/ports.js';

const signal = new AbortController().signal;

function meeting(named: Partial<MeetingInfo>): MeetingInfo {
  const plain: MeetingInfo = { meetingID: 'm', internalMeetingID: 'm-1', name: 'A meeting', running: true, ended: false, participants: 0, moderators: 0, listeners: 0, voiceParticipants: 0, videos: 0, isBreakout: false, parentMeetingID: '', metadata: {}, attendees: [] };
  return { ...plain, ...named };
}

class FakeApi implements MeetingCalls {
  readonly created: CreateParams[] = [];
  readonly ended: string[] = [];
  constructor(
    readonly meetings: readonly MeetingInfo[] = [],
    readonly endFails?: ErrorCode,
  ) {}

  async create(params: CreateParams): Promise<{ internalMeetingID: string; createTime: string }> {
    this.created.push(params);
    return { internalMeetingID: 'x-1', createTime: '1' };
  }

  async end(meetingID: string): Promise<void> {
    if (this.endFails) throw new HarnessError(this.endFails, 'end fails');
    this.ended.push(meetingID);
  }

  async getMeetings(): Promise<readonly MeetingInfo[]> {
    return this.meetings;
  }
}

describe('ApiMeetingHost', () => {
  it('has the shape of the port that a run asks for', () => {
    const host: MeetingHost = new ApiMeetingHost(new FakeApi());
    expect(host).toBeInstanceOf(ApiMeetingHost);
  });

  it('creates meetings that carry the run, are never recorded and expire by themselves', async () => {
    const api = new FakeApi();
    await new ApiMeetingHost(api).create({ meetingId: 'firstbell-r1-0', name: 'Maths 8b', runId: 'r1' }, signal);
    expect(api.created).toEqual([
      {
        meetingID: 'firstbell-r1-0',
        name: 'Maths 8b · Firstbell test',
        meta: { 'firstbell-run': 'r1', firstbell: 'load test' },
        extra: { autoStartRecording: false, allowStartStopRecording: false, guestPolicy: 'ALWAYS_ACCEPT', muteOnStart: false, webcamsOnlyForModerator: false, meetingExpireIfNoUserJoinedInMinutes: 15, meetingExpireWhenLastUserLeftInMinutes: 5 },
      },
    ]);
  });

  it('lets a caller say when they expire', async () => {
    const api = new FakeApi();
    await new ApiMeetingHost(api, { expireIfUnusedMinutes: 2, expireWhenEmptyMinutes: 1 }).create({ meetingId: 'm', name: 'n', runId: 'r' }, signal);
    expect(api.created[0]!.extra).toMatchObject({ meetingExpireIfNoUserJoinedInMinutes: 2, meetingExpireWhenLastUserLeftInMinutes: 1 });
  });

  it('ends a meeting', async () => {
    const api = new FakeApi();
    await new ApiMeetingHost(api).end('m', signal);
    expect(api.ended).toEqual(['m']);
  });

  it.each<ErrorCode>(['MEETING_NOT_FOUND', 'MEETING_ENDED'])('counts a meeting as ended when the target says %s', async (code) => {
    await expect(new ApiMeetingHost(new FakeApi([], code)).end('m', signal)).resolves.toBeUndefined();
  });

  it.each<ErrorCode>(['TARGET_TIMEOUT', 'API_CHECKSUM', 'TARGET_HTTP_STATUS'])('does not when the target answers with %s', async (code) => {
    await expect(new ApiMeetingHost(new FakeApi([], code)).end('m', signal)).rejects.toMatchObject({ code });
  });

  const OURS = meeting({ meetingID: 'firstbell-r1-0', internalMeetingID: 'abc-1', metadata: { 'firstbell-run': 'r1' } });
  const MEETINGS = [
    OURS,
    meeting({ meetingID: 'firstbell-r2-0', metadata: { 'firstbell-run': 'r2' } }),
    meeting({ meetingID: 'firstbell-r1-1', metadata: { 'firstbell-run': 'r1' }, ended: true }),
    meeting({ meetingID: 'breakout-1', isBreakout: true, parentMeetingID: 'abc-1', participants: 4 }),
    meeting({ meetingID: 'breakout-2', isBreakout: true, parentMeetingID: 'firstbell-r1-0', participants: 4 }),
    meeting({ meetingID: 'breakout-4', isBreakout: true, parentMeetingID: 'abc-1', metadata: { 'firstbell-run': 'r1' } }),
    meeting({ meetingID: 'breakout-3', isBreakout: true, parentMeetingID: 'theirs-1', name: 'Group 1', participants: 5 }),
    meeting({ meetingID: 'staff', name: 'Staff\u001b[2J room', participants: 12 }),
    meeting({ meetingID: 'empty', name: 'Nobody yet', running: false }),
    meeting({ meetingID: 'over', name: 'Over', ended: true, participants: 30 }),
  ];

  it('tells meetings of others from ours, from breakout rooms of ours and from ended ones', async () => {
    expect(await new ApiMeetingHost(new FakeApi(MEETINGS)).foreign(signal)).toEqual([
      { name: 'Group 1', users: 5 },
      { name: 'Staff [2J room', users: 12 },
      { name: 'Nobody yet', users: 0 },
    ]);
  });

  it('hides no meeting of others because a server leaves ids out', async () => {
    const meetings = [meeting({ meetingID: '', internalMeetingID: '', metadata: { 'firstbell-run': 'r1' } }), meeting({ name: 'Staff', participants: 3 })];
    expect(await new ApiMeetingHost(new FakeApi(meetings)).foreign(signal)).toEqual([{ name: 'Staff', users: 3 }]);
  });

  it('tells other runs by who is in their meetings', async () => {
    const host = new ApiMeetingHost(
      new FakeApi([
        ...MEETINGS,
        meeting({ meetingID: 'firstbell-r2-1', name: 'School 4', metadata: { 'firstbell-run': 'r2' }, participants: 3 }),
        meeting({ meetingID: 'firstbell-r2-2', metadata: { 'firstbell-run': 'r2' }, participants: 9, ended: true }),
        meeting({ meetingID: 'breakout-5', isBreakout: true, parentMeetingID: 'abc-2', metadata: { 'firstbell-run': 'r2' }, participants: 2 }),
      ]),
    );
    expect(await host.otherRuns('r1', signal)).toEqual([{ name: 'School 4', users: 3 }]);
    expect(await host.otherRuns('r2', signal)).toEqual([]);
  });

  it('finds the meetings of a run, and of any', async () => {
    const host = new ApiMeetingHost(new FakeApi(MEETINGS));
    expect(await host.ours('r1', signal)).toEqual(['firstbell-r1-0']);
    expect(await host.ours('r3', signal)).toEqual([]);
    expect(await host.oursAnyRun(signal)).toEqual([
      { meetingId: 'firstbell-r1-0', runId: 'r1' },
      { meetingId: 'firstbell-r2-0', runId: 'r2' },
    ]);
  });
});
