import { HarnessError } from '../core/errors.js';

/**
 * yargs lets `--servers abc` through as NaN and makes arrays of repeated flags, so values arrive as text and are parsed here.
 * A flag given twice means the last one, as in most tools.
 */
function single(value: unknown): string | undefined {
  const last = Array.isArray(value) ? (value as unknown[])[value.length - 1] : value;
  return last === undefined ? undefined : String(last);
}

/** Coerces to one string. */
export const oneText = (value: unknown): string | undefined => single(value);

/** Coerces to a whole number within [min, max]; throws USAGE with the flag's name. */
export function wholeNumber(flag: string, min: number, max: number): (value: unknown) => number | undefined {
  return (value) => {
    const text = single(value);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text.trim() === '' || !Number.isInteger(number) || number < min || number > max) {
      throw new HarnessError('USAGE', `--${flag} takes a whole number from ${min} to ${max}, got "${text}"`);
    }
    return number;
  };
}

/** Coerces to a list, from repeated flags. */
export const textList = (value: unknown): readonly string[] => {
  if (value === undefined) return [];
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map(String);
};

/** Coerces to a number within [min, max]; throws USAGE with the flag's name. */
export function decimal(flag: string, min: number, max: number): (value: unknown) => number | undefined {
  return (value) => {
    const text = single(value);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text.trim() === '' || !(number >= min && number <= max)) throw new HarnessError('USAGE', `--${flag} takes a number from ${min} to ${max}, got "${text}"`);
    return number;
  };
}

/** Coerces to one of some words; throws USAGE with the flag's name. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[]): (value: unknown) => Word | undefined {
  return (value) => {
    const text = single(value);
    const word = words.find((known) => known === text);
    if (text !== undefined && word === undefined) throw new HarnessError('USAGE', `--${flag} takes one of ${words.join(', ')}, got "${text}"`);
    return word;
  };
}
