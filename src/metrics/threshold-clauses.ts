import { TAG_NAMES, type TagName, type Tags } from './catalogue.js';
import { didYouMean, found, refusal, type Read, type Reader } from './threshold-reader.js';
import type { TimeWindow } from './threshold.js';
import { inUnit, writtenUnits } from './units.js';

/** How times of day become times of the run. */
export interface DayTime {
  /** Of the first instant, ms after midnight; undefined: the scenario has none. */
  readonly startOfDayMs?: number | undefined;
  /** So many times faster than the day the run goes. Default 1. */
  readonly speed?: number;
}

/** What may follow the limit. */
export interface Clauses {
  readonly each?: TagName;
  readonly window?: TimeWindow;
}

/** The words that begin a clause; a unit never reads like one of them. */
export const CLAUSE_WORDS = ['per', 'between', 'after', 'until'] as const;

const HELP = 'after the limit: per server, between 08:00 and 08:15, after 2m, until 08:15; one threshold a line';

/**
 * Reads `[per tag] [between instant and instant | after instant | until instant]`, in any order. An instant is a time since the
 * beginning of the run (`90s`, `1h30m`) or a time of day, which needs `startOfDayMs`.
 */
export function readClauses(reader: Reader, { each: eachInTags, tags }: { readonly each: TagName | undefined; readonly tags: Tags }, day: DayTime): Read<Clauses> {
  let each = eachInTags;
  let window: TimeWindow | undefined;
  while (!reader.atEnd) {
    const offset = reader.offset;
    const word = reader.take(/(?:per|between|after|until)\b/y)?.[0];
    if (word === undefined) return reader.refuse('nothing may follow the limit', reader.text.slice(offset) === 'abort' ? 'abort is a key beside it: { expression: …, abort: true }' : HELP);
    if (word === 'per') {
      if (each !== undefined) return refusal(offset, word.length, `the threshold holds for each ${each} already`, undefined);
      const tagOffset = reader.offset;
      const tag = readTag(reader);
      if (!tag.ok) return tag;
      if (tag.value in tags) return refusal(tagOffset, tag.value.length, `the threshold is for one ${tag.value} already`, undefined);
      each = tag.value;
    } else {
      if (window !== undefined) return refusal(offset, word.length, 'a second stretch of time', 'one of between … and …, after …, until …');
      const read = readWindow(reader, word, day);
      if (!read.ok) return read;
      window = read.value;
    }
  }
  return found({ ...(each === undefined ? {} : { each }), ...(window === undefined ? {} : { window }) });
}

function readTag(reader: Reader): Read<TagName> {
  const offset = reader.offset;
  const word = reader.take(/[A-Za-z_]+/y)?.[0];
  if (word === undefined) return reader.refuse('a tag must follow "per"', `one of ${TAG_NAMES.join(', ')}`);
  const tag = TAG_NAMES.find((known) => known === word);
  return tag === undefined ? refusal(offset, word.length, `unknown tag "${word}"`, didYouMean(word, TAG_NAMES) ?? `one of ${TAG_NAMES.join(', ')}`) : found(tag);
}

function readWindow(reader: Reader, word: string, day: DayTime): Read<TimeWindow> {
  const firstOffset = reader.offset;
  const first = readInstant(reader, word, day);
  if (!first.ok) return first;
  if (word === 'after') return found({ fromMs: first.value });
  if (word === 'until') return first.value > 0 ? found({ fromMs: 0, untilMs: first.value }) : refusal(firstOffset, lengthSince(reader, firstOffset), 'until the beginning there is nothing', undefined);
  if (!reader.take(/and\b/y)) return reader.refuse('"and" and an instant must follow', 'for example `between 08:00 and 08:15`');
  const offset = reader.offset;
  const second = readInstant(reader, 'and', day);
  if (!second.ok) return second;
  if (second.value <= first.value) return refusal(offset, lengthSince(reader, offset), 'the end of the stretch of time is not after its beginning', undefined);
  return found({ fromMs: first.value, untilMs: second.value });
}

/** Of what was read since `offset`, without the blanks behind it. */
const lengthSince = (reader: Reader, offset: number): number => reader.text.slice(offset, reader.offset).trimEnd().length;

function readInstant(reader: Reader, word: string, day: DayTime): Read<number> {
  const offset = reader.offset;
  const time = reader.take(/([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])/y);
  if (time) {
    const { startOfDayMs, speed = 1 } = day;
    if (startOfDayMs === undefined) return refusal(offset, time[0].length, `${time[0]} is a time of day, but the scenario has no startOfDay`, 'add startOfDay at the top of the file, or write a time since the beginning such as 90s');
    const atMs = ((Number(time[1]) * 3_600 + Number(time[2]) * 60 + Number(time[3] ?? 0)) * 1_000 - startOfDayMs) / speed;
    if (atMs < 0) return refusal(offset, time[0].length, `${time[0]} is before startOfDay`, 'for a run beyond midnight write a time since the beginning');
    return found(atMs);
  }
  let sumMs: number | undefined;
  for (let part = readDuration(reader); part !== undefined; part = readDuration(reader)) sumMs = (sumMs ?? 0) + part;
  if (sumMs === undefined || !Number.isFinite(sumMs)) return reader.refuse(`an instant must follow "${word}"`, 'a time since the beginning (90s, 1h30m) or a time of day (08:15)');
  return found(sumMs);
}

function readDuration(reader: Reader): number | undefined {
  const match = reader.take(new RegExp(`(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(${[...writtenUnits('ms')].sort((a, b) => b.length - a.length).join('|')})(?![A-Za-z])`, 'y'));
  return match ? inUnit(Number(match[1]), match[2]!, 'ms') : undefined;
}
