/** Reading of durations, times of day, shares and rates as people write them. Patterns are shared with the JSON Schema. */

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `45m`, `90s`, `1h30m`, `2.5s`, `500ms`: largest unit first. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7}(?:\.\d{1,3})?)s)?(?:(\d{1,9})ms)?$/;
/** `07:00`, `07:00:30`; 24-hour clock. */
export const TIME_OF_DAY_PATTERN = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
/** Where a part begins: either of the two. */
export const START_PATTERN = new RegExp(`(?:${DURATION_PATTERN.source})|(?:${TIME_OF_DAY_PATTERN.source})`);
/** `-3m`, `5m`: before or after an instant. */
export const OFFSET_PATTERN = new RegExp(`^-?${DURATION_PATTERN.source.slice(1)}`);
/** `25%`, `12.5%`, up to 100%. */
export const PERCENT_PATTERN = /^(100(?:\.0{1,3})?|\d{1,2}(?:\.\d{1,3})?)\s?%$/;
/** `2/s`, `90/min`, `600/h`. */
export const RATE_PATTERN = /^(\d{1,6}(?:\.\d{1,3})?)\s?\/\s?(s|min|h)$/;

/** Longest duration that a file may give: a week. */
export const MAX_DURATION_MS = 7 * 24 * HOUR_MS;

/** In ms; undefined if it is not a duration. */
export function durationMs(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (!match) return undefined;
  const [h, m, s, ms] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return Math.round(h * HOUR_MS + m * MINUTE_MS + s * 1_000 + ms);
}

/** In ms, negative before; undefined if it is not an offset. */
export function offsetMs(text: string): number | undefined {
  if (!text.startsWith('-')) return durationMs(text);
  const before = durationMs(text.slice(1));
  return before === undefined ? undefined : -before;
}

/** In ms after midnight; undefined if it is not a time of day. */
export function timeOfDayMs(text: string): number | undefined {
  const match = TIME_OF_DAY_PATTERN.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * HOUR_MS + Number(match[2]) * MINUTE_MS + Number(match[3] ?? 0) * 1_000;
}

/** 0–1 from `25%` or 0.25; undefined if it is neither. */
export function shareOf(written: string | number): number | undefined {
  if (typeof written === 'number') return written;
  const match = PERCENT_PATTERN.exec(written);
  return match ? Number((Number(match[1]) / 100).toPrecision(12)) : undefined;
}

/** Per second; undefined if it is not a rate. */
export function ratePerSec(text: string): number | undefined {
  const match = RATE_PATTERN.exec(text);
  if (!match) return undefined;
  const perSec = { s: 1, min: 60, h: 3_600 }[match[2] as 's' | 'min' | 'h'];
  return Number(match[1]) / perSec;
}

/** `1h30m`, `45s`, `250ms`: as a person would write it in a file. */
export function durationText(ms: number): string {
  const rounded = Math.round(ms);
  const h = Math.floor(rounded / HOUR_MS);
  const m = Math.floor((rounded % HOUR_MS) / MINUTE_MS);
  const s = Math.floor((rounded % MINUTE_MS) / 1_000);
  const rest = rounded % 1_000;
  return [h > 0 ? `${h}h` : '', m > 0 ? `${m}m` : '', s > 0 ? `${s}s` : '', rest > 0 ? `${rest}ms` : ''].join('') || '0s';
}

/** `07:00`, with seconds where they are not zero. Beyond midnight the day starts again. */
export function timeOfDayText(ms: number): string {
  const inDay = ((Math.round(ms) % (24 * HOUR_MS)) + 24 * HOUR_MS) % (24 * HOUR_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor((inDay % MINUTE_MS) / 1_000);
  return `${two(Math.floor(inDay / HOUR_MS))}:${two(Math.floor((inDay % HOUR_MS) / MINUTE_MS))}${seconds > 0 ? `:${two(seconds)}` : ''}`;
}
