// Writes the table of docs/errors.md from src/core/errors.ts (run after a build): node scripts/errors-doc.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { ERROR_CODES } from '../dist/core/errors.js';

const file = new URL('../docs/errors.md', import.meta.url);
const head = readFileSync(file, 'utf8').split('| Code |')[0];
const rows = Object.entries(ERROR_CODES).map(([code, { about, exit }]) => `| \`${code}\` | ${about} | ${exit} |`);
writeFileSync(file, `${head}| Code | Meaning | Exit |\n|---|---|---|\n${rows.join('\n')}\n`);
