import { plain, type Paint, type Tone } from '../scenario/paint.js';
import { durationText } from '../scenario/quantity.js';
import { expectedLoad, type ExpectedLoad, type Peak } from './expected-load.js';
import { FIGURES } from './figures.js';
import { DEFAULT_COSTS, generatorsNeeded, priceOf, type GeneratorCosts } from './generators.js';
import { hardLimits, type HardLimit, type LimitLevel } from './hard-limits.js';
import type { Plan, UserKind } from './plan.js';
import { eventLines, stormLines } from './render-day.js';
import { usersAt } from './present.js';
import { bar, wrap } from './text-layout.js';
import { timeLabel } from './time-label.js';
import { userChart, whole } from './user-chart.js';

export interface RenderPlanOptions {
  /** Columns to fill; at least 60 are used. */
  readonly width: number;
  /** Without it the text is plain. */
  readonly colour?: Paint;
  /** What users cost as calibrated on a machine; undefined: built-in figures. */
  readonly calibrated?: { readonly costs: GeneratorCosts; readonly at: string; readonly on: string };
  /** The size of the machines that are to be had; what it leaves out is as calibrated, or built in. */
  readonly machine?: Partial<GeneratorCosts['machine']>;
  /** Of one machine, in any currency. */
  readonly pricePerHour?: number;
}

const LABEL_WIDTH = 13;
const BAR_WIDTH = 24;
/** Blanks after the longest text of a column. */
const GAP = 2;

/** What `firstbell plan` prints: users over time, what each server will carry, what it takes, and the limits it would hit. */
export function renderPlan(plan: Plan, options: RenderPlanOptions): string {
  const { width: asked, colour = plain } = options;
  const width = Math.max(60, asked);
  const load = expectedLoad(plan);
  const page: Page = { plan, load, width, colour, at: (atMs) => timeLabel(atMs, plan) };
  const sections = [title(page), userChart(plan, width, colour), people(page), stormLines(page), eventLines(page), servers(page), generators(page, options), limits(page), checkpoints(page)];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n');
}

export interface Page {
  readonly plan: Plan;
  readonly load: ExpectedLoad;
  readonly width: number;
  readonly colour: Paint;
  at(atMs: number): string;
}

function title({ plan, colour, at }: Page): readonly string[] {
  const when = plan.startOfDayMs === undefined ? at(plan.durationMs) : `${at(0)}–${at(plan.durationMs)}`;
  return [`${colour(plan.scenario, 'strong')}  ${colour(`${when} · ${plan.parts.length === 1 ? '1 part' : `${plan.parts.length} parts`} · seed ${plan.seed}${plan.speed === undefined ? '' : ` · ${plan.speed} times faster, in ${durationText(Math.round(plan.durationMs / 1_000) * 1_000)}`}`, 'quiet')}`];
}

function people({ plan, load, colour, at }: Page): readonly string[] {
  const { users, meetings } = load.fleet;
  const started = plan.attendances.filter((attendance) => !attendance.dropped);
  const dropped = plan.attendances.length - started.length;
  // A name is unique within its part and the same whenever that person comes.
  const count = (kind: UserKind): number => new Set(started.filter((attendance) => attendance.kind === kind).map(({ part, name }) => `${part} ${name}`)).size;
  const kinds = (['browser', 'native'] as const).filter((kind) => count(kind) > 0).map((kind) => `${whole(count(kind))} ${kind}`);
  const largest = plan.meetings[load.largestMeeting.meeting];
  const row = (label: string, text: string): string => `${colour(label.padEnd(LABEL_WIDTH), 'quiet')}${text}`;
  return [
    row('Users', `${colour(whole(users.value), 'strong')} at once at ${at(users.atMs)}; ${whole(count('browser') + count('native'))} people (${kinds.join(', ')}), ${whole(started.length)} arrivals`),
    ...(dropped > 0 ? [row('Dropped', `${colour(whole(dropped), 'warning')} arrivals find nobody free (maxUsers); they are counted, not delayed`)] : []),
    row('Meetings', `${colour(whole(plan.meetings.length), 'strong')}, ${whole(meetings.value)} of them at once at ${at(meetings.atMs)}; the largest has ${whole(load.largestMeeting.value)} users${largest ? ` (${largest.name})` : ''}`),
  ];
}

function servers({ plan, load, colour, at }: Page): readonly string[] {
  const { fleet, perServer } = load;
  const { servers: count, lineMbps } = plan.fleet;
  const head = count === 1 ? 'The server at its busiest' : `Each of ${count} servers at its busiest, meetings spread evenly`;
  const line = (label: string, peak: Peak): readonly [string, string, Peak, string] => {
    const share = peak.value / lineMbps;
    const tone: Tone = share >= 1 ? 'error' : share >= FIGURES.lineWarning.value ? 'warning' : 'good';
    return [label, `${few(peak.value)} of ${whole(lineMbps)} Mbit/s`, peak, `${colour(bar(share, BAR_WIDTH), tone)} ${Math.round(share * 100)} %`];
  };
  const up = (value: number): string => whole(Math.ceil(value - 1e-9));
  const meetings = up(perServer.meetings.value);
  const rows: readonly (readonly [label: string, text: string, peak: Peak, chart: string])[] = [
    ['users', `${up(perServer.users.value)} in ${meetings} ${meetings === '1' ? 'meeting' : 'meetings'}`, perServer.users, ''],
    ['audio', `${up(perServer.audioUp.value)} with microphone, ${up(perServer.audioDown.value)} listening`, fleet.audioDown, ''],
    ['cameras', `${up(perServer.camerasUp.value)} shared, ${up(perServer.camerasDown.value)} looked at`, fleet.camerasDown, ''],
    line('line, in', perServer.inMbps),
    line('line, out', perServer.outMbps),
  ];
  const textWidth = Math.max(...rows.map(([, text]) => text.length)) + GAP;
  return [
    colour(head, 'strong'),
    ...rows.map(([label, text, peak, chart]) => `  ${label.padEnd(LABEL_WIDTH)}${text.padEnd(textWidth)}${colour(chart === '' ? at(peak.atMs) : at(peak.atMs).padEnd(10), 'quiet')}${chart}`),
  ];
}

function generators({ plan, width, colour }: Page, { calibrated, machine, pricePerHour }: RenderPlanOptions): readonly string[] {
  const known = calibrated?.costs ?? DEFAULT_COSTS;
  const costs = { ...known, machine: { ...known.machine, ...machine } };
  const need = generatorsNeeded(plan, costs);
  const { cores, memoryMb, lineMbps } = costs.machine;
  const machines = need.machines === 1 ? '1 machine' : `${whole(need.machines)} machines`;
  const each = `${cores} cores, ${Math.round(memoryMb / 1_024)} GB, ${whole(lineMbps)} Mbit/s`;
  const takes = `${need.cores.toFixed(1)} cores, ${(need.memoryMb / 1_024).toFixed(1)} GB and ${whole(need.lineMbps)} Mbit/s for ${[need.browserUsers > 0 ? `${whole(need.browserUsers)} browser users` : '', need.nativeUsers > 0 ? `${whole(need.nativeUsers)} native users` : ''].filter((text) => text !== '').join(' and ')}`;
  const source = calibrated ? ` Users cost as calibrated on ${calibrated.on} on ${calibrated.at.slice(0, 10)}, ${machine ? 'core by core' : 'the machines are like that one'}.` : ' By built-in figures; `firstbell calibrate` measures those of a machine.';
  const caution = need.browserUsers > 0 ? ` Browser users are counted as measured on ${calibrated ? 'the simulator’s page' : 'a bare WebRTC page'}; the BBB client is heavier, so try a few first.` : '';
  const line = need.because === 'line' && machine?.lineMbps === undefined ? ' The line is assumed; `--machine` says what the machines have.' : '';
  const { browser, native } = need.apart;
  const apart = browser > 0 && native > 0 ? ` With \`--browser-workers\`: ${whole(browser)} for browser users and ${whole(native)} for native ones.` : '';
  const quiet = (text: string): readonly string[] => wrap(text, width, '  ').map((line) => colour(line, 'quiet'));
  return [
    `${colour('To generate it', 'strong')}  ${colour(machines, 'accent')} of ${each}, ${Math.round(costs.usable * 100)} % used`,
    ...quiet(`About ${takes}; the ${need.because === 'cores' ? 'cores decide' : need.because === 'memory' ? 'memory decides' : 'line decides'}.${line}${apart}${source}${caution}`),
    ...(pricePerHour === undefined ? [] : quiet(`Roughly ${price(priceOf(plan, need, pricePerHour).hour)} an hour at ${price(pricePerHour)} for each machine; ${price(priceOf(plan, need, pricePerHour).run)} for the run by started hours, without setting up.`)),
  ];
}

function price(amount: number): string {
  return amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

const MARKS: Readonly<Record<LimitLevel, { readonly mark: string; readonly tone: Tone; readonly word: string }>> = {
  breaks: { mark: '✗', tone: 'error', word: 'BREAKS' },
  warning: { mark: '!', tone: 'warning', word: 'close' },
  hint: { mark: '·', tone: 'accent', word: 'note' },
  fine: { mark: '✓', tone: 'good', word: 'fine' },
};

function limits(page: Page): readonly string[] {
  const all = hardLimits(page.plan);
  const breaking = all.filter((limit) => limit.breaks).length;
  const verdict = breaking === 0 ? 'none of them would break' : breaking === 1 ? 'one would break before the load does' : `${breaking} would break before the load does`;
  const widths = { title: Math.max(...all.map(({ title }) => title.length)) + GAP, figures: Math.max(...all.map((limit) => figuresOf(limit).length)) + GAP };
  return [`${page.colour('Known limits', 'strong')}  ${page.colour(verdict, breaking === 0 ? 'good' : 'error')}`, ...all.flatMap((limit) => limitLines(limit, page, widths))];
}

function figuresOf({ needed, allowed, unit }: HardLimit): string {
  return `${few(needed)} of ${few(allowed)} ${unit}`;
}

function limitLines(limit: HardLimit, { width, colour, at }: Page, widths: { readonly title: number; readonly figures: number }): readonly string[] {
  const { mark, tone, word } = MARKS[limit.level];
  const since = limit.level === 'fine' ? `at ${at(limit.atMs)}` : `from ${at(limit.atMs)}`;
  const first = `  ${colour(`${mark} ${word.padEnd(7)}`, tone)}${limit.title.padEnd(widths.title)}${figuresOf(limit).padEnd(widths.figures)}${colour(since, 'quiet')}`;
  if (limit.level === 'fine') return [first];
  const indent = ' '.repeat(11);
  return [first, ...wrap(limit.explanation, width, indent), ...wrap(`help: ${limit.help}`, width, indent).map((text) => colour(text, 'accent'))];
}

const MAX_CHECKPOINTS = 60;

function checkpoints({ plan, width, colour, at }: Page): readonly string[] {
  const count = Math.floor(plan.durationMs / plan.checkpointEveryMs);
  const head = `${colour('Checkpoints', 'strong')}  ${count === 1 ? 'one' : whole(count)}, every ${durationText(plan.checkpointEveryMs)}; users by plan`;
  const instants = Array.from({ length: Math.min(count, MAX_CHECKPOINTS) }, (_, index) => (index + 1) * plan.checkpointEveryMs);
  const cells = instants.map((atMs) => `${at(atMs)} ${whole(usersAt(plan, atMs)).padStart(6)}`);
  const cellWidth = Math.max(0, ...cells.map((cell) => cell.length)) + 4;
  const perLine = Math.max(1, Math.floor((width - 2) / cellWidth));
  const lines = Array.from({ length: Math.ceil(cells.length / perLine) }, (_, row) => `  ${cells.slice(row * perLine, (row + 1) * perLine).map((cell) => cell.padEnd(cellWidth)).join('')}`.trimEnd());
  return count > MAX_CHECKPOINTS ? [head, ...lines, `  … and ${whole(count - MAX_CHECKPOINTS)} more`] : [head, ...lines];
}

/** 1,724 and 0.4: a decimal only where there is little before it. */
function few(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
