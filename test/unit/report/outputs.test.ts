import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { renderJunit } from '../../../src/report/junit.js';
import { summarise, type Verdict } from '../../../src/report/summarise.js';
import type { Summary } from '../../../src/report/summary.js';
import { renderMarkdown } from '../../../src/report/report-markdown.js';
import { renderText } from '../../../src/report/text.js';
import { headline } from '../../../src/report/words/words.js';
import { plain } from '../../../src/report/format.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

const LIMITS = thresholds('join_time p(95) < 10 s', 'users_lost count == 0', 'join_failed rate < 1%');
const of = (verdict: Verdict, spec: Partial<RunSpec> = {}): Summary => summarise(buildRun(spec), { thresholds: LIMITS, verdict });

const held = of({ word: 'held', exitCode: 0, reasons: [] });
const broken = of(
  { word: 'broken', exitCode: 3, reasons: ['users_lost count == 0: observed 2'] },
  { fateOf: ({ seq }) => (seq === 5 || seq === 6 ? { is: 'lost', code: 'CONNECTION_LOST', message: 'closed', afterMs: 9_000 } : { is: 'left' }) },
);
const notDelivered = of({ word: 'not-delivered', exitCode: 5, reasons: ['users were started too late'] }, { latenessMs: 2_600 });
const died = of({ word: 'held', exitCode: 0, reasons: [] }, { endedBy: 'kill', endsAtMs: 62_000 });
const nobody = of({ word: 'could-not-run', exitCode: 4, reasons: ['cannot reach the target'] }, { meetings: 0 });

describe('the headline', () => {
  it.each([
    [held, 'The simulated fleet held: 15 of 15 users joined 3 meetings on 3 servers.'],
    [broken, 'The simulated fleet did not hold: 1 of 3 conditions broke, and 15 of 15 users joined 3 meetings on 3 servers.'],
    [notDelivered, 'This machine could not deliver the planned load: no statement about the servers.'],
    [died, 'The run was interrupted after 62 s: no verdict.'],
    [nobody, 'The run could not take place: no statement about the servers.'],
  ])('says what the run proves (%#)', (summary, text) => expect(plain(headline(summary))).toBe(text));

  it('calls a real fleet by no other name', () => {
    const real = of({ word: 'held', exitCode: 0, reasons: [] }, { target: { kind: 'bbb', url: 'https://bbb.example', secretEnv: 'S', bbbVersion: '3.0.19' } });
    expect(headline(real)).toMatch(/^The fleet held/);
  });
});

describe('the text for the terminal', () => {
  const text = renderText(held, { width: 90, colour: false, reportPath: 'reports/demo/report.html' });

  it('gives verdict, users, thresholds, servers, errors and the way to the report in about 25 lines of 90 columns', () => {
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    expect(lines.length).toBeLessThanOrEqual(32);
    expect(lines[1]).toBe('✓ HELD');
    expect(text).toMatch(/^Users +planned +started +joined/m);
    expect(text).toMatch(/^all +15 +15 +15 +0 +0 +15 +0 +15$/m);
    expect(text).toMatch(/^✓ +users_lost count == 0 +0$/m);
    expect(text).toMatch(/^sim-02 +1 +5 +0 +0 /m);
    expect(text).toMatch(/^Errors {2}none$/m);
    expect(lines.at(-1)).toBe('Report      reports/demo/report.html');
  });

  it('marks a broken threshold and shows what was observed', () => {
    const text = renderText(broken, { width: 90, colour: false });
    expect(text).toMatch(/^✗ +users_lost count == 0 +2$/m);
    expect(text).toMatch(/^ +2 × CONNECTION_LOST \(meeting\)$/m);
  });

  it('steers no terminal by what others called things, and takes any name for a name', () => {
    const text = renderText({ ...broken, scenario: '\u001b[2J', servers: broken.servers.map((one) => ({ ...one, name: '\u001b[31mred' })) }, { width: 90, colour: false, details: true });
    expect(text).not.toContain('\u001b');
    expect(renderMarkdown({ ...broken, errors: [{ code: 'KICKED', phase: 'constructor', count: 1 }] })).toContain('| KICKED | constructor | 1 |');
  });

  it('says under each code what the first of them said, on one line without what terminals obey', () => {
    const message = `refused with maxParticipantsReached\n("\u001b[31mThe room is full${' and stays full'.repeat(20)}")`;
    const lines = renderText({ ...broken, errors: [{ code: 'MEETING_FULL', phase: 'api', count: 4, message }, { code: 'KICKED', phase: 'stay', count: 1 }] }, { width: 90, colour: false }).split('\n');
    const at = lines.findIndex((line) => line.endsWith('4 × MEETING_FULL (api)'));
    expect(lines[at + 1]).toMatch(/^ {9}refused with maxParticipantsReached \(" \[31mThe room is full and .*…$/);
    expect(lines[at + 1]).toHaveLength(90);
    expect(lines[at + 2]).toMatch(/1 × KICKED \(stay\)$/);
  });

  it('has colour only when told so', () => {
    expect(text).not.toContain('\u001b');
    expect(renderText(held, { width: 90, colour: true })).toContain('\u001b[32m');
  });

  it('holds what several machines used against the cores of none', () => {
    const workers = { ...held, generator: { ...held.generator, cpuCores: 30, cores: 4, workers: 5 } };
    const flat = (summary: Summary): string => plain(renderText(summary, { width: 90, colour: false })).replace(/\s+/g, ' ');
    expect(flat(workers)).toMatch(/· CPU 30 cores · memory/);
    expect(flat({ ...workers, generator: { ...workers.generator, workers: undefined } })).toMatch(/· CPU 30 of 4 cores · memory/);
    expect(plain(renderMarkdown(workers))).toMatch(/\| CPU, average \| 30 cores \|/);
    expect(plain(renderMarkdown(held))).toMatch(/\| CPU, average \| [\d.]+ cores \(of 2\) \|/);
  });

  it('says what was not measured', () => {
    expect(renderText(nobody, { width: 90, colour: false })).toContain('lateness p99 not measured');
  });

  it('says of the simulator that it proves nothing about real servers', () => {
    expect(text).toMatch(/it\s+says nothing about real servers/);
  });
});

interface Case {
  readonly name: string;
  readonly failure?: { readonly message: string; readonly type: string };
  readonly error?: { readonly message: string };
  readonly skipped?: string;
}

function casesOf(xml: string): readonly Case[] {
  expect(XMLValidator.validate(xml)).toBe(true);
  const parsed = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false }).parse(xml) as { testsuites: { testsuite: { testcase: Case[] } } };
  return parsed.testsuites.testsuite.testcase;
}

describe('junit.xml', () => {
  it('has a passing case for each threshold, for the load and for the meetings of a run that held', () => {
    expect(casesOf(renderJunit(held)).map(({ name, failure, error, skipped }) => [name, failure ?? error ?? skipped])).toEqual([
      ['join_time p(95) < 10 s', undefined],
      ['users_lost count == 0', undefined],
      ['join_failed rate < 1%', undefined],
      ['load delivered', undefined],
      ['meetings ended', undefined],
      ['beside thresholds', undefined],
    ]);
  });

  it('never passes a run that did not hold: what no threshold names has a case of its own', () => {
    const lost = '3 users lost the meeting before it was time, and no threshold on users_lost allows for it';
    const failures = (reasons: readonly string[]): readonly (readonly [string, string | undefined])[] =>
      casesOf(renderJunit({ ...held, verdict: 'broken', exitCode: 3, reasons })).flatMap(({ name, failure }) => (failure ? [[name, failure.message] as const] : []));
    expect(failures([lost])).toEqual([['beside thresholds', lost]]);
    expect(failures(['join_time p(95) < 10 s: observed 12346 ms'])).toEqual([]);
    expect(casesOf(renderJunit(notDelivered)).at(-1)).toMatchObject({ name: 'beside thresholds', skipped: '' });
  });

  it('fails a broken threshold with the observed value', () => {
    const cases = casesOf(renderJunit(broken));
    expect(cases[1]?.failure).toMatchObject({ message: 'observed 2, limit 0', type: 'THRESHOLD_BROKEN' });
    expect(cases[0]?.failure).toBeUndefined();
  });

  it('has a case for each server where a threshold is asked of each', () => {
    const summary = summarise(buildRun(), { thresholds: thresholds('join_time{server=*} p(95) < 1 ms'), verdict: { word: 'broken', exitCode: 3, reasons: [] } });
    const cases = casesOf(renderJunit(summary)).slice(0, 3);
    expect(cases.map(({ name }) => name)).toEqual([1, 2, 3].map((n) => `join_time{server=*} p(95) < 1 ms [sim-0${n}.localhost:810${n}]`));
    for (const { failure } of cases) expect(failure?.message).toMatch(/^observed [\d.]+ s, limit 1 ms$/);
    expect(renderText(summary, { width: 90, colour: false })).toMatch(/✗ +join_time\S+.* s on sim-0\d\.localhost:810\d/);
  });

  it('says on which servers nothing was measured', () => {
    const summary = summarise(buildRun({ fateOf: ({ meeting }) => (meeting === 1 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no way' } : { is: 'left' }) }), { thresholds: thresholds('join_time p(95) < 1 h per server'), verdict: { word: 'broken', exitCode: 3, reasons: [] } });
    const failures = casesOf(renderJunit(summary)).slice(0, 3).map(({ failure }) => failure?.message);
    expect(failures).toEqual([undefined, 'nothing was measured, limit 1 h', undefined]);
    for (const text of [renderText(summary, { width: 90, colour: false }), renderMarkdown(summary)]) expect(text).toContain('not measured on sim-02.localhost:8102');
    expect(renderMarkdown(summary, 'de')).toContain('nicht gemessen auf sim-02.localhost:8102');
  });

  it('fails "load delivered" and skips thresholds when there is no verdict', () => {
    const cases = casesOf(renderJunit(notDelivered));
    expect(cases.slice(0, 3).map(({ skipped }) => skipped)).toEqual(['', '', '']);
    expect(cases[3]?.failure?.message).toContain('users were started too late; lateness p99');
  });

  it('errs and names the meetings left open when the run died', () => {
    const cases = casesOf(renderJunit(died));
    expect(cases[3]?.error?.message).toContain('the harness died');
    expect(cases[4]?.failure?.message).toContain('3 of 3 meetings were left open');
  });

  it('survives names with markup and control characters', () => {
    const xml = renderJunit({ ...held, scenario: 'a<b>&"c"\u0000\u001b[31m' });
    expect(XMLValidator.validate(xml)).toBe(true);
  });
});
