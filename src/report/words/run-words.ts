import type { Lang } from '../format.js';
import { RUN_DE } from './run-de.js';
import { RUN_EN, type RunWords } from './run-en.js';

/** The words of a run's report, by language. */
export const RUN_WORDS: Readonly<Record<Lang, RunWords>> = { en: RUN_EN, de: RUN_DE };
