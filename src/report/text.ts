import Table from 'cli-table3';
import pc from 'picocolors';
import { redact } from '../core/redact.js';
import { METRICS } from '../metrics/catalogue.js';
import { checkpointLine } from './checkpoint-line.js';
import { failedUnplaced } from './count-servers.js';
import { dateTime, duration, NOT_MEASURED, plain, oneLine, quantity, whole } from './format.js';
import { shortNames } from './server-names.js';
import { spreadLine } from './spread.js';
import type { Summary, UserCounts, VerdictWord } from './summary.js';
import { absentSentence, headline, observedOf, simulatorNote, titleOf } from './words/words.js';

export interface TextOptions {
  /** Also what takes more than a screen: checkpoints, servers by their own account. */
  readonly details?: boolean;
  /** Columns; 60 at least. */
  readonly width: number;
  readonly colour: boolean;
  /** Where the HTML report is, as the reader can open it; undefined: not said. */
  readonly reportPath?: string | undefined;
}

const MAX_SERVERS = 10;
const MAX_ERRORS = 5;
const MAX_NAME_COLUMNS = 24;
/** Mark, gaps and the observed value beside an expression. */
const BESIDE_EXPRESSION = 22;
const MARK_AND_GAPS = 6;
const MARKS: Readonly<Record<VerdictWord, string>> = { held: '✓', broken: '✗', 'not-delivered': '!', 'could-not-run': '!', interrupted: '!' };

type Colours = ReturnType<typeof pc.createColors>;

/** The verdict for a terminal (and `report.txt`): what a person wants to know before opening the report. No trailing newline. */
export function renderText(recorded: Summary, { width, colour, reportPath, details = false }: TextOptions): string {
  const summary = inert(recorded);
  const colours = pc.createColors(colour);
  const columns = Math.max(60, width);
  const lines = [
    ...verdictLines(summary, columns, colours),
    '',
    ...usersTable(summary, colours),
    '',
    ...section('Thresholds', colours, thresholdLines(summary, columns, colours)),
    ...section('Servers', colours, serverLines(summary, colours)),
    ...(summary.spread === undefined ? [] : wrap(spreadLine(summary.spread), columns)),
    ...(!details || summary.fleet.length === 0 ? [] : section('Servers, by their own account', colours, accountLines(summary, colours))),
    ...section('Errors', colours, errorLines(summary, columns, colours)),
    ...mediaLines(summary).flatMap((line) => wrap(line, columns, 12)),
    ...(!details || summary.checkpoints.length === 0 ? [] : section('Checkpoints', colours, checkpointLines(summary, columns))),
    '',
    ...wrap(`Generator   ${generatorLine(summary)}`, columns, 12),
    ...(reportPath === undefined ? [] : [`Report      ${reportPath}`]),
  ];
  return redact(plain(lines.join('\n')));
}

/** With every text in it on one line: names and words of others must not steer the terminal that shows them. */
function inert<T>(value: T): T {
  if (typeof value === 'string') return oneLine(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => inert(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [oneLine(name), inert(one)])) as T;
}

function verdictLines(summary: Summary, columns: number, colours: Colours): string[] {
  const paint = summary.verdict === 'held' ? colours.green : summary.verdict === 'broken' ? colours.red : colours.yellow;
  const rule = paint('━'.repeat(columns));
  const { target, users, metrics } = summary;
  const about = `${summary.scenario} · ${target.kind === 'simulator' ? 'simulator' : target.url} · ${duration(summary.durationMs)} · seed ${summary.seed} · ${dateTime(summary.startedAt)}`;
  const join = metrics.join_time;
  const joinLine = join === undefined || join.count === 0 ? `Time to join: ${NOT_MEASURED}` : `Time to join p50 ${quantity(join.p50, 'ms')}, p95 ${quantity(join.p95, 'ms')}, p99 ${quantity(join.p99, 'ms')}, longest ${quantity(join.max, 'ms')}`;
  return [
    rule,
    paint(colours.bold(`${MARKS[summary.verdict]} ${titleOf(summary).toUpperCase()}`)),
    ...wrap(headline(summary), columns),
    ...summary.reasons.flatMap((reason) => wrap(`· ${reason}`, columns, 2)),
    ...wrap(about, columns).map(colours.dim),
    ...(target.kind === 'simulator' ? wrap(simulatorNote(), columns).map(colours.dim) : []),
    rule,
    ...wrap(users.started === 0 ? 'Nobody started.' : [`${joinLine}; ${whole(users.peakConcurrent)} users at once at the peak.`, absentSentence(summary) ?? ''].join(' ').trimEnd(), columns),
  ];
}

function usersTable({ users }: Summary, colours: Colours): string[] {
  const row = (name: string, counts: UserCounts): string[] => [
    name,
    ...[counts.planned, counts.started, counts.joined, counts.failed, counts.lost, counts.left, counts.aborted, counts.peakConcurrent].map(whole),
  ];
  const groups = [...Object.entries(users.byRole), ...Object.entries(users.byKind)];
  return table(
    ['Users', 'planned', 'started', 'joined', 'failed', 'lost', 'left', 'aborted', 'peak'],
    [row('all', users), ...groups.map(([name, counts]) => row(`  ${name}`, counts))],
    colours,
  );
}

function thresholdLines({ thresholds }: Summary, columns: number, colours: Colours): string[] {
  return table(
    [],
    thresholds.map((threshold) => [threshold.held ? colours.green('✓') : colours.red('✗'), cut(threshold.expression, columns - Math.max(BESIDE_EXPRESSION, observedOf(threshold).length + MARK_AND_GAPS)), observedOf(threshold)]),
    colours,
    ['left', 'left', 'right'],
  );
}

function serverLines(summary: Summary, colours: Colours): string[] {
  const { servers } = summary;
  const names = shortNames(servers.map(({ name }) => name));
  const rows = servers.slice(0, MAX_SERVERS).map((server, index) => [
    cut(names[index] ?? server.name, MAX_NAME_COLUMNS),
    whole(server.meetings),
    whole(server.peakUsers),
    whole(server.failed),
    whole(server.lost),
    dash(quantity(server.joinTimeP95Ms, 'ms')),
    dash(quantity(server.rttP95Ms, METRICS.rtt.unit)),
    dash(quantity(server.audioLossP95, METRICS.audio_loss.unit)),
    dash(quantity(server.videoFpsP50, METRICS.video_fps.unit)),
  ]);
  const more = servers.length > MAX_SERVERS ? [`and ${whole(servers.length - MAX_SERVERS)} more in the report`] : [];
  const unplaced = failedUnplaced(summary);
  const last = unplaced === 0 ? [] : [['server unknown', '–', '–', whole(unplaced), '–', '–', '–', '–', '–']];
  return rows.length === 0 ? [] : [...table(['', 'meetings', 'peak', 'failed', 'lost', 'join p95', 'RTT p95', 'loss p95', 'video'], [...rows, ...last], colours), ...more];
}

function accountLines({ fleet }: Summary, colours: Colours): string[] {
  const names = shortNames(fleet.map(({ name }) => name));
  const rows = fleet.slice(0, MAX_SERVERS).map((server, index) => [
    cut(names[index] ?? server.name, MAX_NAME_COLUMNS),
    dash(quantity(server.cpuP95, 'ratio')),
    dash(quantity(server.memoryMax, 'ratio')),
    dash(quantity(server.lineInP95Kbps, 'kbit/s')),
    dash(quantity(server.lineOutP95Kbps, 'kbit/s')),
    dash(quantity(server.lineUseMax, 'ratio')),
    dash(quantity(server.peakParticipants, 'count')),
    `${whole(server.failedScrapes)} of ${whole(server.scrapes)}`,
  ]);
  const more = fleet.length > MAX_SERVERS ? [`and ${whole(fleet.length - MAX_SERVERS)} more in the report`] : [];
  return [...table(['', 'CPU p95', 'memory', 'in p95', 'out p95', 'line', 'users', 'silent'], rows, colours), ...more];
}

/** The last ones: earlier ones stand in the report. */
const MAX_CHECKPOINTS = 24;

function checkpointLines({ checkpoints }: Summary, columns: number): string[] {
  const earlier = checkpoints.length - MAX_CHECKPOINTS;
  return [...(earlier > 0 ? [`${whole(earlier)} earlier ones stand in the report`] : []), ...checkpoints.slice(-MAX_CHECKPOINTS).flatMap((one) => wrap(checkpointLine(one, one.time), columns, 2))];
}

/** A code alone helps nobody: under each is what the first of them said, on one line. */
function errorLines({ errors }: Summary, columns: number, colours: Colours): string[] {
  const lines = errors.slice(0, MAX_ERRORS).flatMap(({ code, phase, count, message }) => [
    `${whole(count).padStart(6)} × ${code} (${phase})`,
    ...(message === undefined ? [] : [colours.dim(cut(`${' '.repeat(9)}${message.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()}`, columns))]),
  ]);
  if (errors.length > MAX_ERRORS) lines.push(`and ${whole(errors.length - MAX_ERRORS)} more kinds in the report`);
  return lines;
}

/** Users that lost their sound and pictures for a while did not fail: it is said in a line of its own. */
function mediaLines({ metrics }: Summary): string[] {
  const lost = metrics.errors?.by['code=MEDIA_INTERRUPTED']?.sum ?? 0;
  const back = metrics.media_reconnect_time;
  if (lost === 0) return [];
  return [`Media       lost ${whole(lost)} ${lost === 1 ? 'time' : 'times'}${back === undefined || back.count === 0 ? '' : `; back ${whole(back.count)} times, within ${quantity(back.p50, 'ms')} (p50), ${quantity(back.p95, 'ms')} (p95)`}`];
}

function generatorLine({ generator }: Summary): string {
  const parts = [
    `lateness p99 ${quantity(generator.latenessP99Ms, 'ms')}`,
    `event loop p99 ${quantity(generator.eventLoopDelayP99Ms, 'ms')}`,
    `CPU ${coresUsed(generator)}`,
    `memory ${quantity(generator.peakRssMb, 'MB')}`,
    `${whole(generator.dropped)} arrivals dropped`,
  ];
  return parts.join(' · ');
}

/** Workers have cores of their own, which are not told. */
function coresUsed({ cpuCores, cores, workers }: Summary['generator']): string {
  if (cpuCores === undefined) return NOT_MEASURED;
  return workers === undefined ? `${quantity(cpuCores, 'cores').replace(/\D+$/, '')} of ${cores} cores` : quantity(cpuCores, 'cores');
}

function section(title: string, colours: Colours, lines: readonly string[]): string[] {
  return lines.length === 0 ? [colours.bold(title) + colours.dim('  none')] : [colours.bold(title), ...lines];
}

const cut = (text: string, columns: number): string => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`);

const dash = (text: string): string => (text === NOT_MEASURED ? '–' : text);

type Align = 'left' | 'right';

/** Columns without borders; the first one left, numbers right. */
function table(head: readonly string[], rows: readonly (readonly string[])[], colours: Colours, align?: readonly Align[]): string[] {
  if (rows.length === 0) return [];
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' };
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const made = new Table({
    chars: none,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: Array.from({ length: columns }, (_, column) => align?.[column] ?? (column === 0 ? 'left' : 'right')),
  });
  if (head.length > 0) made.push(head.map((cell) => colours.dim(cell)));
  for (const row of rows) made.push([...row]);
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Breaks at spaces; following lines are indented by `indent`. A word longer than the line stays whole (paths, URLs). */
function wrap(text: string, columns: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
