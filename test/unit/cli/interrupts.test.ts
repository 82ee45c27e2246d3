import { describe, expect, it } from 'vitest';
import { listenForInterrupts, type Interrupts } from '../../../src/cli/interrupts.js';
import type { InterruptedBy } from '../../../src/cli/io.js';
import { memoryIo, type MemoryIo } from '../../fakes/memory-io.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

describe('interrupts', () => {
  /** How far the presses have gone: 1 stopped, 2 aborted, 3 the process ended on the spot. */
  const reached = (io: MemoryIo, { stop, abort }: Interrupts): number => [stop.aborted, abort.aborted, io.stderr().includes('exit now 130')].filter(Boolean).length;

  it.each<[string, readonly (readonly [atMs: number, by: InterruptedBy, reached: number])[]]>([
    ['stop at the first Ctrl-C, abort at the second, and end the process at the third', [[0, 'signal', 1], [1_000, 'signal', 2], [2_000, 'signal', 3]]],
    ['take a Ctrl-C that a launcher passes on once more for one', [[0, 'signal', 1], [3, 'signal', 1], [999, 'signal', 1], [5_000, 'signal', 2], [5_000, 'signal', 2], [9_000, 'signal', 3]]],
    ['take a line that breaks for one, however often they are told of it', [[0, 'hang-up', 1], [2, 'hang-up', 1], [60_000, 'hang-up', 1]]],
    ['end what was stopped in good order when the line breaks then', [[0, 'signal', 1], [10_000, 'hang-up', 1], [10_001, 'hang-up', 1]]],
    ['end what was aborted in good order when the line breaks then', [[0, 'signal', 1], [10_000, 'signal', 2], [20_000, 'hang-up', 2]]],
    ['can be pressed again after the line broke', [[0, 'hang-up', 1], [10_000, 'signal', 2]]],
  ])('%s', async (_what, presses) => {
    const clock = new VirtualClock();
    const io = memoryIo({ clock });
    using interrupts = listenForInterrupts(io);
    expect(reached(io, interrupts)).toBe(0);
    for (const [atMs, by, then] of presses) {
      await clock.advanceTo(atMs);
      io.interrupt(by);
      expect(reached(io, interrupts)).toBe(then);
    }
  });

  it('asked for by a page, do not wait for the second in which one press may arrive twice; a press right after it is part of it', async () => {
    const clock = new VirtualClock();
    const io = memoryIo({ clock });
    using interrupts = listenForInterrupts(io);
    io.interrupt();
    interrupts.ask('end');
    io.interrupt();
    expect(reached(io, interrupts)).toBe(2);
  });

  it('asked for by a page, do no more than was asked, however often and whatever Ctrl-C did before', () => {
    const io = memoryIo();
    using interrupts = listenForInterrupts(io);
    interrupts.ask('stop');
    interrupts.ask('stop');
    expect([interrupts.stop.aborted, interrupts.abort.aborted]).toEqual([true, false]);
    interrupts.ask('end');
    interrupts.ask('end');
    interrupts.ask('stop');
    expect(interrupts.abort.aborted).toBe(true);
    expect(io.stderr()).not.toContain('exit now');
  });

  it('end at once what was not stopped before, if that is asked for', () => {
    const io = memoryIo();
    using interrupts = listenForInterrupts(io);
    interrupts.ask('end');
    expect([interrupts.stop.aborted, interrupts.abort.aborted]).toEqual([true, true]);
  });
});
