import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../drills/stage.js';
import { pause } from '../fakes/nats.js';
import type { SimProcess } from './cli.js';

/** What tests of capacity searches look at: commands, steps, meetings. */

/** Writes the scenario of all of them: classes of three without media, which the smallest machine brings. */
export function writeClasses(dir: string): string {
  const scenario = join(dir, 'classes.yaml');
  writeFileSync(
    scenario,
    `name: Classes
seed: 3
target: simulator
fleet: { servers: 3 }
users: { browser: 0, native: rest }
meetings:
  class: { size: 3, teacher: { audio: none, webcamShare: 0% }, pupil: { audio: none } }
load:
  - { name: lessons, executor: constant-users, meetings: class, meetingCount: 3, users: 9, duration: 5s }
thresholds:
  - join_failed rate < 1%
limits: { ${LIMITS} }
`,
  );
  return scenario;
}

/** The arguments of the command that a search which was stopped says goes on, as a shell would split them. */
export function commandIn(said: string): readonly string[] {
  const [, line] = /`firstbell (capacity [^`]*)` goes on/.exec(said) ?? [];
  if (line === undefined) throw new Error(`nothing is said of going on: ${said}`);
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, bare]) => inQuotes ?? bare!);
}

/** Meetings that are open on a simulated fleet. */
export async function openMeetings(fleet: SimProcess): Promise<readonly unknown[]> {
  return ((await (await fetch(new URL('/sim/state', fleet.url))).json()) as { meetings: unknown[] }).meetings;
}

/** Run folders of the steps below a folder of results, in the order in which they were run. */
export function stepDirs(reports: string): readonly string[] {
  // `latest` leads to one of them once more.
  const found = readdirSync(reports, { recursive: true }).map(String).filter((name) => name.endsWith('run.json') && !name.includes('latest'));
  return found.map((name) => join(reports, name, '..')).sort();
}

/** What is in a file; empty: it is not there yet. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Resolves once `steps` steps have begun and in the last of them `users` users or more have joined. */
export async function joined(reports: string, steps: number, users: number): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    const dirs = existsSync(reports) ? stepDirs(reports) : [];
    if (dirs.length >= steps && textOf(join(dirs[steps - 1]!, 'events.jsonl')).split('"type":"user-joined"').length - 1 >= users) return;
    await pause(100);
  }
  throw new Error(`step ${steps} did not come to ${users} users`);
}
