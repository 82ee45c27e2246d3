import { z } from 'zod';
import { DURATION_PATTERN, MAX_DURATION_MS, OFFSET_PATTERN, PERCENT_PATTERN, RATE_PATTERN, START_PATTERN, TIME_OF_DAY_PATTERN, durationMs, durationText, offsetMs } from './quantity.js';

/**
 * Scalars of a scenario file in their written form. An `error` text begins with "must"; shape-problems.ts puts the key before
 * it and the value behind. What stands after a line break is the help.
 */

interface About {
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

const meta = ({ description, examples, ...rest }: About): Record<string, unknown> => ({ description, ...(examples ? { examples: [...examples] } : {}), ...rest });

/** Optional with documentation; the default itself is filled in by normalise.ts. */
export function optional<T extends z.ZodType>(type: T, about: About): z.ZodOptional<T> {
  return type.optional().meta(meta(about));
}

export function documented<T extends z.ZodType>(type: T, about: About): T {
  return type.meta(meta(about));
}

export const text = (max: number): z.ZodString => z.string({ error: 'must be a text' }).max(max);

const NAME_ERROR = 'must be a name: letters, digits, spaces, - and _, at most 60, beginning with a letter or digit';
export const name = z.string({ error: NAME_ERROR }).regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,59}$/u, { error: NAME_ERROR });

export const count = (min: number, max: number): z.ZodInt => z.int({ error: 'must be a whole number' }).min(min).max(max);

export const amount = (min: number, max: number): z.ZodNumber => z.number({ error: 'must be a number' }).min(min).max(max);

export const flag = z.boolean({ error: 'must be true or false' });

const DURATION_ERROR = 'must be a duration\nwrite it with a unit: 500ms, 45s, 30m, 1h30m';

/** `min` in ms. */
export function duration(min = 0): z.ZodString {
  return z
    .string({ error: DURATION_ERROR })
    .regex(DURATION_PATTERN, { error: DURATION_ERROR })
    .refine((written) => (durationMs(written) ?? min) >= min, { error: `must be at least ${durationText(min)}` })
    .refine((written) => (durationMs(written) ?? 0) <= MAX_DURATION_MS, { error: 'must be at most a week (168h)' });
}

const TIME_ERROR = 'must be a time of day\nwrite it on the 24-hour clock: 07:00 or 07:00:30';
export const timeOfDay = z.string({ error: TIME_ERROR }).regex(TIME_OF_DAY_PATTERN, { error: TIME_ERROR });

const START_ERROR = 'must be a duration since the beginning or a time of day\nfor example 90s, or 07:54 together with startOfDay';
export const start = z
  .string({ error: START_ERROR })
  .regex(START_PATTERN, { error: START_ERROR })
  .refine((written) => (durationMs(written) ?? 0) <= MAX_DURATION_MS, { error: 'must be at most a week (168h)' });

const SHARE_ERROR = 'must be a share: a percentage such as 25%, or a number from 0 to 1';
export const share = z.union([z.number().min(0).max(1), z.string().regex(PERCENT_PATTERN, { error: SHARE_ERROR })], { error: SHARE_ERROR });

const RATE_ERROR = 'must be a rate\nsay how many in what time: 2/s, 90/min or 600/h';
export const rate = z.string({ error: RATE_ERROR }).regex(RATE_PATTERN, { error: RATE_ERROR });

const REST_ERROR = "must be a whole number or the word 'rest'";
export const countOrRest = z.union([z.literal('rest'), z.int().min(0).max(1_000_000)], { error: REST_ERROR });

const VARIABLE_ERROR = 'must be the NAME of an environment variable, never the secret itself\nfor example BBB_SECRET; the secret stays outside the file';
export const variableName = z.string({ error: VARIABLE_ERROR }).regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, { error: VARIABLE_ERROR });

export const choice = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values);

const OFFSET_ERROR = 'must be a time before or after the bell\nwrite -3m for three minutes before, 5m for five after';
export const offset = z
  .string({ error: OFFSET_ERROR })
  .regex(OFFSET_PATTERN, { error: OFFSET_ERROR })
  .refine((written) => Math.abs(offsetMs(written) ?? 0) <= MAX_DURATION_MS, { error: 'must be at most a week (168h)' });

/** As it is said to a program: no control characters, nothing without an end. */
export const argument = z.string({ error: 'must be a text' }).min(1).max(500).regex(/^[^\p{Cc}]+$/u, { error: 'must be a text on one line, without control characters' });
