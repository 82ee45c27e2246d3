import { render } from 'preact';
import type { Hello, Tick } from '../wire.js';
import { App, type View } from './app.js';

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

async function stop(): Promise<boolean> {
  try {
    return (await fetch(`stop${query}`, { method: 'POST', headers: { 'x-firstbell-key': key } })).ok;
  } catch {
    return false;
  }
}

const live = new EventSource(`live${query}`);
live.addEventListener('hello', (event) => {
  const hello = JSON.parse(event.data as string) as Hello;
  show({ hello, state: hello.state, points: hello.points, connected: true });
});
live.addEventListener('tick', (event) => {
  const tick = JSON.parse(event.data as string) as Tick;
  const changed = new Map((tick.points ?? []).map((point) => [point.interval, point]));
  const known = (view?.points ?? []).filter(({ interval }) => !changed.has(interval));
  show({ state: tick.state, points: [...known, ...changed.values()].sort((a, b) => a.interval - b.interval), connected: true });
  // Nobody is there to answer any more.
  if (tick.state.over) live.close();
});
live.addEventListener('error', () => show({ connected: false }));
