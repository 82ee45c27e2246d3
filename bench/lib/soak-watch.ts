import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { childrenOf, usageOfTrees, type TreeUsage } from '../../src/browser/process-tree.js';
import { systemClock } from '../../src/core/clock.js';
import { collectAll } from './collect.js';
import { mappedMemory } from './memory-map.js';

/** Whose processes: this one, its media processes, its browsers, and the simulated fleet, which is none of the harness. */
export const GROUPS = ['harness', 'media', 'browsers', 'simulator'] as const;
export type Group = (typeof GROUPS)[number];

/** Memory of this process by who holds it. What is not V8's nor malloc's is code, stacks and WASM. */
export interface OwnMemory {
  /** In use: the heap after a full collection; undefined: there was none. */
  readonly liveMb: number | undefined;
  /** All that V8 holds for the heap: in use, not yet collected, free. */
  readonly v8Mb: number;
  /** What V8 knows of outside of the heap (buffers, WASM). */
  readonly externalMb: number;
  readonly mallocMb: number;
  readonly restMb: number;
}

export interface SoakSample {
  readonly wallMs: number;
  readonly groups: Readonly<Record<Group, Pick<TreeUsage, 'pssMb' | 'files' | 'cpuSeconds'>>>;
  readonly own: OwnMemory;
  /** What malloc holds in the media processes. */
  readonly mediaMallocMb: number;
}

const MB = 2 ** 20;
/** Of so many looks the first comes after a collection: it holds everybody up, so it must be too rare to move the middle of a stretch. */
const COLLECT_EVERY = 8;

const MEDIA_ENTRY = 'native/media/worker.js';

/** Looks at all processes of a run, and now and then at the heap after a full collection: what is left then is in use. */
export class SoakWatch {
  readonly samples: SoakSample[] = [];
  #looks = 0;

  async sample(simulatorPid: number): Promise<void> {
    const children = (await childrenOf(process.pid)).filter((pid) => pid !== simulatorPid);
    const media = children.filter((pid) => commandOf(pid).includes(MEDIA_ENTRY));
    const [harness, mediaUsage, browsers, simulator] = await Promise.all([
      required(usageOfTrees([process.pid], [...children, simulatorPid])),
      required(usageOfTrees(media)),
      required(usageOfTrees(children.filter((pid) => !media.includes(pid)))),
      required(usageOfTrees([simulatorPid])),
    ]);
    const mapped = await Promise.all(media.map(mappedMemory));
    this.samples.push({
      wallMs: systemClock.wallMs(),
      groups: { harness, media: mediaUsage, browsers, simulator },
      own: await this.#own(),
      mediaMallocMb: mapped.reduce((sum, one) => sum + (one?.mallocMb ?? 0), 0),
    });
  }

  async #own(): Promise<OwnMemory> {
    const collected = this.#looks++ % COLLECT_EVERY === 0;
    if (collected) await collectAll();
    const liveMb = collected ? process.memoryUsage().heapUsed / MB : undefined;
    const mapped = await required(mappedMemory(process.pid));
    const v8Mb = getHeapStatistics().total_physical_size / MB;
    return { liveMb, v8Mb, externalMb: process.memoryUsage().external / MB, mallocMb: mapped.mallocMb, restMb: mapped.pssMb - mapped.mallocPssMb - v8Mb };
  }
}

/** Of a process that has ended meanwhile: empty. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function required<T>(looked: Promise<T | undefined>): Promise<T> {
  const found = await looked;
  if (!found) throw new Error('the soak needs /proc (Linux)');
  return found;
}
