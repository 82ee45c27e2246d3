import type { ActionName } from '../scenario/action.js';
import type { Page } from './render-plan.js';
import { stormsOf } from './storms.js';
import { wrap } from './text-layout.js';
import { whole } from './user-chart.js';

const MAX_STORMS = 12;

/** The rushes of joins; none if everybody comes evenly. */
export function stormLines({ plan, colour, at }: Pick<Page, 'plan' | 'colour' | 'at'>): readonly string[] {
  const storms = stormsOf(plan);
  if (storms.length === 0) return [];
  const rows = storms
    .slice(0, MAX_STORMS)
    .map(({ fromMs, toMs, joins, leaves, peakPerSec, peakAtMs }) => `  ${`${at(fromMs)}–${at(toMs)}`.padEnd(20)}${`${whole(joins)} join`.padEnd(14)}${(leaves > 0 ? `${whole(leaves)} leave` : '').padEnd(14)}${colour(`up to ${whole(peakPerSec)} a second at ${at(peakAtMs)}`, 'quiet')}`);
  const more = storms.length > MAX_STORMS ? [`  … and ${whole(storms.length - MAX_STORMS)} more`] : [];
  return [`${colour('Storms', 'strong')}  ${storms.length === 1 ? 'one' : whole(storms.length)}: many join in a short time`, ...rows, ...more];
}

const NOUNS: Readonly<Record<ActionName, string>> = {
  react: 'emojis',
  'next-slide': 'slides',
  'share-screen': 'screen shares on or off',
  'mute-meeting': 'mutes on or off',
  'open-whiteboard': 'whiteboards opened or closed',
  draw: 'strokes',
  'start-poll': 'polls',
  vote: 'votes',
  microphone: 'microphones on or off',
  'open-breakouts': 'times breakout rooms',
  'enter-breakout': 'ways into them',
};

const MAX_HAPPENINGS = 20;

/** What users do beside joining, and what happens beside them; nothing if that is nothing. */
export function eventLines({ plan, width, colour, at }: Pick<Page, 'plan' | 'width' | 'colour' | 'at'>): readonly string[] {
  const counts = new Map<ActionName, number>();
  const losses = new Map<number, number>();
  for (const { actions = [], networkLoss } of plan.attendances) {
    for (const { action } of actions) counts.set(action.do, (counts.get(action.do) ?? 0) + 1);
    if (networkLoss) losses.set(networkLoss.atMs, (losses.get(networkLoss.atMs) ?? 0) + 1);
  }
  const planned = (Object.keys(NOUNS) as ActionName[]).flatMap((name) => (counts.has(name) ? [`${whole(counts.get(name)!)} ${NOUNS[name]}`] : []));
  const together = [...losses].filter(([, users]) => users > 1).sort(([a], [b]) => a - b);
  const rows = [
    ...together.map(([atMs, users]) => `  ${at(atMs).padEnd(10)}${whole(users)} users lose the network at once`),
    ...(plan.happenings ?? []).map((one) => `  ${at(one.atMs).padEnd(10)}${one.do === 'exec' ? `runs ${one.name}: ${one.command.join(' ')}` : one.faults.length === 0 ? 'no faults any more' : `faults ${one.faults.join(', ')}`}`),
  ];
  if (planned.length === 0 && rows.length === 0) return [];
  const shown = rows.slice(0, MAX_HAPPENINGS);
  return [
    colour('Events', 'strong'),
    ...(planned.length > 0 ? wrap(planned.join(', '), width, '  ') : []),
    ...shown,
    ...(rows.length > shown.length ? [`  … and ${whole(rows.length - shown.length)} more`] : []),
  ];
}
