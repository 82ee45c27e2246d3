import { TAG_NAMES, type MetricName, type Tags } from './catalogue.js';

/** Name of a series: the same for the same metric and tags, whatever the order in which the tags were written. */
export function seriesKey(metric: MetricName, tags: Tags | undefined): string {
  let key: string = metric;
  if (tags === undefined) return key;
  for (const name of TAG_NAMES) {
    const value = tags[name];
    // The control character cannot come from a host name or a code.
    if (value !== undefined) key += `\u0001${name}=${value}`;
  }
  return key;
}
