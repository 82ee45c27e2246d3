import type { Lang } from '../format.js';
import { describeExpression, thresholdInWords } from '../metric-titles.js';
import { reasonInGerman } from './reasons-de.js';

/** Whether what broke is a threshold; else it is what a run never holds with (nobody got in, users lost), in the words of its verdict. */
export const isThreshold = (cause: string): boolean => describeExpression(cause) !== undefined;

/** What broke, in words of the language. */
export function causeInWords(cause: string, lang: Lang): string {
  if (isThreshold(cause)) return thresholdInWords(cause, lang);
  return lang === 'de' ? (reasonInGerman(cause) ?? cause) : cause;
}
