import type { Unit } from '../metrics/catalogue.js';

/** Numbers as people read them, the same on every machine: locale and time zone are fixed. */

/** Keeps number and unit on one line. */
const NBSP = '\u00A0';
/** What a figure says that does not exist; never 0. */
export const NOT_MEASURED = 'not measured';

const formats = new Map<string, Intl.NumberFormat>();

function fixed(value: number, maxDigits: number, minDigits = 0): string {
  const key = `${maxDigits} ${minDigits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat('en', { maximumFractionDigits: maxDigits, minimumFractionDigits: minDigits });
    formats.set(key, format);
  }
  return format.format(value);
}

/** A whole number: `6,000`. */
export function whole(value: number): string {
  return fixed(value, 0);
}

/** `value` in `unit` with as many digits as matter: `850 ms`, `3.41 s`, `0.3 %`, `1.2 Mbit/s`. Undefined: `not measured`. */
export function quantity(value: number | undefined, unit: Unit, moreDigits = 0): string {
  if (value === undefined || !Number.isFinite(value)) return NOT_MEASURED;
  switch (unit) {
    case 'ms':
      return duration(value, moreDigits);
    case 'ratio':
      return `${fixed(value * 100, (Math.abs(value) < 0.01 ? 2 : 1) + moreDigits)}${NBSP}%`;
    case 'fps':
      return `${fixed(value, 1 + moreDigits)}${NBSP}fps`;
    case 'kbit/s':
      return Math.abs(value) >= 1_000 ? `${fixed(value / 1_000, 2 + moreDigits)}${NBSP}Mbit/s` : `${fixed(value, moreDigits)}${NBSP}kbit/s`;
    case 'px':
      return `${fixed(value, moreDigits)}${NBSP}px`;
    case 'count':
      return fixed(value, 1 + moreDigits);
    case 'cores':
      return `${fixed(value, 2 + moreDigits)}${NBSP}${value === 1 ? 'core' : 'cores'}`;
    case 'MB':
      return Math.abs(value) >= 10_000 ? `${fixed(value / 1_000, 1 + moreDigits)}${NBSP}GB` : `${fixed(value, moreDigits)}${NBSP}MB`;
    case 'mos':
      return fixed(value, 2 + moreDigits);
    case 'bytes':
      return Math.abs(value) >= 1_000_000 ? `${fixed(value / 1_000_000, 1 + moreDigits)}${NBSP}MB` : `${fixed(value / 1_000, 1 + moreDigits)}${NBSP}kB`;
  }
}

/** `value` with so many digits that it does not read like `limit` unless it is: 1.03 % did not stay below 1 %. */
export function quantityBeside(limit: number, value: number | undefined, unit: Unit): string {
  let text = quantity(value, unit);
  for (let more = 1; more <= 4 && value !== limit && text === quantity(limit, unit); more++) text = quantity(value, unit, more);
  return text;
}

/** A length of time: `4.2 ms`, `850 ms`, `3.41 s`, `1 min 30 s`, `6 h 5 min`. */
export function duration(valueMs: number, moreDigits = 0): string {
  if (valueMs < 0) return `−${duration(-valueMs, moreDigits)}`;
  if (valueMs < 9.95) return `${fixed(valueMs, 1 + moreDigits)}${NBSP}ms`;
  if (valueMs < 999.5) return `${fixed(valueMs, moreDigits)}${NBSP}ms`;
  if (valueMs < 9_995) return `${fixed(valueMs / 1_000, 2 + moreDigits)}${NBSP}s`;
  if (valueMs < 89_950) return `${fixed(valueMs / 1_000, 1 + moreDigits)}${NBSP}s`;
  const seconds = Math.round(valueMs / 1_000);
  const minutes = Math.round(seconds / 60);
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${NBSP}${bigUnit}` : `${big}${NBSP}${bigUnit}${NBSP}${small}${NBSP}${smallUnit}`;
}

/** An instant of the run: time of day if the scenario has one (`08:05`, `08:05:30`), else time since its start (`1:30`, `1:05:00`). */
export function instant(atMs: number, startOfDayMs: number | undefined, withSeconds = true): string {
  if (startOfDayMs !== undefined) {
    const total = Math.floor((startOfDayMs + atMs) / 1_000);
    const clock = `${two(Math.floor(total / 3_600) % 24)}:${two(Math.floor(total / 60) % 60)}`;
    return withSeconds ? `${clock}:${two(total % 60)}` : clock;
  }
  const total = Math.max(0, Math.floor(atMs / 1_000));
  const hours = Math.floor(total / 3_600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

const DATE = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });

/** `23 November 2026 at 07:00 UTC`. */
export function dateTime(iso: string): string {
  return `${DATE.format(new Date(iso))} UTC`;
}

/** `1 meeting`, `3 meetings`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)}${NBSP}${count === 1 ? one : many}`;
}

/** For a line on a terminal: names of servers and codes come from others, and must neither break it nor steer what shows it. */
export function oneLine(text: string): string {
  return plain(text).replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

/** For terminals and files in which a non-breaking space only hinders a search. */
export function plain(text: string): string {
  return text.replaceAll(NBSP, ' ');
}
