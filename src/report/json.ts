import type { Summary } from './summary.js';

/** `summary.json`, as documented in docs/files.md. What was not measured is left out. */
export function renderJson(summary: Summary): string {
  return `${JSON.stringify(summary, undefined, 2)}\n`;
}
