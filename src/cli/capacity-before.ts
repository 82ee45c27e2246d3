import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Before, Capacity } from '../capacity/capacity.js';
import { readCapacity } from '../report/capacity/read-capacity.js';
import type { Io } from './io.js';
import type { ResolvedTarget } from './target.js';

/** Two answers are of the same thing if they are of the same fleet, or of the same server of it. */
interface Asked {
  readonly target: Pick<ResolvedTarget, 'kind' | 'url'>;
  readonly onlyServer: string | undefined;
}

interface Wish extends Asked {
  /** Folder that the operator names; undefined: the newest beside this one. */
  readonly named: string | undefined;
  readonly dir: string;
  readonly scenario: string;
  readonly startedAt: string;
}

/** More folders than this are not looked into, the newest by name first. */
const MAX_LOOKED_INTO = 50;

/** The earlier answer to hold this one against: the one that is named, whatever it is of, else the newest of the same thing; undefined: there is none. Rejects with FILE_UNREADABLE if the one that is named cannot be read. */
export async function earlierCapacity(io: Pick<Io, 'cwd'>, { named, dir, scenario, startedAt, ...asked }: Wish): Promise<Before | undefined> {
  if (named !== undefined) {
    const path = resolve(io.cwd, named);
    return beforeOf(basename(path), await readCapacity(path));
  }
  const siblings = await readdir(dirname(dir), { withFileTypes: true }).catch(() => []);
  const names = siblings.filter((entry) => entry.isDirectory() && entry.name.startsWith('capacity-') && entry.name !== basename(dir)).map(({ name }) => name).sort().slice(-MAX_LOOKED_INTO);
  const found: Before[] = [];
  for (const name of names) {
    // One that was stopped, or made by another version, is no answer to compare with.
    const capacity = await readCapacity(join(dirname(dir), name)).catch(() => undefined);
    if (capacity?.scenario === scenario && isOfSame(capacity, asked) && Date.parse(capacity.asked.startedAt) < Date.parse(startedAt)) found.push(beforeOf(name, capacity));
  }
  return found.sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))[0];
}

/** A simulator has another port each time. */
function isOfSame({ environment, asked }: Capacity, { target, onlyServer }: Asked): boolean {
  return asked.onlyServer === onlyServer && environment.target.kind === target.kind && (target.kind === 'simulator' || environment.target.url === target.url);
}

function beforeOf(name: string, { asked, required, users, exact, answer, firstBroken, environment }: Capacity): Before {
  const knee = 'knee' in answer ? answer.knee : undefined;
  return { name, startedAt: asked.startedAt, required, users, low: knee?.low, high: knee?.high, exact, firstBroken: firstBroken?.expression, target: environment.target.url, bbbVersion: environment.target.bbbVersion, firstbell: environment.firstbell.version };
}
