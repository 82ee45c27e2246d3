import { findBrowser, type FoundBrowser } from '../browser/find-browser.js';
import type { Io } from './io.js';

/** The browser of this machine; FIRSTBELL_BROWSER wins. Rejects with BROWSER_MISSING. */
export const browserHere = ({ env }: Pick<Io, 'env'>): Promise<FoundBrowser> => findBrowser({ wanted: env['FIRSTBELL_BROWSER'], path: env['PATH'], platform: process.platform });
