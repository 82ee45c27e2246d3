import type { Unit } from '../metrics/catalogue.js';

/** Numbers as people read them, the same on every machine: locale and time zone are fixed. */

export type Lang = 'en' | 'de';
export const LANGUAGES: readonly Lang[] = ['en', 'de'];

/** Keeps number and unit on one line. */
const NBSP = '\u00A0';
/** What a figure says that does not exist; never 0. */
export const NOT_MEASURED = 'not measured';

interface UnitWords {
  readonly locale: string;
  readonly dates: string;
  readonly notMeasured: string;
  readonly fps: string;
  readonly core: string;
  readonly cores: string;
}

const UNIT_WORDS: Readonly<Record<Lang, UnitWords>> = {
  en: { locale: 'en', dates: 'en-GB', notMeasured: NOT_MEASURED, fps: 'fps', core: 'core', cores: 'cores' },
  de: { locale: 'de', dates: 'de', notMeasured: 'nicht gemessen', fps: 'Bilder/s', core: 'Kern', cores: 'Kerne' },
};

/** Numbers, times and dates in one language. */
export class Formats {
  readonly lang: Lang;
  readonly notMeasured: string;
  readonly #words: UnitWords;
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #dates: Intl.DateTimeFormat;

  constructor(lang: Lang) {
    this.lang = lang;
    this.#words = UNIT_WORDS[lang];
    this.notMeasured = this.#words.notMeasured;
    this.#dates = new Intl.DateTimeFormat(this.#words.dates, { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  }

  /** At most `maxDigits` after the point. */
  number = (value: number, maxDigits: number, minDigits = 0): string => {
    const key = `${maxDigits} ${minDigits}`;
    let format = this.#numbers.get(key);
    if (!format) {
      format = new Intl.NumberFormat(this.#words.locale, { maximumFractionDigits: maxDigits, minimumFractionDigits: minDigits });
      this.#numbers.set(key, format);
    }
    return format.format(value);
  };

  /** A whole number: `6,000`. */
  whole = (value: number): string => this.number(value, 0);

  /** `value` in `unit` with as many digits as matter: `850 ms`, `3.41 s`, `0.3 %`, `1.2 Mbit/s`. Undefined: `not measured`. */
  quantity = (value: number | undefined, unit: Unit, moreDigits = 0): string => {
    const { number } = this;
    if (value === undefined || !Number.isFinite(value)) return this.notMeasured;
    switch (unit) {
      case 'ms':
        return this.duration(value, moreDigits);
      case 'ratio':
        return `${number(value * 100, (Math.abs(value) < 0.01 ? 2 : 1) + moreDigits)}${NBSP}%`;
      case 'fps':
        return `${number(value, 1 + moreDigits)}${NBSP}${this.#words.fps}`;
      case 'kbit/s':
        return Math.abs(value) >= 1_000 ? `${number(value / 1_000, 2 + moreDigits)}${NBSP}Mbit/s` : `${number(value, moreDigits)}${NBSP}kbit/s`;
      case 'px':
        return `${number(value, moreDigits)}${NBSP}px`;
      case 'count':
        return number(value, 1 + moreDigits);
      case 'cores':
        return `${number(value, 2 + moreDigits)}${NBSP}${value === 1 ? this.#words.core : this.#words.cores}`;
      case 'MB':
        return Math.abs(value) >= 10_000 ? `${number(value / 1_000, 1 + moreDigits)}${NBSP}GB` : `${number(value, moreDigits)}${NBSP}MB`;
      case 'mos':
        return number(value, 2 + moreDigits);
      case 'bytes':
        return Math.abs(value) >= 1_000_000 ? `${number(value / 1_000_000, 1 + moreDigits)}${NBSP}MB` : `${number(value / 1_000, 1 + moreDigits)}${NBSP}kB`;
    }
  };

  /** `value` with so many digits that it does not read like `limit` unless it is: 1.03 % did not stay below 1 %. */
  quantityBeside = (limit: number, value: number | undefined, unit: Unit): string => {
    let text = this.quantity(value, unit);
    for (let more = 1; more <= 4 && value !== limit && text === this.quantity(limit, unit); more++) text = this.quantity(value, unit, more);
    return text;
  };

  /** A length of time: `4.2 ms`, `850 ms`, `3.41 s`, `1 min 30 s`, `6 h 5 min`. */
  duration = (valueMs: number, moreDigits = 0): string => {
    const { number } = this;
    if (valueMs < 0) return `−${this.duration(-valueMs, moreDigits)}`;
    if (valueMs < 9.95) return `${number(valueMs, 1 + moreDigits)}${NBSP}ms`;
    if (valueMs < 999.5) return `${number(valueMs, moreDigits)}${NBSP}ms`;
    if (valueMs < 9_995) return `${number(valueMs / 1_000, 2 + moreDigits)}${NBSP}s`;
    if (valueMs < 89_950) return `${number(valueMs / 1_000, 1 + moreDigits)}${NBSP}s`;
    const seconds = Math.round(valueMs / 1_000);
    const minutes = Math.round(seconds / 60);
    if (seconds < 3_600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
    return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  };

  /** `23 November 2026 at 07:00 UTC`. */
  dateTime = (iso: string): string => `${this.#dates.format(new Date(iso))} UTC`;

  /** `1 meeting`, `3 meetings`. */
  counted = (count: number, one: string, many = `${one}s`): string => `${this.whole(count)}${NBSP}${count === 1 ? one : many}`;
}

const IN: Readonly<Record<Lang, Formats>> = { en: new Formats('en'), de: new Formats('de') };

export const formatsIn = (lang: Lang): Formats => IN[lang];

/** English, for terminals, logs and files for machines. */
export const { whole, quantity, quantityBeside, duration, dateTime, counted } = IN.en;

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

/** What a thing is called; a key that others wrote may be anything, also the name of something that every object has. */
export function named(names: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(names, key) ? names[key]! : key;
}

/** For a line on a terminal: names of servers and codes come from others, and must neither break it nor steer what shows it. */
export function oneLine(text: string): string {
  return plain(text).replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

/** For terminals and files in which non-breaking spaces and soft hyphens only hinder a search. */
export function plain(text: string): string {
  return text.replaceAll(NBSP, ' ').replaceAll('\u00AD', '');
}
