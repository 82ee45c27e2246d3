import { describe, expect, it } from 'vitest';
import { listenForInterrupts } from '../../../src/cli/interrupts.js';
import { memoryIo } from '../../fakes/memory-io.js';

describe('interrupts', () => {
  it('stop at the first Ctrl-C, abort at the second, and end the process at the third', () => {
    const io = memoryIo();
    using interrupts = listenForInterrupts(io);
    const state = () => [interrupts.stop.aborted, interrupts.abort.aborted, io.stderr().includes('exit now 130')];
    expect(state()).toEqual([false, false, false]);
    io.interrupt();
    expect(state()).toEqual([true, false, false]);
    io.interrupt();
    expect(state()).toEqual([true, true, false]);
    io.interrupt();
    expect(state()).toEqual([true, true, true]);
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
