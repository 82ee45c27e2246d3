import type { Random } from '../core/random.js';
import type { PlannedAction } from '../scenario/action.js';
import type { RoleBehaviour } from '../scenario/scenario.js';

const STREAM = { react: 0, speak: 1, screen: 2 } as const;

export interface ActingUser {
  readonly dueMs: number;
  readonly leaveMs: number;
  readonly hasMicrophone: boolean;
  /** The first teacher of the meeting. */
  readonly presents: boolean;
  /** Shares the screen once. */
  readonly sharesScreen: boolean;
}

/** What the keys of a role make one user do during one stay, in order of time. */
export function roleActions({ dueMs, leaveMs, hasMicrophone, presents, sharesScreen }: ActingUser, behaviour: RoleBehaviour, random: Random): readonly PlannedAction[] {
  const { reactEveryMs, speakEveryMs, speakForMs = 0, slidesEveryMs, screenForMs = 0 } = behaviour;
  const actions: PlannedAction[] = [];
  if (reactEveryMs !== undefined) for (const atMs of poisson(dueMs, leaveMs, reactEveryMs, random.derive(STREAM.react))) actions.push({ atMs, action: { do: 'react' } });
  if (speakEveryMs !== undefined && hasMicrophone) actions.push(...turns(dueMs, leaveMs, speakEveryMs, speakForMs, random.derive(STREAM.speak)));
  if (slidesEveryMs !== undefined && presents) for (let atMs = dueMs + slidesEveryMs; atMs < leaveMs; atMs += slidesEveryMs) actions.push({ atMs: Math.round(atMs), action: { do: 'next-slide' } });
  if (sharesScreen) {
    const atMs = Math.round(dueMs + random.derive(STREAM.screen).next() * Math.max(0, leaveMs - dueMs - screenForMs));
    actions.push({ atMs, action: { do: 'share-screen', on: true } });
    if (atMs + screenForMs < leaveMs) actions.push({ atMs: atMs + screenForMs, action: { do: 'share-screen', on: false } });
  }
  return actions.sort((a, b) => a.atMs - b.atMs);
}

/** Instants in (from, to), exponentially distributed with mean `everyMs`, whole ms. */
export function poisson(fromMs: number, toMs: number, everyMs: number, random: Random): readonly number[] {
  const times: number[] = [];
  for (let at = fromMs; ; ) {
    at += -everyMs * Math.log(1 - random.next());
    if (at >= toMs) return times;
    times.push(Math.round(at));
  }
}

/** On and off in turn, both exponentially distributed. */
function turns(fromMs: number, toMs: number, quietMs: number, speechMs: number, random: Random): readonly PlannedAction[] {
  const actions: PlannedAction[] = [];
  const next = (mean: number): number => -mean * Math.log(1 - random.next());
  for (let at = fromMs + next(quietMs); at < toMs; at += next(quietMs)) {
    actions.push({ atMs: Math.round(at), action: { do: 'microphone', on: true } });
    at += next(speechMs);
    if (at >= toMs) break;
    actions.push({ atMs: Math.round(at), action: { do: 'microphone', on: false } });
  }
  return actions;
}
