import { JOIN_PHASES, METRICS, TAG_NAMES, type MetricInfo, type MetricKind, type Unit } from './catalogue.js';
import { AGGREGATIONS } from './threshold-parse.js';
import { writtenUnits } from './units.js';

const KINDS: Readonly<Record<MetricKind, string>> = {
  histogram: 'distribution of values; percentiles are exact to 0.1 %',
  counter: 'sum of increments; `count` and `sum` both give the total',
  rate: 'share of true among all',
  gauge: 'a value that goes up and down; those of several workers add up',
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
    'metric[{tag=value,…}] aggregation comparison number[unit]',
    '',
    'join_time{role=pupil} p(95) < 10 s',
    'join_failed rate < 1%',
    'users_lost count == 0',
    'video_fps p(50) > 10 fps',
    '```',
    '',
    'Comparisons: `<` `<=` `>` `>=` `==` `!=`. A threshold for which nothing was measured does not hold; nothing counted is a true zero.',
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
