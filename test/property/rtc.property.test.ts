import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPli, readFeedback } from '../../src/rtc/rtcp.js';
import { buildPacket, isRtcp, isRtp, marker, payloadLength, payloadOffset, payloadType, rewriteHeader, sequenceDistance, sequenceNumber, ssrc, timestamp } from '../../src/rtc/rtp.js';
import { attribute, isUsable, payloadTypeOf, transportOf } from '../../src/rtc/sdp.js';
import { beginsKeyFrame } from '../../src/rtc/vp8.js';
import { AudioOut } from '../../src/sim/media/audio-out.js';

const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const header = fc.record({ payloadType: fc.integer({ min: 96, max: 127 }), sequenceNumber: fc.integer({ min: 0, max: 0xffff }), timestamp: fc.integer({ min: 0, max: 0xffffffff }), ssrc: fc.integer({ min: 0, max: 0xffffffff }), marker: fc.boolean() });

describe('RTP', () => {
  it('reads what it has written', () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 50 }), (fields, payload) => {
        const packet = buildPacket(fields, payload);
        expect({ payloadType: payloadType(packet), sequenceNumber: sequenceNumber(packet), timestamp: timestamp(packet), ssrc: ssrc(packet), marker: marker(packet) }).toEqual(fields);
        expect(isRtp(packet)).toBe(true);
        expect(isRtcp(packet)).toBe(false);
        expect([payloadOffset(packet), payloadLength(packet)]).toEqual([12, payload.length]);
      }),
    );
  });

  it('changes nothing but the four fields', () => {
    fc.assert(
      fc.property(header, header, fc.uint8Array({ maxLength: 50 }), (first, second, payload) => {
        const packet = buildPacket(first, payload);
        rewriteHeader(packet, second);
        expect(packet.equals(buildPacket({ ...second, marker: first.marker }, payload))).toBe(true);
      }),
    );
  });

  it('stays inside whatever arrives', () => {
    fc.assert(
      fc.property(anyBytes, (packet) => {
        isRtcp(packet);
        if (!isRtp(packet)) return;
        const offset = payloadOffset(packet);
        expect(offset === -1 || (offset >= 12 && offset <= packet.length)).toBe(true);
        const length = payloadLength(packet);
        expect(length >= 0 && length <= packet.length).toBe(true);
        beginsKeyFrame(packet, Math.max(0, offset));
      }),
    );
  });

  it('measures distances on the circle of sequence numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: -32768, max: 32767 }), (from, distance) => {
        expect(sequenceDistance((from + distance) & 0xffff, from)).toBe(distance);
      }),
    );
  });
});

describe('RTCP', () => {
  it('sees a PLI in any compound packet, and never leaves a broken one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), anyBytes, (source, rest) => {
        expect(readFeedback(Buffer.concat([buildPli(1, source), rest])).keyFrame).toBe(true);
        const { nacked } = readFeedback(rest);
        expect(nacked).toBeLessThanOrEqual(17 * 50);
      }),
    );
  });

  it('counts every packet that a NACK names', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.array(fc.boolean(), { minLength: 16, maxLength: 16 })), { minLength: 1, maxLength: 10 }), (entries) => {
        const packet = Buffer.alloc(12 + entries.length * 4);
        packet[0] = 0x81;
        packet[1] = 205;
        packet.writeUInt16BE(packet.length / 4 - 1, 2);
        entries.forEach(([pid, bits], at) => {
          packet.writeUInt16BE(pid, 12 + at * 4);
          packet.writeUInt16BE(bits.reduce((mask, bit, shift) => mask | (bit ? 1 << shift : 0), 0), 14 + at * 4);
        });
        expect(readFeedback(packet)).toEqual({ keyFrame: false, nacked: entries.reduce((sum, [, bits]) => sum + 1 + bits.filter(Boolean).length, 0) });
      }),
    );
  });
});

describe('SDP', () => {
  it('is read without harm whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('v=0', 'm=audio 9 X 111', 'm=video', 'a=ice-ufrag:x', 'a=ice-pwd:y', 'a=fingerprint:sha-256 AB', 'a=candidate:1 1 udp 5 127.0.0.1 99999 typ host', 'a=rtpmap:111 opus/48000/2', '\u0000', 'a=', '')).map((lines) => lines.join('\r\n')), (sdp) => {
        const transport = transportOf(sdp);
        if (transport) expect(Object.values(transport).every((part) => part !== '')).toBe(true);
        expect(typeof isUsable(sdp, 'audio')).toBe('boolean');
        expect(payloadTypeOf(sdp, 'opus')).toBe(sdp.includes('rtpmap:111 opus') ? 111 : undefined);
        attribute(sdp, 'setup');
      }),
    );
  });
});

describe('AudioOut', () => {
  it('is one stream to the listener, whoever speaks and whenever nobody does', () => {
    const step = fc.oneof(fc.constant('silence' as const), fc.record({ source: fc.constantFrom('a', 'b'), time: fc.integer({ min: 0, max: 0xffffffff }) }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 0, max: 0xffff }), (steps, first) => {
        const out = new AudioOut(77, first, 0xfffffff0);
        let sequence = first;
        let time = 0xfffffff0;
        for (const one of steps) {
          const packet = one === 'silence' ? out.silence() : out.forward(buildPacket({ payloadType: 111, sequenceNumber: 9, timestamp: one.time, ssrc: 5, marker: false }, Uint8Array.of(1, 2)), one.source, one.time);
          sequence = (sequence + 1) & 0xffff;
          expect([sequenceNumber(packet), ssrc(packet), payloadType(packet)]).toEqual([sequence, 77, 111]);
          const step = (timestamp(packet) - time) >>> 0;
          expect(step > 0 && step < 24_000).toBe(true);
          time = timestamp(packet);
        }
      }),
    );
  });

  it('keeps the speaker\'s own spacing while one speaks', () => {
    const out = new AudioOut(1, 0, 0);
    const at = (time: number): number => timestamp(out.forward(buildPacket({ payloadType: 111, sequenceNumber: 0, timestamp: time, ssrc: 5, marker: false }, Uint8Array.of(1)), 'a', time));
    const start = at(5_000);
    expect([at(5_960), at(7_880)]).toEqual([start + 960, start + 2_880]);
  });
});
