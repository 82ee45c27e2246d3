// Writes the reference in docs/scenario.md from the shapes in src/scenario (run after a build): node scripts/scenario-doc.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { scenarioReference } from '../dist/scenario/reference.js';

const MARK = '<!-- From here on made by scripts/scenario-doc.mjs -->\n';
const file = new URL('../docs/scenario.md', import.meta.url);
const [head] = readFileSync(file, 'utf8').split(MARK);
writeFileSync(file, `${head}${MARK}\n${scenarioReference()}`);
