import { describe, expect, it } from 'vitest';
import { openDashboard } from '../../../src/report/dashboard/dashboard.js';
import { listen, type Source } from '../../../src/report/dashboard/page/stream.js';
import { LiveBoard } from '../../../src/report/live-board.js';
import { buildRun } from '../../fakes/run-folder.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

type Type = 'hello' | 'tick' | 'error';

/** A browser whose connections are told what happens to them, and whose timers wait until they are run. */
function fakeBrowser(over = false) {
  const sources: { source: Source & { readyState: number }; tell: (type: Type, data?: string) => void }[] = [];
  const timers: (() => void)[] = [];
  const heard: string[] = [];
  listen({
    open: () => {
      const listeners = new Map<Type, (event: { data?: unknown }) => void>();
      const source = { readyState: 0, addEventListener: (type: Type, listener: (event: { data?: unknown }) => void) => void listeners.set(type, listener), close: () => void (source.readyState = 2) };
      sources.push({ source, tell: (type, data) => listeners.get(type)!({ data }) });
      return source;
    },
    later: (action) => void timers.push(action),
    hear: (type, data) => {
      heard.push(`${type} ${data}`);
      return over;
    },
    lost: () => void heard.push('lost'),
  });
  return { sources, timers, heard };
}

describe('the stream of the dashboard', () => {
  it('leaves it to the browser to connect anew after the connection broke', () => {
    const { sources, timers, heard } = fakeBrowser();
    sources[0]!.tell('hello', '1');
    sources[0]!.tell('error');
    expect([sources.length, timers.length]).toEqual([1, 0]);
    sources[0]!.tell('tick', '2');
    expect(heard).toEqual(['hello 1', 'lost', 'tick 2']);
  });

  it('opens another where the browser has given up, again and again', () => {
    const { sources, timers, heard } = fakeBrowser();
    for (let time = 0; time < 3; time++) {
      const { source, tell } = sources.at(-1)!;
      source.readyState = 2;
      tell('error');
      expect(timers).toHaveLength(1);
      timers.pop()!();
    }
    sources[3]!.tell('hello', 'back');
    expect(heard).toEqual(['lost', 'lost', 'lost', 'hello back']);
    expect(sources).toHaveLength(4);
  });

  it('closes when all is over', () => {
    const { sources, timers } = fakeBrowser(true);
    sources[0]!.tell('tick', 'over');
    expect(sources[0]!.source.readyState).toBe(2);
    expect(timers).toEqual([]);
  });

  it('is passed on by proxies as it comes', async () => {
    await using dashboard = await openDashboard({ board: new LiveBoard(buildRun().plan), run: 'r', dir: '/nowhere', host: '127.0.0.1', port: 0, clock: new VirtualClock(), nowMs: () => 0, ask: () => undefined });
    const { headers, body } = await fetch(new URL('live', dashboard.url));
    expect([headers.get('content-type'), headers.get('x-accel-buffering')]).toEqual(['text/event-stream; charset=utf-8', 'no']);
    await body!.cancel();
  });
});
