import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_SFU_FRAME_BYTES, parseSfuEvent, parseSfuRequest, SFU_ERRORS, sfuErrorName } from '../../../src/bbb/sfu.js';

type Message = Readonly<Record<string, unknown>>;
const { flows } = JSON.parse(readFileSync(new URL('../../fixtures/captures/sfu-signaling.json', import.meta.url), 'utf8')) as {
  flows: Record<string, { messages: readonly { direction: string; message: Message }[] }>;
};

/** The n-th recorded message of a flow, as text. */
const text = (flow: string, n: number): string => JSON.stringify(flows[flow]!.messages[n]!.message);
const field = (flow: string, n: number, name: string): unknown => flows[flow]!.messages[n]!.message[name];
const CAMERA = String(field('cameraShare', 0, 'cameraId'));

describe('recorded requests', () => {
  it.each([
    ['a microphone', 'fullAudio', 0, { id: 'start', type: 'audio', role: 'sendrecv', sdpOffer: undefined }],
    ['listening only', 'listenOnly', 0, { id: 'start', type: 'audio', role: 'passive-sendrecv', sdpOffer: undefined }],
    ['a camera to share', 'cameraShare', 0, { id: 'start', type: 'video', role: 'share', cameraId: CAMERA, sdpOffer: field('cameraShare', 0, 'sdpOffer'), bitrate: 200 }],
    ['a camera to view', 'cameraView', 0, { id: 'start', type: 'video', role: 'viewer', cameraId: CAMERA, sdpOffer: undefined, bitrate: 200 }],
    ['an answer for audio, in the field of an offer', 'fullAudio', 2, { id: 'subscriberAnswer', type: 'audio', role: 'sendrecv', cameraId: '', answer: field('fullAudio', 2, 'sdpOffer') }],
    ['an answer for video', 'cameraView', 2, { id: 'subscriberAnswer', type: 'video', role: 'viewer', cameraId: CAMERA, answer: field('cameraView', 2, 'answer') }],
    ['the end of viewing', 'cameraStop', 0, { id: 'stop', type: 'video', role: 'viewer', cameraId: CAMERA }],
    ['the end of sharing', 'cameraStop', 1, { id: 'stop', type: 'video', role: 'share', cameraId: CAMERA }],
  ])('%s is read', (_what, flow, n, request) => {
    expect(parseSfuRequest(text(flow, n))).toEqual(request);
  });
});

describe('recorded events', () => {
  it.each([
    ['an offer for audio', 'fullAudio', 1, { id: 'startResponse', type: 'audio', role: '', cameraId: '', sdp: field('fullAudio', 1, 'sdpAnswer') }],
    ['media that flows', 'fullAudio', 3, { id: 'webRTCAudioSuccess' }],
    ['an answer for a camera', 'cameraShare', 1, { id: 'startResponse', type: 'video', role: 'share', cameraId: CAMERA, sdp: field('cameraShare', 1, 'sdpAnswer') }],
    ['a camera that plays', 'cameraShare', 2, { id: 'playStart', type: 'video', role: 'share', cameraId: CAMERA }],
    ['an offer for a camera', 'cameraView', 1, { id: 'startResponse', type: 'video', role: 'viewer', cameraId: CAMERA, sdp: field('cameraView', 1, 'sdpAnswer') }],
  ])('%s is read', (_what, flow, n, event) => {
    expect(parseSfuEvent(text(flow, n))).toEqual(event);
  });
});

describe('parseSfuEvent', () => {
  it.each([
    ['flat', '{"type":"video","id":"error","role":"share","streamId":"c1","code":2301,"message":"SFU_UNAUTHORIZED","reason":"SFU_UNAUTHORIZED"}', { type: 'video', role: 'share', cameraId: 'c1', code: 2301, reason: 'SFU_UNAUTHORIZED' }],
    ['nested', '{"type":"audio","id":"webRTCAudioError","error":{"code":2211,"reason":"MEDIA_NOT_FLOWING"}}', { type: 'audio', role: '', cameraId: '', code: 2211, reason: 'MEDIA_NOT_FLOWING' }],
    ['of a screen', '{"type":"screenshare","id":"stopSharing","error":{"code":"2211","reason":"MEDIA_NOT_FLOWING"}}', { type: 'screenshare', role: '', cameraId: '', code: 2211, reason: 'MEDIA_NOT_FLOWING' }],
    ['with only a message', '{"type":"fullaudio","id":"error","role":"sendrecv","code":"2001","message":"MEDIA_SERVER_OFFLINE"}', { type: 'audio', role: 'sendrecv', cameraId: '', code: 2001, reason: 'MEDIA_SERVER_OFFLINE' }],
    ['with a code that is none', '{"type":"audio","id":"error","code":{"toString":1}}', { type: 'audio', role: '', cameraId: '', code: 0, reason: '' }],
  ])('reads an error that is %s', (_what, frame, expected) => {
    expect(parseSfuEvent(frame)).toEqual({ id: 'error', ...expected });
  });

  it('reads pong, and takes what it does not know for other', () => {
    expect(parseSfuEvent('{"id":"pong"}')).toEqual({ id: 'pong' });
    expect(parseSfuEvent('{"id":"iceCandidate","candidate":{}}')).toEqual({ id: 'other' });
  });

  it.each(['', 'null', '[]', '"x"', '{', `{"id":"pong","x":"${'x'.repeat(1_100_000)}"}`])('takes %.40j for no frame', (frame) => {
    expect(parseSfuEvent(frame)).toBeUndefined();
  });
});

describe('parseSfuRequest', () => {
  it.each([
    ['{"id":"ping"}', { id: 'ping' }],
    ['{"id":"onIceCandidate","type":"video"}', { id: 'ignored' }],
    ['{"id":"start","type":"fullaudio","role":"recv","clientSessionNumber":0}', { id: 'start', type: 'audio', role: 'recvonly', sdpOffer: undefined }],
    ['{"id":"start","type":"screenshare","role":"send","sdpOffer":"v=0","bitrate":1500}', { id: 'start', type: 'screenshare', role: 'send', sdpOffer: 'v=0', bitrate: 1500 }],
    ['{"id":"start","type":"video","role":"share","cameraId":"c","bitrate":-5}', { id: 'start', type: 'video', role: 'share', cameraId: 'c', sdpOffer: undefined, bitrate: 200 }],
  ])('reads %s', (frame, request) => {
    expect(parseSfuRequest(frame)).toEqual(request);
  });

  it.each([
    ['an unknown id', '{"id":"dance","type":"audio"}', 'unknown id'],
    ['an unknown type', '{"id":"start","type":"smell"}', 'unknown type'],
    ['a role of another type', '{"id":"start","type":"video","role":"sendrecv","cameraId":"c"}', 'bad start'],
    ['a session number that is text', '{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":"1"}', 'bad start'],
    ['a camera without id', '{"id":"start","type":"video","role":"share"}', 'bad start'],
  ])('calls %s invalid', (_what, frame, why) => {
    expect(parseSfuRequest(frame)).toMatchObject({ id: 'invalid', why });
  });

  it.each(['', '[]', '{}', '{"id":5}', JSON.stringify({ id: 'start', x: 'x'.repeat(MAX_SFU_FRAME_BYTES) })])('takes %.40j for no frame', (frame) => {
    expect(parseSfuRequest(frame)).toBeUndefined();
  });
});

describe('sfuErrorName', () => {
  it('names codes of the server and of the client, and no others', () => {
    expect([sfuErrorName(2002), sfuErrorName(1307), sfuErrorName(1)]).toEqual(['MEDIA_SERVER_NO_RESOURCES', 'ICE_STATE_FAILED', undefined]);
    expect(Object.keys(SFU_ERRORS)).toHaveLength(20);
  });
});
