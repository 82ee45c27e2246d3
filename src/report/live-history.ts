import { Sink } from '../metrics/sink.js';
import type { Snapshot } from '../metrics/snapshot.js';

/** How it was at the end of an interval. */
export interface HistoryPoint {
  readonly interval: number;
  readonly atMs: number;
  readonly planned: number;
  readonly present: number;
  /** So far. */
  readonly errors: number;
  /** Of those who joined within the interval. */
  readonly joinP50Ms?: number;
  readonly joinP95Ms?: number;
  /** Users by server, the fullest ones. */
  readonly servers: Readonly<Record<string, number>>;
}

type Now = (atMs: number) => Pick<HistoryPoint, 'planned' | 'present' | 'errors' | 'servers'>;

const MAX_POINTS = 720;
/** Workers report an interval at their own pace; later than this it stays as it is. */
const OPEN_INTERVALS = 3;

/** The course of a run so far, one point for each interval; of a long one, each second, fourth … only. */
export class LiveHistory {
  readonly #now: Now;
  #points: HistoryPoint[] = [];
  readonly #joins = new Map<number, Sink>();
  #stride = 1;
  #version = 0;

  constructor(now: Now) {
    this.#now = now;
  }

  snapshot({ interval, endMs, series }: Snapshot): void {
    if (interval % this.#stride !== 0) return;
    const index = this.#points.findIndex((point) => point.interval === interval);
    let join = this.#joins.get(interval);
    // What others joined with is forgotten: a worker that is so late would stand for all of them.
    if (!join && index >= 0) return;
    if (!join) this.#joins.set(interval, (join = new Sink('join_time', {}, 'js')));
    for (const one of series) if (one.metric === 'join_time') join.addSnapshot(one);
    for (const known of this.#joins.keys()) if (known < interval - OPEN_INTERVALS * this.#stride) this.#joins.delete(known);
    const at = (of: number): number => Math.min(join.max, Math.max(join.min, join.hist?.percentile(of) ?? 0));
    const times = join.count === 0 ? {} : { joinP50Ms: at(50), joinP95Ms: at(95) };
    const known = this.#points[index];
    // Who was present is known from events, at the first report of the interval.
    if (known) this.#points[index] = { ...known, ...times };
    else this.#points.push({ interval, atMs: endMs, ...this.#now(endMs), ...times });
    this.#version++;
    if (this.#points.length > MAX_POINTS) {
      this.#stride *= 2;
      this.#points = this.#points.filter((point) => point.interval % this.#stride === 0);
    }
  }

  get points(): readonly HistoryPoint[] {
    return this.#points;
  }

  /** Changes whenever a point does. */
  get version(): number {
    return this.#version;
  }
}
