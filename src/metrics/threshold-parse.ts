import { ERROR_CODES } from '../core/errors.js';
import { JOIN_PHASES, METRICS, TAG_NAMES, type MetricInfo, type MetricKind, type MetricName, type TagName, type Tags, type Unit } from './catalogue.js';
import { CLAUSE_WORDS, readClauses, type DayTime } from './threshold-clauses.js';
import type { Aggregation, Comparison, Threshold } from './threshold.js';
import { didYouMean, found, refusal, type Read, Reader, type Refusal } from './threshold-reader.js';
import { inUnit, writtenUnits } from './units.js';

export type ParsedThreshold = { readonly ok: true; readonly threshold: Threshold } | Refusal;

/** What can be asked of each kind. Counters: `count` is the total counted, as `sum`. */
export const AGGREGATIONS: Readonly<Record<MetricKind, readonly string[]>> = {
  histogram: ['p(…)', 'avg', 'min', 'max', 'count', 'sum'],
  counter: ['count', 'sum'],
  rate: ['rate', 'count'],
  gauge: ['last', 'min', 'max'],
};

/** Tag values that are known beforehand; others (server, call, step) depend on the run. */
function knownValues(tag: TagName, metric: MetricName): readonly string[] | undefined {
  if (tag === 'role') return ['teacher', 'pupil'];
  if (tag === 'kind') return ['browser', 'native'];
  if (tag === 'code' && metric === 'errors') return Object.keys(ERROR_CODES);
  return tag === 'phase' && metric.startsWith('join_phase') ? JOIN_PHASES : undefined;
}

const MAX_LENGTH = 400;

/**
 * Reads `metric[{tag=value,…}] aggregation comparison number[unit] [per tag] [between instant and instant | after … | until …]`, e.g.
 * `join_time{role=pupil} p(95) < 10 s`, `join_failed{server=*} rate < 1%`, `join_time p(95) < 10 s between 08:00 and 08:15`.
 * Aggregation and unit must fit the metric. Times of day need to know how they become times of the run. `abort` is left false.
 */
export function parseThreshold(expression: string, day: DayTime = {}): ParsedThreshold {
  if (expression.length > MAX_LENGTH) return refusal(0, expression.length, `a threshold has at most ${MAX_LENGTH} characters`, undefined);
  const reader = new Reader(expression);
  const metric = readMetric(reader);
  if (!metric.ok) return metric;
  const info: MetricInfo = METRICS[metric.value];
  const tags = readTags(reader, metric.value);
  if (!tags.ok) return tags;
  const aggregation = readAggregation(reader, metric.value, info);
  if (!aggregation.ok) return aggregation;
  const comparison = readComparison(reader);
  if (!comparison.ok) return comparison;
  const unit = unitOf(info, aggregation.value);
  const limit = readLimit(reader, metric.value, unit);
  if (!limit.ok) return limit;
  const clauses = readClauses(reader, tags.value, day);
  if (!clauses.ok) return clauses;
  const threshold: Threshold = { expression: expression.trim(), metric: metric.value, tags: tags.value.tags, aggregation: aggregation.value, comparison: comparison.value, limit: limit.value, abort: false, ...clauses.value };
  return { ok: true, threshold };
}

/** Unit of what the aggregation yields: `count` of a distribution of times is a number, not a time. */
export function unitOf(info: MetricInfo, aggregation: Aggregation): Unit {
  return aggregation.of === 'count' && info.kind !== 'counter' ? 'count' : info.unit;
}

function readMetric(reader: Reader): Read<MetricName> {
  const offset = reader.offset;
  const word = reader.take(/[A-Za-z_][A-Za-z0-9_]*/y)?.[0];
  if (word === undefined) return reader.refuse('a threshold begins with a metric', 'for example `join_time p(95) < 10 s`');
  if (Object.hasOwn(METRICS, word)) return found(word as MetricName);
  return refusal(offset, word.length, `unknown metric "${word}"`, didYouMean(word, Object.keys(METRICS)) ?? 'docs/metrics.md lists the metrics');
}

/** `each`: the tag whose value is `*`. */
interface ReadTags {
  readonly tags: Tags;
  readonly each: TagName | undefined;
}

function readTags(reader: Reader, metric: MetricName): Read<ReadTags> {
  const tags: Partial<Record<TagName, string>> = {};
  let each: TagName | undefined;
  if (!reader.take(/\{/y) || reader.take(/\}/y)) return found({ tags, each });
  for (;;) {
    const offset = reader.offset;
    const name = reader.take(/[A-Za-z_]+/y)?.[0];
    if (name === undefined) return reader.refuse('a tag is missing', `write {tag=value}; tags: ${TAG_NAMES.join(', ')}`);
    const tag = TAG_NAMES.find((known) => known === name);
    if (!tag) return refusal(offset, name.length, `unknown tag "${name}"`, didYouMean(name, TAG_NAMES) ?? `tags: ${TAG_NAMES.join(', ')}`);
    if (tag in tags || tag === each) return refusal(offset, name.length, `tag "${name}" is given twice`, undefined);
    if (!reader.take(/=/y)) return reader.refuse(`"=" and a value must follow the tag "${name}"`, `write {${name}=value}`);
    const valueOffset = reader.offset;
    const match = reader.take(/"([^"]*)"|([^\s,{}="]+)/y);
    const value = match?.[1] ?? match?.[2];
    if (!match || !value) return refusal(valueOffset, match?.[0].length ?? 1, `tag "${name}" has no value`, `write {${name}=value}`);
    const known = knownValues(tag, metric);
    const every = match[2] === '*';
    if (every && each !== undefined) return refusal(valueOffset, 1, `the threshold holds for each ${each} already`, 'one tag with *');
    if (!every && known && !known.includes(value)) {
      return refusal(valueOffset, match[0].length, `"${value}" is no ${name}`, didYouMean(value, known) ?? (known.length > 10 ? 'docs/errors.md lists the codes' : `one of ${known.join(', ')}`));
    }
    if (every) each = tag;
    else tags[tag] = value;
    if (reader.take(/,/y)) continue;
    if (reader.take(/\}/y)) return found({ tags, each });
    return reader.refuse('the tags are not closed', 'write {tag=value,tag=value}');
  }
}

function readAggregation(reader: Reader, metric: MetricName, info: MetricInfo): Read<Aggregation> {
  const offset = reader.offset;
  const allowed = AGGREGATIONS[info.kind];
  const example = `${metric} takes ${allowed.join(', ')}`;
  const match = reader.take(/p\s*\(\s*([^()<>=!]*?)\s*\)|[A-Za-z_][A-Za-z0-9_.]*/y);
  if (!match) return reader.refuse('an aggregation must follow the metric', example);
  const word = match[0];
  if (match[1] !== undefined) {
    const percentile = /^\d{1,3}(\.\d{1,6})?$/.test(match[1]) ? Number(match[1]) : Number.NaN;
    if (!(percentile >= 0 && percentile <= 100)) return refusal(offset, word.length, `"${match[1]}" is no percentile`, 'a number from 0 to 100, for example p(95)');
    if (info.kind !== 'histogram') return refusal(offset, word.length, `${metric} is a ${info.kind} and has no percentiles`, example);
    return found({ of: 'percentile', percentile });
  }
  const known = ['avg', 'min', 'max', 'count', 'rate', 'sum', 'last'] as const;
  const of = known.find((name) => name === word);
  if (of === undefined) {
    const digits = /^p(\d+(\.\d+)?)$/.exec(word)?.[1];
    const help = digits !== undefined ? `did you mean "p(${digits})"?` : /^med(ian)?$/.test(word) ? 'did you mean "p(50)"?' : didYouMean(word, known);
    return refusal(offset, word.length, `unknown aggregation "${word}"`, help ?? example);
  }
  if (!allowed.includes(of)) return refusal(offset, word.length, `${metric} is a ${info.kind} and has no ${of}`, example);
  return found({ of });
}

function readComparison(reader: Reader): Read<Comparison> {
  const offset = reader.offset;
  const sign = reader.take(/[<>=!]+/y)?.[0];
  if (sign === undefined) return reader.refuse('a comparison must follow the aggregation', 'one of <, <=, >, >=, ==, !=');
  const known: readonly Comparison[] = ['<', '<=', '>', '>=', '==', '!='];
  const comparison = known.find((candidate) => candidate === sign);
  if (comparison) return found(comparison);
  const meant: Readonly<Record<string, string>> = { '=': '==', '===': '==', '=<': '<=', '=>': '>=', '<>': '!=' };
  return refusal(offset, sign.length, `unknown comparison "${sign}"`, meant[sign] ? `did you mean "${meant[sign]}"?` : `one of ${known.join(', ')}`);
}

/** A word, but none that begins a clause. */
const UNIT = new RegExp(`(?!(?:${CLAUSE_WORDS.join('|')})\\b)[A-Za-zµ%][A-Za-z/%]*`, 'y');

function readLimit(reader: Reader, metric: MetricName, unit: Unit): Read<number> {
  const offset = reader.offset;
  const digits = reader.take(/[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/y)?.[0];
  if (digits === undefined) return reader.refuse('a number must follow the comparison', 'for example `< 10 s`');
  const number = Number(digits);
  if (!Number.isFinite(number) || number < 0) return refusal(offset, digits.length, `the limit must be a number from 0 upwards, got ${digits}`, undefined);
  const unitOffset = reader.offset;
  const suffix = reader.take(UNIT)?.[0] ?? '';
  const limit = inUnit(number, suffix, unit);
  const units = writtenUnits(unit);
  if (limit === undefined && suffix === '') return refusal(offset, digits.length, `the limit of ${metric} needs a unit`, `one of ${units.join(', ')}`);
  if (limit === undefined) {
    const help = units.length === 0 ? 'a count has no unit' : (didYouMean(suffix, units) ?? `one of ${units.join(', ')}`);
    return refusal(unitOffset, suffix.length, `"${suffix}" does not fit ${metric}`, help);
  }
  if (unit === 'ratio' && limit > 1) return refusal(offset, unitOffset + suffix.length - offset, `${metric} is a share: at most 1 (100%), got ${digits}${suffix}`, `did you mean ${digits}%?`);
  return found(limit);
}
