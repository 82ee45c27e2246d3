/** An instant as a file gives it: on the clock of the world (ms since 1970, UTC), or on a wall clock without a time zone (ms since its own 1970). */
export interface Moment {
  readonly ms: number;
  readonly wall: boolean;
}

const DAY_MS = 86_400_000;
/** 2001 to 5138 in seconds; milliseconds are a thousand times more. */
const SECONDS = { from: 1e9, to: 1e11 } as const;

/** Reads Unix seconds or milliseconds, ISO 8601 with or without zone, or a time of day (07:54); undefined if it is none of them. */
export function readMoment(text: string): Moment | undefined {
  const written = text.trim();
  if (/^\d{9,13}(?:\.\d{1,9})?$/.test(written)) {
    const number = Number(written);
    const ms = number < SECONDS.to ? number * 1_000 : number;
    return number >= SECONDS.from ? { ms: Math.round(ms), wall: false } : undefined;
  }
  const time = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(written);
  if (time) return { ms: (Number(time[1]) * 3_600 + Number(time[2]) * 60 + Number(time[3] ?? 0)) * 1_000, wall: true };
  const date = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|[+-]\d{2}:?\d{2})?$/.exec(written);
  if (!date) return undefined;
  const ms = Date.parse(`${date[1]}T${date[2]}${date[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? undefined : { ms, wall: date[3] === undefined };
}

/** What a clock on the wall of `timeZone` (IANA name) shows at an instant, as ms since its own 1970. Throws RangeError for an unknown zone. */
export function onTheWall({ ms, wall }: Moment, timeZone: string): number {
  if (wall) return ms;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) + (ms % 1_000);
}

/** ms after midnight of an instant of a wall clock. */
export function timeOfDay(wallMs: number): number {
  return ((wallMs % DAY_MS) + DAY_MS) % DAY_MS;
}
