// Writes the measured parts of README.md: the demo's closing words (from reports/latest), the plan of the Darmstadt morning, the
// benchmark table (from bench/results). Run after a demo run and a benchmark: node scripts/readme.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const readme = join(root, 'README.md');
let text = readFileSync(readme, 'utf8');

function fill(part, content) {
  const pattern = new RegExp(`(<!-- ${part}:begin -->\n)[\\s\\S]*?(<!-- ${part}:end -->)`);
  text = text.replace(pattern, (_all, begin, end) => `${begin}${content}\n${end}`);
}

const fenced = (content) => `\`\`\`text\n${content.trimEnd()}\n\`\`\``;

if (existsSync(join(root, 'reports/latest/report.txt'))) fill('demo', fenced(read('reports/latest/report.txt').replace(/^Report .*$/m, 'Report      reports/latest/report.html')));

const plan = execFileSync(process.execPath, [join(root, 'bin/firstbell.js'), 'plan', 'scenarios/darmstadt-morning.yaml'], { cwd: root, encoding: 'utf8' });
fill('plan', fenced(plan));

const results = 'bench/results/browsers.json';
if (existsSync(join(root, results))) {
  const { at, machine, versions, runs, figures } = JSON.parse(read(results));
  const about = { listenUsersPerCore: 'users per core, listening and viewing one camera', listenMbPerUser: 'MB per user, the same', sendUsersPerCore: 'users per core, sending camera and microphone, viewing one' };
  const number = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
  const rows = Object.entries(figures)
    .filter(([key]) => about[key] !== undefined)
    .map(([key, { median, min, max }]) => `| ${about[key]} | ${number(median)} | ${number(min)}–${number(max)} |`);
  fill('bench', [`| Measured ${at.slice(0, 10)} (${runs === 1 ? '1 run' : `${runs} runs`}, ${machine.cores} cores ${machine.cpu}, ${Object.values(versions).join(', ')}) | median | range |`, '|---|---|---|', ...rows].join('\n'));
}
writeFileSync(readme, text);
