import { describe, expect, it } from 'vitest';
import type { ImportData } from '../../../src/scenario/import/import-data.js';
import { onTheWall, readMoment } from '../../../src/scenario/import/moment.js';
import { readCsv } from '../../../src/scenario/import/read-csv.js';
import { readPrometheus } from '../../../src/scenario/import/read-prometheus.js';
import { writeScenario, type WriteOptions, type WrittenImport } from '../../../src/scenario/import/write-scenario.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { usersAt } from '../../../src/schedule/present.js';
import { scenarioOf } from './scenario-text.js';

const OPTIONS: WriteOptions = { name: 'Monday', timeZone: 'UTC', scale: 1, speed: 1, servers: 4, points: 200, source: 'data' };

function written(data: ImportData, options: Partial<WriteOptions> = {}): WrittenImport {
  const made = writeScenario(data, { ...OPTIONS, ...options });
  if ('problem' in made) throw new Error(made.problem);
  return made;
}

function data(read: ReturnType<typeof readCsv>): ImportData {
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.data;
}

/** Monday 12 January 2026, 07:00 UTC. */
const SEVEN = 1_768_201_200;
const range = (...series: (readonly [Record<string, string>, readonly (readonly [number, string])[]])[]): string => JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: series.map(([metric, values]) => ({ metric, values })) } });

describe('moments', () => {
  it.each([
    ['1768201200', { ms: SEVEN * 1_000, wall: false }],
    ['1768201200000', { ms: SEVEN * 1_000, wall: false }],
    ['2026-01-12T08:00:00+01:00', { ms: SEVEN * 1_000, wall: false }],
    ['2026-01-12T07:00:00Z', { ms: SEVEN * 1_000, wall: false }],
    ['2026-01-12 07:00', { ms: SEVEN * 1_000, wall: true }],
    ['07:54', { ms: 28_440_000, wall: true }],
    ['24:00', undefined],
    ['tomorrow', undefined],
    ['2026-13-40T00:00:00Z', undefined],
    ['12', undefined],
  ])('%s', (text, expected) => {
    expect(readMoment(text)).toEqual(expected);
  });

  it('show on the wall what the clock of a zone shows, in winter and in summer', () => {
    expect(onTheWall({ ms: SEVEN * 1_000, wall: false }, 'Europe/Berlin')).toBe((SEVEN + 3_600) * 1_000);
    expect(onTheWall({ ms: Date.UTC(2026, 6, 1, 6), wall: false }, 'Europe/Berlin')).toBe(Date.UTC(2026, 6, 1, 8));
    expect(onTheWall({ ms: 5_000, wall: true }, 'Europe/Berlin')).toBe(5_000);
  });
});

describe('a Prometheus range query', () => {
  const curve = (values: readonly number[]): readonly (readonly [number, string])[] => values.map((value, index) => [SEVEN + index * 60, String(value)]);

  it('is summed up over servers and becomes a curve that the plan follows', () => {
    const text = range([{ __name__: 'bbb_meetings_participants', instance: 'a' }, curve([0, 10, 20, 30, 30, 0])], [{ __name__: 'bbb_meetings_participants', instance: 'b' }, curve([0, 10, 20, 30, 30, 0])], [{ __name__: 'bbb_meetings' }, curve([0, 2, 4, 6, 6, 0])], [{ __name__: 'up' }, curve([1, 1, 1, 1, 1, 1])]);
    const { text: yaml, asked } = written(data(readPrometheus(text)), { timeZone: 'Europe/Berlin' });
    const scenario = scenarioOf(yaml);
    expect(scenario.load[0]).toMatchObject({ executor: 'curve', meetingCount: 6, points: [{ atMs: 0, value: 0 }, { atMs: 180_000, value: 60 }, { atMs: 240_000, value: 60 }, { atMs: 300_000, value: 0 }] });
    expect(yaml).toContain('startOfDay: 08:00');
    const plan = planScenario(scenario);
    for (const atMs of [30_000, 100_000, 200_000, 239_999]) expect(Math.abs(usersAt(plan, atMs) - asked(atMs))).toBeLessThanOrEqual(1);
  });

  it('takes one series without a name for users, and leaves out what is not a number', () => {
    const read = data(readPrometheus(range([{}, [[SEVEN, '3'], [SEVEN + 60, 'NaN'], [SEVEN + 120, '5']]])));
    expect(read.kind === 'series' && read.users.map(({ value }) => value)).toEqual([3, 5]);
  });

  it.each([
    ['{ "status": ', /the file: is not JSON/],
    ['{ "status": "error", "error": "x" }', /status: is not "success"/],
    [JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }), /data\.resultType: is not "matrix"/],
    [range([{ __name__: 'bbb_meetings_participants' }, [[SEVEN, '5'], [SEVEN + 60, '-4']]]), /data\.result\[0\]\.values\[1\]: -4 is no number of users/],
    [JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: [[1, 2]] }] } }), /data\.result\[0\]\.values\[0\]\[1\]/],
  ])('says where it is wrong: %s', (text, expected) => {
    const read = readPrometheus(text);
    expect(read.ok ? '' : read.problems.map(({ where, message }) => `${where}: ${message}`).join('\n')).toMatch(expected);
  });
});

describe('CSV', () => {
  it('of users over time is read with any of the usual separators', () => {
    for (const separator of [',', ';', '\t']) {
      const text = `\uFEFFTime${separator}"bbb_meetings_participants{instance=""a""}"${separator}"bbb_meetings_participants{instance=""b""}"\n2026-01-12 07:00${separator}4${separator}5\n2026-01-12 07:01${separator}6${separator}\n`;
      const read = data(readCsv(text));
      expect(read.kind === 'series' && read.users.map(({ value }) => value)).toEqual([9, 6]);
    }
  });

  it('of meetings becomes a list of them, with lines that say what they are', () => {
    const yaml = written(data(readCsv('start,end,size\n08:00,08:45,23\n08:10,09:00,0\n08:20,09:05,4\n'))).text;
    const scenario = scenarioOf(yaml);
    // Six minutes and a bit before the first bell.
    expect([scenario.startOfDayMs, scenario.load[0]]).toMatchObject([28_440_000, { executor: 'meeting-list', list: [{ bellMs: 360_000, size: 23 }, { bellMs: 1_560_000, size: 4 }] }]);
  });

  it('of short meetings becomes one in which stragglers come in time', () => {
    expect(scenarioOf(written(data(readCsv('start,end,size\n08:00,08:03,3\n'))).text).load[0]).toMatchObject({ comings: { pupils: [{ fromMs: -180_000 }, { toMs: 30_000 }, { toMs: 60_000 }] } });
  });

  it('keeps every tenth meeting at a scale of 10 %, and divides times by the speed', () => {
    const rows = Array.from({ length: 50 }, (_, index) => `08:${String(index).padStart(2, '0')},09:30,5`).join('\n');
    const scenario = scenarioOf(written(data(readCsv(`start,end,size\n${rows}\n`)), { scale: 0.1, speed: 12 }).text);
    expect(scenario.load[0]!.meetingCount).toBe(5);
    expect(scenario.speed).toBe(12);
  });

  it.each([
    ['start,end,size\n08:00,07:00,5\n', 'line 2: the meeting does not end after it starts'],
    ['start,end,size\n08:00,09:00,5\nx,09:00,5\n', 'line 3, column start: "x" is no time; write'],
    ['start,end,size\n08:00,09:00,many\n', 'line 2, column size: "many" is no number'],
    ['a,b\n1,2\n', 'line 1: the header has neither time and users'],
    ['start,end,size\n', 'line 1: there is no row below the header'],
    ['start,end,size\n"08:00,09:00,5\n', 'is not CSV'],
    ['start,end,size\n08:00,2026-01-12T09:00:00Z,5\n', 'line 2: start and end must both have a time zone'],
  ])('says where it is wrong: %j', (text, expected) => {
    const read = readCsv(text);
    expect(read.ok ? '' : read.problems.map(({ where, message }) => `${where}: ${message}`).join('\n')).toContain(expected);
  });
});

describe('what was read', () => {
  it('cannot break out of the comments and texts of the file', () => {
    const yaml = written(data(readCsv('start,end,size\n08:00,09:00,5\n')), { name: 'a"\nload: []', source: 'x\ntarget: evil' }).text;
    expect(scenarioOf(yaml).name).toBe('a" load: []');
  });

  it.each([
    ['start,end,size\n08:00,09:00,0\n', /no meeting is left/],
    ['time,users\n2026-01-12 07:00,0\n2026-01-12 08:00,0\n', /fewer than two values above 0/],
    ['time,users\n2026-01-01 07:00,5\n2026-01-12 08:00,5\n', /more than a week/],
  ])('says why nothing can be made of it: %j', (text, expected) => {
    const made = writeScenario(data(readCsv(text)), OPTIONS);
    expect('problem' in made ? made.problem : '').toMatch(expected);
  });
});
