import { render } from 'preact';
import type { Hello, Tick } from '../wire.js';
import { App, type StopWish, type View } from './app.js';
import { listen, type Source } from './stream.js';

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="firstbell-${name}"]`)?.content ?? '';
const key = meta('key');
const query = meta('query');
const root = document.getElementById('app')!;

let view: View | undefined;

function show(next: Partial<View>): void {
  if (view === undefined && next.hello === undefined) return;
  // The words of waiting go.
  if (view === undefined) root.replaceChildren();
  view = { ...view, ...next } as View;
  document.title = `${view.state.over ? 'Over: ' : ''}${view.hello.scenario} · Firstbell`;
  render(<App view={view} query={query} stop={stop} />, root);
}

async function stop(how: StopWish): Promise<boolean> {
  try {
    return (await fetch(`stop${query}`, { method: 'POST', headers: { 'x-firstbell-key': key, 'x-firstbell-asks': how } })).ok;
  } catch {
    return false;
  }
}

function lost(): void {
  if (view === undefined) root.querySelector('.wait')!.textContent = 'Firstbell does not answer; trying again …';
  show({ connected: false });
}

/** True: the run is over, nobody is there to answer any more. */
function hear(type: 'hello' | 'tick', data: string): boolean {
  if (type === 'hello') {
    const hello = JSON.parse(data) as Hello;
    // The key of this page is that of a process that is gone.
    if (view !== undefined && view.hello.served !== hello.served) location.reload();
    show({ hello, state: hello.state, points: hello.points, connected: true });
    return false;
  }
  const tick = JSON.parse(data) as Tick;
  const changed = new Map((tick.points ?? []).map((point) => [point.interval, point]));
  const known = (view?.points ?? []).filter(({ interval }) => !changed.has(interval));
  show({ state: tick.state, points: [...known, ...changed.values()].sort((a, b) => a.interval - b.interval), connected: true });
  return tick.state.over;
}

listen({ open: () => new EventSource(`live${query}`) as Source, later: (action, afterMs) => void setTimeout(action, afterMs), hear, lost });
