// Writes the measured parts of README.md: the demo's closing words (from reports/latest, if it is the demo's), the plan of the Darmstadt morning, the
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

const latest = join(root, 'reports/latest/report.txt');
// The newest run may have been another one.
if (existsSync(latest) && /^First bell, demo /m.test(readFileSync(latest, 'utf8'))) fill('demo', fenced(read('reports/latest/report.txt').replace(/^Report .*$/m, 'Report      reports/latest/report.html')));

const plan = execFileSync(process.execPath, [join(root, 'bin/firstbell.js'), 'plan', 'scenarios/darmstadt-morning.yaml'], { cwd: root, encoding: 'utf8' });
fill('plan', fenced(plan));

const number = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)));

/** A table of figures from one or more results; a benchmark that was not run has no rows. */
function table(part, benches) {
  const rows = benches.flatMap(([name, about]) => {
    const path = `bench/results/${name}.json`;
    if (!existsSync(join(root, path))) return [];
    const { at, machine, versions, runs, figures } = JSON.parse(read(path));
    const where = `${at.slice(0, 10)}, ${runs === 1 ? '1 run' : `${runs} runs`}, ${machine.cores} cores ${machine.cpu}, ${Object.values(versions).join(', ')}`;
    // A result of an earlier version has fewer figures.
    return Object.entries(about).filter(([key]) => key in figures).map(([key, words]) => {
      const { median, min, max } = figures[key];
      return `| ${words} | ${number(median)} | ${min === max ? '' : `${number(min)}–${number(max)}`} | ${where} |`;
    });
  });
  if (rows.length > 0) fill(part, ['| | median | range | measured |', '|---|---|---|---|', ...rows].join('\n'));
}

table('bench', [['browsers', { listenUsersPerCore: 'users per core, listening and viewing one camera', listenMbPerUser: 'MB per user, the same', sendUsersPerCore: 'users per core, sending camera and microphone, viewing one' }]]);
table('bench-native', [
  ['listeners', { usersPerCore: 'listen-only users per core, signalling included', mbPerUser: 'MB per user, the same' }],
  ['teachers', { usersPerCore: 'users per core, sending camera and microphone, receiving one of each' }],
  ['signalling', { usersPerCore: 'users per core without media, held', joinsPerSec: 'joins per second, simulator on the same two cores', mbPerUser: 'MB per user without media' }],
  ['morning', { peakUsers: 'the morning: users at once', failedUsers: 'the morning: users that failed or were lost', latenessP99Ms: 'the morning: lateness of starts, p99, ms', peakRssMb: 'the morning: memory of crowd and simulator, MB', leftOpenMeetings: 'the morning: meetings left open' }],
  ['workers', { peakUsers: 'on four workers, one killed at the peak: users at once', countedUsers: 'the same: users with a known end', lostToWorker: 'the same: running users lost with the worker', latenessP99Ms: 'the same: lateness of starts, p99, ms' }],
]);
const models = ['processor', 'line', 'admission', 'connections'];
table('bench-capacity', [
  ...models.map((model) => [`capacity-${model}`, {
    within5Percent: `knees of the ${model} model found within 5 %, of 10`,
    offPercent: 'the same: how far off, %',
    interval: 'the same: intervals that hold the truth, of 10',
    rightThreshold: 'the same: right threshold named, of 10',
    rightServer: 'the same: right server named, of 10',
    rightPhase: 'the same: right phase named, of 10',
  }]),
  // Of the benchmark before it, until its model is measured anew: one server, one threshold.
  ['capacity', Object.fromEntries(models.filter((model) => !existsSync(join(root, `bench/results/capacity-${model}.json`))).flatMap((model) => [
    [`${model}Within5Percent`, `one server, one threshold: knees of the ${model} model found within 5 %, of 10`],
    [`${model}OffPercent`, 'the same: how far off, %'],
    [`${model}Interval`, 'the same: intervals that hold the truth, of 10'],
    [`${model}RightThreshold`, 'the same: right threshold named, of 10'],
  ]))],
]);
writeFileSync(readme, text);
