import { describe, expect, it } from 'vitest';
import { directionOf, midOf, payloadTypeOf, sectionsOf, trackIdOf, withActive } from '../../../src/rtc/sdp.js';

const SECTION = (kind: string, mid: string, direction: string): string => `m=${kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${mid}\r\na=${direction}\r\na=msid:PA_1|TR_${mid} TR_${mid}\r\na=ssrc:${mid}7 cname:c\r\na=rtpmap:111 opus/48000/2\r\n`;
const SDP = `v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\n${SECTION('audio', 'microphone', 'sendonly')}${SECTION('video', 'camera', 'sendonly')}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\na=sendrecv\r\n`;

describe('a description of several tracks', () => {
  it('falls into its sections', () => {
    const sections = sectionsOf(SDP);
    expect(sections.map(({ kind, text }) => [kind, midOf(text), directionOf(text), trackIdOf(text)])).toEqual([
      ['audio', 'microphone', 'sendonly', 'TR_microphone'],
      ['video', 'camera', 'sendonly', 'TR_camera'],
      ['application', '0', 'sendrecv', undefined],
    ]);
    expect(payloadTypeOf(sections[0]!.text, 'opus')).toBe(111);
    expect(directionOf('m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n')).toBe('sendrecv');
  });

  it('offers what is in use, and says nothing of tracks that are not', () => {
    const offered = sectionsOf(withActive(SDP, new Set(['camera'])));
    expect(offered.map(({ text }) => [directionOf(text), trackIdOf(text), /^a=ssrc:/m.test(text)])).toEqual([
      ['inactive', undefined, false],
      ['sendonly', 'TR_camera', true],
      ['sendrecv', undefined, false],
    ]);
    expect(withActive(SDP, new Set(['microphone', 'camera']))).toBe(SDP);
    // Every line still ends as SDP demands.
    expect(withActive(SDP, new Set()).replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });
});
