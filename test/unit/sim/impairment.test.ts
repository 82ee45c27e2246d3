import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { ImpairedLine, UNIMPAIRED } from '../../../src/sim/media/impairment.js';

function line(kind: 'audio' | 'video' = 'audio', seed = 1) {
  const delivered: number[] = [];
  const packet = Buffer.alloc(4);
  const impaired = new ImpairedLine(kind, seededRandom(seed), (one) => delivered.push(one.readUInt32BE(0)) > 0);
  return {
    impaired,
    delivered,
    send: (number: number, impairment = UNIMPAIRED, nowMs = 0): void => {
      // One buffer for all, as the room has it.
      packet.writeUInt32BE(number);
      expect(impaired.send(packet, impairment, nowMs)).toBe(true);
    },
  };
}

describe('an impaired line', () => {
  it('loses the share that it is told, the same packets each time', () => {
    const [one, again, other] = [line(), line(), line('audio', 2)];
    for (let number = 0; number < 10_000; number++) for (const { send } of [one, again, other]) send(number, { ...UNIMPAIRED, lossShare: 0.03 });
    const lost = 10_000 - one.delivered.length;
    // Binomial: 300 ± 4 standard deviations of 17.
    expect(Math.abs(lost - 300)).toBeLessThan(68);
    expect(again.delivered).toEqual(one.delivered);
    expect(other.delivered).not.toEqual(one.delivered);
  });

  it('holds packets for their delay, in order, each as it was', () => {
    const { send, delivered, impaired } = line();
    const late = { ...UNIMPAIRED, audioDelayMs: 150 };
    send(1, late, 0);
    send(2, late, 20);
    impaired.drain(149);
    expect(delivered).toEqual([]);
    impaired.drain(150);
    expect(delivered).toEqual([1]);
    // The delay is gone, but nothing overtakes.
    send(3, UNIMPAIRED, 155);
    impaired.drain(160);
    expect(delivered).toEqual([1]);
    impaired.drain(170);
    expect(delivered).toEqual([1, 2, 3]);
    send(4, UNIMPAIRED, 171);
    expect(delivered).toEqual([1, 2, 3, 4]);
  });

  it('delays sound and picture each by their own', () => {
    const [sound, picture] = [line('audio'), line('video')];
    for (const { send } of [sound, picture]) send(1, { ...UNIMPAIRED, videoDelayMs: 100 });
    expect(sound.delivered).toEqual([1]);
    expect(picture.delivered).toEqual([]);
  });
});
