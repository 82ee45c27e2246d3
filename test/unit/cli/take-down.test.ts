import { describe, expect, it } from 'vitest';
import { HOOK_LIMIT_MS, takeDown, type Outage, type TakeDown } from '../../../src/cli/take-down.js';
import { HarnessError } from '../../../src/core/errors.js';
import type { HookEnd } from '../../../src/run/ports.js';

const ONE: Outage = { kind: 'some', count: 1 };
const STOPPED = new HarnessError('STOPPED', 'stopped by the user');
const well: HookEnd = { exitCode: 0, problem: undefined, output: undefined };
const badly = (exitCode: number): HookEnd => ({ exitCode, problem: undefined, output: 'hooks/01-take-down.log' });

/** Commands that end as told; `during`: what happens while one runs. */
function scene(ends: { readonly down?: HookEnd; readonly back?: HookEnd }, { commands = { takeDown: './drain.sh {count}', bringBack: './undrain.sh' }, during = () => undefined }: { readonly commands?: Pick<TakeDown, 'takeDown' | 'bringBack'>; readonly during?: (name: string, stop: AbortController) => void } = {}) {
  const ran: string[] = [];
  const notBack: string[] = [];
  const stop = new AbortController();
  const means: TakeDown = {
    ...commands,
    target: { url: 'https://bbb.example.org/bigbluebutton/api' },
    faults: [],
    hooks: {
      run: ({ name, command, timeoutMs }, signal) => {
        expect(timeoutMs).toBe(HOOK_LIMIT_MS);
        during(name, stop);
        ran.push(`${name}: ${command.join(' ')}${signal.aborted ? ', killed' : ''}`);
        if (signal.aborted) return Promise.resolve({ exitCode: undefined, problem: 'killed when the run ended', output: undefined });
        return Promise.resolve((name === 'take-down' ? ends.down : ends.back) ?? well);
      },
    },
    onNotBack: ({ code, message }) => void notBack.push(`${code}: ${message}`),
  };
  return { means, ran, notBack, stop };
}

describe('servers taken out by a command', () => {
  it('are brought back when nobody needs them out any more', async () => {
    const { means, ran, notBack, stop } = scene({});
    const gone = await takeDown(ONE, means, stop.signal);
    expect(ran).toEqual(['take-down: ./drain.sh 1']);
    // Ctrl-C does not keep them out.
    stop.abort(STOPPED);
    await gone[Symbol.asyncDispose]();
    expect(ran).toEqual(['take-down: ./drain.sh 1', 'bring-back: ./undrain.sh']);
    expect(notBack).toEqual([]);
  });

  it('are brought back when the command fails: it may have taken out some', async () => {
    const { means, ran, stop } = scene({ down: badly(7) });
    await expect(takeDown(ONE, means, stop.signal)).rejects.toMatchObject({ code: 'HOOK_FAILED', message: 'the command of --take-down ended with 7', hint: 'what it printed is in hooks/01-take-down.log of the folder' });
    expect(ran).toEqual(['take-down: ./drain.sh 1', 'bring-back: ./undrain.sh']);
  });

  it('are brought back when the search is stopped meanwhile, which is no failure', async () => {
    const { means, ran, stop } = scene({}, { during: (name, signals) => (name === 'take-down' ? signals.abort(STOPPED) : undefined) });
    await expect(takeDown(ONE, means, stop.signal)).rejects.toMatchObject({ code: 'STOPPED' });
    expect(ran).toEqual(['take-down: ./drain.sh 1, killed', 'bring-back: ./undrain.sh']);
  });

  it('are not even taken out once the search has been stopped', async () => {
    const { means, ran, stop } = scene({});
    stop.abort(STOPPED);
    await expect(takeDown(ONE, means, stop.signal)).rejects.toMatchObject({ code: 'STOPPED' });
    expect(ran).toEqual([]);
  });

  it('that cannot be brought back are somebody’s concern, but hide nothing that went wrong before', async () => {
    const { means, notBack, stop } = scene({ back: badly(1) });
    await (await takeDown(ONE, means, stop.signal))[Symbol.asyncDispose]();
    expect(notBack).toEqual(['HOOK_FAILED: the command of --bring-back ended with 1']);
    const both = scene({ down: badly(7), back: badly(1) });
    await expect(takeDown(ONE, both.means, both.stop.signal)).rejects.toMatchObject({ message: 'the command of --take-down ended with 7' });
    expect(both.notBack).toHaveLength(1);
  });

  it('need a command; one that brings them back need not be there', async () => {
    const none = scene({}, { commands: { takeDown: undefined, bringBack: './undrain.sh' } });
    await expect(takeDown(ONE, none.means, none.stop.signal)).rejects.toMatchObject({ code: 'USAGE' });
    expect(none.ran).toEqual([]);
    const oneWay = scene({}, { commands: { takeDown: './drain.sh {keep}', bringBack: undefined } });
    await using _gone = await takeDown({ kind: 'all-but', server: 'bbb02', of: 3 }, oneWay.means, oneWay.stop.signal);
    expect(oneWay.ran).toEqual(['take-down: ./drain.sh bbb02']);
  });
});
