import { findBrowser } from '../../src/browser/find-browser.js';

const { executablePath } = await findBrowser({ wanted: process.env['FIRSTBELL_BROWSER'], path: process.env['PATH'], platform: process.platform });

/** The browser that the set-up step found or installed, by the search of the product. */
export function browserForTests(): string {
  return executablePath;
}
