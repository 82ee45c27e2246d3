import { ParticipantInfo, ParticipantInfo_State, TrackInfo, TrackSource, TrackType } from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { RoomView } from '../../../../src/native/livekit/room-view.js';

const track = (sid: string, name: string): TrackInfo => new TrackInfo({ sid, name, type: TrackType.VIDEO, source: TrackSource.CAMERA });
const participant = (sid: string, version: number, tracks: readonly TrackInfo[] = [], state = ParticipantInfo_State.ACTIVE): ParticipantInfo => new ParticipantInfo({ sid, identity: `user of ${sid}`, version, state, tracks: [...tracks] });

describe('what others publish in a room', () => {
  it('is what the newest update of each says, and nothing of one’s own', () => {
    const view = new RoomView();
    view.begin('PA_me', [participant('PA_a', 1, [track('TR_1', 'camera a')]), participant('PA_me', 1, [track('TR_me', 'mine')])]);
    view.update([participant('PA_b', 1, [track('TR_2', 'camera b')])]);
    expect(view.tracks.map(({ sid, participantSid, identity, kind }) => [sid, participantSid, identity, kind])).toEqual([
      ['TR_1', 'PA_a', 'user of PA_a', 'video'],
      ['TR_2', 'PA_b', 'user of PA_b', 'video'],
    ]);
  });

  it('does not go back when an older update comes late', () => {
    const view = new RoomView();
    view.begin('PA_me', [participant('PA_a', 1)]);
    view.update([participant('PA_a', 3, [track('TR_1', 'camera a')])]);
    view.update([participant('PA_a', 2)]);
    expect(view.tracks.map(({ sid }) => sid)).toEqual(['TR_1']);
    view.update([participant('PA_a', 4)]);
    expect(view.tracks).toEqual([]);
  });

  it('ends with its participant, and begins anew in another room', () => {
    const view = new RoomView();
    view.begin('PA_me', [participant('PA_a', 1, [track('TR_1', 'camera a')])]);
    view.update([participant('PA_a', 2, [track('TR_1', 'camera a')], ParticipantInfo_State.DISCONNECTED)]);
    expect(view.tracks).toEqual([]);
    view.update([participant('PA_b', 1, [track('TR_2', 'camera b')])]);
    view.begin('PA_again', []);
    expect(view.tracks).toEqual([]);
  });

  it('leaves out what is neither sound nor picture, and what has no name at the server', () => {
    const view = new RoomView();
    view.begin('PA_me', [participant('PA_a', 1, [new TrackInfo({ sid: 'TR_d', type: TrackType.DATA }), track('', 'nameless')])]);
    expect(view.tracks).toEqual([]);
  });
});
