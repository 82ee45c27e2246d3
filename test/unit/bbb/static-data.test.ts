import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridgesOf, describeBridges, LIVEKIT_BRIDGES, SFU_BRIDGES, usesLivekit } from '../../../src/bbb/bridges.js';
import { readStaticData } from '../../../src/bbb/static-data.js';

describe('the bridges of a meeting', () => {
  it.each([
    [{}, SFU_BRIDGES, 'bbb-webrtc-sfu'],
    [{ audioBridge: 'freeswitch', cameraBridge: 'bbb-webrtc-sfu', screenShareBridge: null }, SFU_BRIDGES, 'bbb-webrtc-sfu'],
    [{ audioBridge: 'livekit', cameraBridge: 'livekit', screenShareBridge: 'livekit' }, LIVEKIT_BRIDGES, 'LiveKit'],
    [{ audioBridge: 'livekit' }, { audio: 'livekit', camera: 'sfu', screen: 'sfu' }, 'LiveKit for audio, bbb-webrtc-sfu for cameras, bbb-webrtc-sfu for the shared screen'],
  ] as const)('of %j', (row, bridges, words) => {
    expect(bridgesOf(row)).toEqual(bridges);
    expect(describeBridges(bridges)).toBe(words);
    expect(usesLivekit(bridges)).toBe(words !== 'bbb-webrtc-sfu');
  });
});

describe('static data', () => {
  const of = (meeting: unknown): string => JSON.stringify({ meeting: [meeting] });
  const withUrl = (url: unknown): string => of({ clientSettings: { clientSettingsJson: { public: { media: { livekit: { url } } } } } });

  it('names the bridges and LiveKit’s address', () => {
    expect(readStaticData(withUrl('wss://bbb.example.org/livekit'))).toEqual({ bridges: SFU_BRIDGES, livekitUrl: 'wss://bbb.example.org/livekit' });
    expect(readStaticData(of({ audioBridge: 'livekit' }))).toMatchObject({ bridges: { audio: 'livekit', camera: 'sfu' }, livekitUrl: undefined });
  });

  it.each([['https://bbb.example.org/livekit'], ['javascript:alert(1)'], ['wss://'], [`wss://h/${'x'.repeat(300)}`], [7], [null]])('takes no address that is none: %s', (url) => {
    expect(readStaticData(withUrl(url))?.livekitUrl).toBeUndefined();
  });

  it.each(['', 'null', '[]', '{}', '{"meeting":[]}', '{"meeting":7}', '<html>'])('says nothing of %j', (text) => {
    expect(readStaticData(text)).toBeUndefined();
  });

  it('reads any text without failing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((json) => `{"meeting":[${json}]}`)), (text) => void readStaticData(text)));
  });
});
