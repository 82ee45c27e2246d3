import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../src/vu/script.js';
import { attendance } from '../../fakes/fake-run.js';

const shown = (differences: Parameters<typeof attendance>[0], joinedMs: number): string[] => stepsOf(attendance(differences), joinedMs).map(({ step, atMs }) => `${step} ${atMs}`);

describe('the steps of a user', () => {
  it('come in order of time, the camera first', () => {
    expect(shown({ webcam: true, chatAtMs: [9_000, 5_000], raiseHandAtMs: 7_000 }, 1_000)).toEqual(['webcam 1000', 'chat 5000', 'hand 7000', 'chat 9000']);
  });

  it('reloads and loses the network when it is time, but not before it is there', () => {
    expect(shown({ reloadAtMs: 500, networkLoss: { atMs: 8_000, forMs: 1_000 } }, 1_000)).toEqual(['reload 1000', 'network 8000']);
    expect(shown({ leaveMs: 6_000, reloadAtMs: 7_000, networkLoss: { atMs: 6_000, forMs: 1_000 } }, 0)).toEqual([]);
  });

  it('end before the time to leave', () => {
    expect(shown({ leaveMs: 6_000, chatAtMs: [5_999, 6_000], raiseHandAtMs: 8_000 }, 0)).toEqual(['chat 5999']);
  });

  it('are none for who comes after that', () => {
    expect(shown({ leaveMs: 6_000, webcam: true, raiseHandAtMs: 1_000 }, 6_000)).toEqual([]);
  });

  it('are none for who only listens', () => {
    expect(shown({}, 0)).toEqual([]);
  });
});
