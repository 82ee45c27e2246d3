import { describe, expect, it } from 'vitest';
import { buildPli, buildReceiverReport, buildSenderReport, readFeedback, readSenderReport, roundTripMs } from '../../../src/rtc/rtcp.js';

function nack(first: number, mask: number): Buffer {
  const packet = Buffer.alloc(16);
  packet[0] = 0x81;
  packet[1] = 205;
  packet.writeUInt16BE(3, 2);
  packet.writeUInt16BE(first, 12);
  packet.writeUInt16BE(mask, 14);
  return packet;
}

function receiverReport(aboutSsrc: number, lastReport: number, delay: number): Buffer {
  const packet = Buffer.alloc(32);
  packet[0] = 0x81;
  packet[1] = 201;
  packet.writeUInt16BE(7, 2);
  packet.writeUInt32BE(aboutSsrc, 8);
  packet.writeUInt32BE(lastReport, 24);
  packet.writeUInt32BE(delay, 28);
  return packet;
}

describe('feedback', () => {
  it('names the packets that are asked for again, over the wrap too', () => {
    const asked: number[] = [];
    expect(readFeedback(nack(65_534, 0b101), (sequence) => asked.push(sequence))).toEqual({ keyFrame: false, nacked: 3 });
    expect(asked).toEqual([65_534, 65_535, 1]);
  });

  it('finds a PLI behind other packets, and stops at what is broken', () => {
    expect(readFeedback(Buffer.concat([nack(1, 0), buildPli(1, 2)]))).toEqual({ keyFrame: true, nacked: 1 });
    expect(readFeedback(Buffer.concat([buildPli(1, 2), nack(1, 0).subarray(0, 10)]))).toEqual({ keyFrame: true, nacked: 0 });
    expect(readFeedback(nack(1, 0).subarray(0, 15))).toEqual({ keyFrame: false, nacked: 0 });
  });
});

describe('the round trip', () => {
  it('is the time since our report less the receiver’s delay (RFC 3550 §6.4.1)', () => {
    const sentMs = Date.UTC(2026, 10, 23, 7, 0, 0, 250);
    const report = buildSenderReport(5, sentMs, 0, 1, 1);
    const middle = report.readUInt32BE(10);
    // The receiver kept it for 1 s; 1.08 s later its report is here.
    expect(roundTripMs(receiverReport(5, middle, 65_536), 5, sentMs + 1_080)).toBeCloseTo(80, 0);
  });

  it('is unknown for a report about another stream, before any report of ours, or when it would be negative', () => {
    const sentMs = Date.UTC(2026, 10, 23, 7, 0, 0);
    const middle = buildSenderReport(5, sentMs, 0, 1, 1).readUInt32BE(10);
    expect(roundTripMs(receiverReport(6, middle, 0), 5, sentMs + 80)).toBeUndefined();
    expect(roundTripMs(receiverReport(5, 0, 0), 5, sentMs + 80)).toBeUndefined();
    expect(roundTripMs(receiverReport(5, middle, 65_536), 5, sentMs + 80)).toBeUndefined();
  });
});

describe('a receiver report', () => {
  const sentMs = Date.UTC(2026, 10, 23, 7, 0, 0, 250);
  const block = { fractionLost: 64, lost: 3, highestSequence: 0x1_0005, jitter: 12.4 };

  it('answers the sender report in a compound packet, so that its sender knows the round trip', () => {
    const report = readSenderReport(Buffer.concat([buildPli(1, 2), buildSenderReport(5, sentMs, 0, 1, 1)]))!;
    const answer = buildReceiverReport(9, report, block);
    expect(report.ssrc).toBe(5);
    expect(roundTripMs(answer, 5, sentMs + 80)).toBeCloseTo(80, 0);
    expect(readSenderReport(answer)).toBeUndefined();
    expect(readSenderReport(buildSenderReport(5, sentMs, 0, 1, 1).subarray(0, 20))).toBeUndefined();
  });

  it('has its fields where RFC 3550 §6.4.2 has them', () => {
    const report = buildReceiverReport(9, { ssrc: 5, lastReport: 0xa0b0c0d0 }, block);
    expect(report.toString('hex')).toBe(['81c90007', '00000009', '00000005', '40000003', '00010005', '0000000c', 'a0b0c0d0', '00000000'].join(''));
  });
});
