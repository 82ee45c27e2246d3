import { JOIN_PHASES, METRICS, TAG_NAMES, type MetricInfo, type MetricKind, type Unit } from './catalogue.js';
import { AGGREGATIONS } from './threshold-parse.js';
import { writtenUnits } from './units.js';

const KINDS: Readonly<Record<MetricKind, string>> = {
  histogram: 'distribution of values; percentiles are exact to 0.1 %',
  counter: 'sum of increments; `count` and `sum` both give the total',
  rate: 'share of true among all',
  gauge: 'a value that goes up and down; those of several series or workers add up, `max` is the most that all had together within an interval',
};

/** Text of docs/metrics.md. */
export function metricsPage(): string {
  const metrics: readonly (readonly [string, MetricInfo])[] = Object.entries(METRICS);
  const units = [...new Set(metrics.map(([, info]) => info.unit))];
  return `${[
    '# Metrics',
    '',
    'Generated from `src/metrics/catalogue.ts`; `npx vitest run test/unit/metrics/metrics-page.test.ts -u` writes it anew.',
    '',
    '| Metric | Kind | Unit | Meaning |',
    '|---|---|---|---|',
    ...metrics.map(([name, { kind, unit, about }]) => `| \`${name}\` | ${kind} | ${unit} | ${about} |`),
    '',
    '## Kinds',
    '',
    '| Kind | Meaning | A threshold can ask for |',
    '|---|---|---|',
    ...(Object.keys(KINDS) as MetricKind[]).map((kind) => `| ${kind} | ${KINDS[kind]} | ${AGGREGATIONS[kind].map((name) => `\`${name}\``).join(', ')} |`),
    '',
    '## Tags',
    '',
    `${TAG_NAMES.map((name) => `\`${name}\``).join(', ')}. Their values come from small fixed sets, never meeting or user ids.`,
    `Phases of the join: ${JOIN_PHASES.map((phase) => `\`${phase}\``).join(', ')}.`,
    '',
    '## Thresholds',
    '',
    '```',
    'metric[{tag=value,…}] aggregation comparison number[unit] [per tag] [between … and … | after … | until …]',
    '',
    'join_time{role=pupil} p(95) < 10 s',
    'join_failed rate < 1%',
    'users_lost count == 0',
    'video_fps p(50) > 10 fps',
    'join_failed{server=*} rate < 1%',
    'rtt p(95) < 200 ms per server',
    'join_time p(95) < 10 s between 08:00 and 08:15',
    'users_lost count == 0 after 2m',
    '```',
    '',
    '`{server=*}`, or `per server` at the end, asks each server (or each value of another tag) alone: every one must hold, and the worst is named.',
    'Where users went without what a threshold measures, nothing was measured, and it does not hold: of times to join, on a server into which nobody got (`join_failed`); of sound and pictures, where none',
    'came to anybody who was to have them (`audio_absent`, `video_absent`); of `chat_delivery` and the like, where nothing arrived (`chat_undelivered` …). A server on which there was nothing to measure is not asked.',
    '',
    '`between`, `after` and `until` judge a stretch of the run: times since its beginning (`90s`, `1h30m`), or times of day if the scenario has `startOfDay`.',
    'Measurements come in intervals of 1 to 30 s (`intervalMs` in run.json). An interval counts if at least half of it lies in the stretch, so the ends are exact to',
    'half an interval; the result says which times were judged. A stretch that the run never reached was not measured, and does not hold. `warmUp` in the scenario, or',
    'beside one expression, leaves out the beginning for thresholds that name no stretch themselves. A response time belongs to the interval in which it ended.',
    '',
    'Comparisons: `<` `<=` `>` `>=` `==` `!=`. A threshold for which nothing was measured does not hold; nothing counted is a true zero.',
    '',
    'Whoever sets a threshold decides how many may be; who does not has not allowed any. Users that did not get in break a run unless one on `join_failed`, `users_failed` or `users_joined`',
    'asks it of everybody and the whole run; users that were lost unless one on `users_lost` does; users that others did not count unless one on `missing` does.',
    '',
    '| Unit of the metric | Written as |',
    '|---|---|',
    ...units.map((unit) => `| ${unit} | ${written(unit)} |`),
  ].join('\n')}\n`;
}

function written(unit: Unit): string {
  const suffixes = writtenUnits(unit).map((suffix) => `\`${suffix}\``);
  if (unit === 'ratio') return `a number from 0 to 1, or ${suffixes.join(', ')}`;
  return suffixes.length === 0 ? 'a bare number' : suffixes.join(', ');
}
