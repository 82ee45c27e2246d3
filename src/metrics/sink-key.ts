import type { MetricName, Tags } from './catalogue.js';
import { seriesKey } from './series-key.js';

/** A coordinator that took over from one that died (`resumed-…`); names of workers have a dot and their share. */
const RESUMED = /^resumed-[^.]+$/;

/** Whose gauges follow each other in time: those of a coordinator and of its successors are of one process, as the one begins after the other's end. */
export function processOf(worker: string): string {
  return RESUMED.test(worker) ? 'local' : worker;
}

/** Names the sink of a series: gauges of one process follow each other in time, those of several add up. */
export function sinkKey(worker: string, metric: MetricName, tags: Tags | undefined): string {
  return JSON.stringify([processOf(worker), seriesKey(metric, tags)]);
}
