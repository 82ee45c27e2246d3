import { DEFAULTS } from '../defaults.js';
import { durationMs, durationText, timeOfDayText } from '../quantity.js';
import type { ImportData, ImportedMeeting, SeriesPoint } from './import-data.js';
import { onTheWall, timeOfDay } from './moment.js';
import { along, thinned, type XY } from './thin.js';

export interface WriteOptions {
  readonly name: string;
  /** IANA name of the zone whose clock the scenario shows. */
  readonly timeZone: string;
  /** Of the users (series), or of the meetings (list): 0.1 is a tenth. */
  readonly scale: number;
  readonly speed: number;
  readonly servers: number;
  /** Points of the curve at most. */
  readonly points: number;
  /** Where it comes from, for a comment. */
  readonly source: string;
}

export interface WrittenImport {
  /** A whole scenario file with comments. */
  readonly text: string;
  /** Users that the file asks for at an instant of the run. */
  readonly asked: (atMs: number) => number;
  /** What was done on the way, for the person at the terminal. */
  readonly notes: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LONGEST_MS = 7 * DAY_MS;
/** Thinning may change the curve by so many users without anybody minding. */
const WITHIN_USERS = 0.5;
const MOST_MEETINGS = 4_000;

/** Why nothing can be written of what was read. */
export type NotWritten = { readonly problem: string };

/** Makes a scenario of what was read. */
export function writeScenario(data: ImportData, options: WriteOptions): WrittenImport | NotWritten {
  return data.kind === 'series' ? fromSeries(data.users, data.meetings, options) : fromMeetings(data.list, options);
}

function fromSeries(users: readonly SeriesPoint[], meetings: readonly SeriesPoint[], options: WriteOptions): WrittenImport | NotWritten {
  const wall = ({ at, value }: SeriesPoint): XY => ({ x: onTheWall(at, options.timeZone), y: value * options.scale });
  const asked = users.map(wall);
  const peak = Math.round(Math.max(0, ...asked.map(({ y }) => y)));
  if (asked.length < 2 || peak === 0) return { problem: 'the series of users has fewer than two values above 0' };
  const startMs = Math.floor(asked[0]!.x / MINUTE_MS) * MINUTE_MS;
  if (asked.at(-1)!.x - startMs > LONGEST_MS) return { problem: 'the series spans more than a week; import a day of it' };
  const points = thinned(asked, options.points, WITHIN_USERS).map(({ x, y }) => ({ x, y: Math.round(y) }));
  const meetingPeak = Math.round(Math.max(0, ...meetings.map((point) => wall(point).y)));
  const meetingCount = Math.min(peak, meetingPeak > 0 ? meetingPeak : Math.ceil(peak / DEFAULTS.classSize.mean));
  const size = Math.ceil(peak / meetingCount);
  const why = meetingPeak > 0 ? `${meetingCount} meetings at once, as the series of meetings says` : `no series of meetings: ${DEFAULTS.classSize.mean} users a meeting is assumed (fleets had 8 to 12)`;
  const text = [
    ...head(options, startMs, size, [`A curve of users in ${points.length} points, from ${asked.length} values.`, why[0]!.toUpperCase() + why.slice(1) + '.']),
    'load:',
    '  - name: imported',
    '    executor: curve',
    '    meetings: class',
    `    meetingCount: ${meetingCount}`,
    '    points:',
    ...points.map(({ x, y }) => `      - { at: ${when(x, startMs)}, users: ${y} }`),
    ...tail(),
  ].join('\n');
  const curve = asked.map(({ x, y }) => ({ x: (x - startMs) / options.speed, y }));
  return { text, asked: (atMs) => along(curve, atMs), notes: [`${asked.length} values of users, at most ${peak} at once; kept ${points.length} points`, why] };
}

function fromMeetings(all: readonly ImportedMeeting[], options: WriteOptions): WrittenImport | NotWritten {
  // Every n-th of a list sorted by start is a fair tenth of it.
  const sorted = [...all].sort((a, b) => a.start.ms - b.start.ms);
  const kept = sorted.filter((_, index) => Math.floor((index + 1) * options.scale) > Math.floor(index * options.scale));
  const list = kept.map(({ start, end, size }) => ({ from: onTheWall(start, options.timeZone), to: onTheWall(end, options.timeZone), size: Math.min(2_000, size) }));
  if (list.length === 0) return { problem: 'no meeting is left' };
  if (list.length > MOST_MEETINGS) return { problem: `${list.length} meetings are more than the ${MOST_MEETINGS} that a scenario lists; give --scale ${(MOST_MEETINGS / all.length).toPrecision(1)}, or a day of it` };
  // Who comes before the bell must not come before the run.
  const leadMs = durationMs(DEFAULTS.teacherLead.most)!;
  const startMs = Math.floor((Math.min(...list.map(({ from }) => from)) - leadMs) / MINUTE_MS) * MINUTE_MS;
  if (Math.max(...list.map(({ to }) => to)) - startMs > LONGEST_MS) return { problem: 'the list spans more than a week; import a day of it' };
  const shortestMs = Math.min(...list.map(({ from, to }) => to - from));
  const size = Math.max(...list.map((meeting) => meeting.size));
  const text = [
    ...head(options, startMs, size, [`${list.length} meetings, each with its begin, end and size.`]),
    'load:',
    '  - name: imported',
    '    executor: meeting-list',
    '    meetings: class',
    ...(shortestMs < durationMs('15m')! ? ['    # Some meetings are short: stragglers come within a third of the shortest.', ...arrivalsWithin(Math.max(1_000, Math.floor(shortestMs / 3_000) * 1_000))] : []),
    '    list:',
    ...list.map((meeting) => `      - { from: ${when(meeting.from, startMs)}, to: ${when(meeting.to, startMs)}, size: ${meeting.size} }`),
    ...tail(),
  ].join('\n');
  const steps = list.flatMap(({ from, to, size: users }) => [{ x: (from - startMs) / options.speed, by: users }, { x: (to - startMs) / options.speed, by: -users }]);
  const asked = (atMs: number): number => steps.reduce((sum, { x, by }) => (x <= atMs ? sum + by : sum), 0);
  return { text, asked, notes: [`${all.length} meetings${kept.length === all.length ? '' : `, ${kept.length} of them kept`}, the largest with ${size} users`] };
}

function arrivalsWithin(ms: number): readonly string[] {
  const until = durationText(ms);
  const half = durationText(Math.max(500, ms / 2));
  return ['    arrivals:', '      - { from: -3m, to: 0s, share: 30% }', `      - { from: 0s, to: ${half}, share: 40% }`, `      - { from: ${half}, to: ${until}, share: 30% }`];
}

function head({ name, source, timeZone, speed, servers, scale }: WriteOptions, startMs: number, size: number, about: readonly string[]): readonly string[] {
  return [
    `# Made by firstbell import from ${oneLine(source)}${scale === 1 ? '' : `, scaled to ${Number((scale * 100).toFixed(3))} %`}.`,
    ...about.map((line) => `# ${line}`),
    `# Times are those of ${oneLine(timeZone)}. What people do in the meetings is not in such data: change \`meetings\` to what you know of yours.`,
    `name: ${JSON.stringify(oneLine(name))}`,
    `startOfDay: ${timeOfDayText(timeOfDay(startMs))}`,
    ...(speed === 1 ? [] : [`speed: ${speed}                 # so many times faster than it was`]),
    '',
    'target: simulator         # or { url: https://bbb.example.org/bigbluebutton/, secretEnv: BBB_SECRET }',
    `fleet: { servers: ${servers} }`,
    'users: { browser: 0, native: rest }',
    '',
    'meetings:',
    '  class:',
    `    size: ${size}`,
    '    teachers: 1',
    '    teacher: { audio: microphone, webcamShare: 92% }                                 # shares: docs/scenario.md',
    '    pupil: { audio: listen-only, microphoneShare: 10%, webcamShare: 10%, chatEvery: 20m }',
    '',
  ];
}

function tail(): readonly string[] {
  return ['', 'thresholds:', '  - { expression: join_failed rate < 5%, abort: true }', '  - join_failed rate < 1%', '  - join_time p(95) < 10 s', '  - users_lost count == 0', ''];
}

/** A time of day on the first day, else the time since the beginning. */
function when(wallMs: number, startMs: number): string {
  const seconds = Math.round((wallMs - startMs) / 1_000) * 1_000;
  return timeOfDay(startMs) + seconds < DAY_MS ? timeOfDayText(timeOfDay(startMs) + seconds) : durationText(seconds);
}

/** Into a comment or a quoted text: nothing that ends the line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 100);
}
