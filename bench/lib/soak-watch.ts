import { readFileSync } from 'node:fs';
import { PerformanceObserver, constants, type NodeGCPerformanceDetail, type PerformanceEntry } from 'node:perf_hooks';
import { childrenOf, usageOfTrees, type TreeUsage } from '../../src/browser/process-tree.js';
import { systemClock } from '../../src/core/clock.js';

/** Whose processes: this one, its media processes, its browsers, and the simulated fleet, which is none of the harness. */
export const GROUPS = ['harness', 'media', 'browsers', 'simulator'] as const;
export type Group = (typeof GROUPS)[number];

export interface SoakSample {
  readonly wallMs: number;
  readonly groups: Readonly<Record<Group, TreeUsage>>;
  /** Heap of this process as the last full collection left it; undefined: there was none since the sample before. */
  readonly heapMb: number | undefined;
  /** What V8 holds for the heap, and what it knows of outside of it (buffers, WASM). */
  readonly heapTotalMb: number;
  readonly externalMb: number;
}

const MB = 2 ** 20;

const MEDIA_ENTRY = 'native/media/worker.js';

/** Looks at all processes of a run, and at the heap after full collections: what is left then is in use. */
export class SoakWatch implements Disposable {
  readonly samples: SoakSample[] = [];
  readonly #observer: PerformanceObserver;
  #heapMb: number | undefined;

  private constructor() {
    this.#observer = new PerformanceObserver((list) => {
      const full = list.getEntries().some((entry) => (entry as PerformanceEntry & { readonly detail?: NodeGCPerformanceDetail }).detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
      if (full) this.#heapMb = process.memoryUsage().heapUsed / MB;
    });
  }

  static start(): SoakWatch {
    const watch = new SoakWatch();
    watch.#observer.observe({ entryTypes: ['gc'] });
    return watch;
  }

  async sample(simulatorPid: number): Promise<void> {
    const children = (await childrenOf(process.pid)).filter((pid) => pid !== simulatorPid);
    const media = children.filter((pid) => commandOf(pid).includes(MEDIA_ENTRY));
    const [harness, mediaUsage, browsers, simulator] = await Promise.all([
      required(usageOfTrees([process.pid], [...children, simulatorPid])),
      required(usageOfTrees(media)),
      required(usageOfTrees(children.filter((pid) => !media.includes(pid)))),
      required(usageOfTrees([simulatorPid])),
    ]);
    const { heapTotal, external } = process.memoryUsage();
    this.samples.push({ wallMs: systemClock.wallMs(), groups: { harness, media: mediaUsage, browsers, simulator }, heapMb: this.#heapMb, heapTotalMb: heapTotal / MB, externalMb: external / MB });
    this.#heapMb = undefined;
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
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

async function required(usage: Promise<TreeUsage | undefined>): Promise<TreeUsage> {
  const found = await usage;
  if (!found) throw new Error('the soak needs /proc (Linux)');
  return found;
}
