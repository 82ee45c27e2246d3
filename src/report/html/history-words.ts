import type { Lang } from '../format.js';
import { HISTORY_DE } from '../words/history-de.js';
import { HISTORY_EN, type HistoryWords } from '../words/history-en.js';

export type HistoryHowKey = Exclude<keyof HistoryWords['how'], 'title' | 'intro'>;

const WORDS: Readonly<Record<Lang, HistoryWords>> = { en: HISTORY_EN, de: HISTORY_DE };

export const historyWords = (lang: Lang): HistoryWords => WORDS[lang];
