import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { COMPARE_DEFAULTS } from '../../../src/capacity/compare.js';
import type { ObservedRun } from '../../../src/capacity/observed.js';
import { seededRandom } from '../../../src/core/random.js';
import { readBaseline, renderBaseline } from '../../../src/report/baseline.js';
import { compareObserved, type Comparison } from '../../../src/report/comparison.js';
import { renderComparisonJunit, renderComparisonMarkdown } from '../../../src/report/comparison-files.js';
import { renderComparisonText } from '../../../src/report/comparison-text.js';
import { observeRun } from '../../../src/report/observe-run.js';
import { summarise } from '../../../src/report/summarise.js';
import { observedRun } from '../../fakes/observed-run.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';

const HELD = { word: 'held', exitCode: 0, reasons: [] } as const;
const BIG: Partial<RunSpec> = { meetings: 12, size: 10, arriveMs: 60_000 };

function observed(spec: Partial<RunSpec> = {}): ObservedRun {
  const data = buildRun({ ...BIG, ...spec });
  return observeRun(data, summarise(data, { thresholds: [], verdict: HELD }));
}

const compare = (a: ObservedRun, b: ObservedRun): Comparison => compareObserved(a, b, { ...COMPARE_DEFAULTS, replicates: 300, random: seededRandom(1) });
const rowOf = ({ rows }: Comparison, metric: string, figure = 'p50', tagValue?: string) => rows.find((row) => row.metric === metric && row.figure === figure && row.tagValue === tagValue);

describe('what is observed of a run', () => {
  it('has every user once, by meeting and by interval', () => {
    const run = observed({ fateOf: ({ seq }) => (seq % 10 === 3 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no' } : { is: 'left' }) });
    const series = run.series.find(({ metric, tag }) => metric === 'join_failed' && tag === undefined)!;
    for (const blocks of [series.blocks.meetings!, series.blocks.intervals!]) {
      const counts = new Map<number, number>();
      for (const { values, counts: times } of blocks) values.forEach((value, index) => counts.set(value, (counts.get(value) ?? 0) + times[index]!));
      expect(counts).toEqual(new Map([[0, 108], [1, 12]]));
    }
    expect(series.blocks.meetings).toHaveLength(12);
  });

  it('survives a baseline file unchanged', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'firstbell-baseline-'));
    try {
      const run = observed();
      await writeFile(join(dir, 'baseline.json'), renderBaseline(run));
      expect(await readBaseline(join(dir, 'baseline.json'))).toEqual(run);
      for (const text of ['', '{}', 'null', JSON.stringify({ ...run, series: [{ metric: 'nonsense', blocks: {} }] }), JSON.stringify({ ...run, series: [{ metric: 'rtt', blocks: { intervals: [{ values: [1], counts: [] }] } }] })]) {
        await writeFile(join(dir, 'broken.json'), text);
        await expect(readBaseline(join(dir, 'broken.json'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      }
      await expect(readBaseline(join(dir, 'none.json'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

describe('a comparison of two runs', () => {
  it('finds slower joins and their steps, and leaves the rest the same', () => {
    const comparison = compare(observed(), observed({ joinMs: 4_200, run: 'after' }));
    expect(comparison.verdict).toBe('worse');
    expect(rowOf(comparison, 'join_time')).toMatchObject({ verdict: 'worse', effect: { size: 'large' }, over: { paired: true } });
    expect(rowOf(comparison, 'join_phase_time', 'p50', 'page')?.verdict).toBe('worse');
    for (const metric of ['rtt', 'audio_jitter']) expect(comparison.rows.filter((row) => row.metric === metric && row.verdict !== 'same' && row.verdict !== 'too-little-data')).toEqual([]);
    expect(comparison.warnings).toEqual([]);
  });

  it('says what else is not the same: versions, scenario, load, a generator that was too weak', () => {
    const before = observed();
    const after = { ...observed({ size: 14 }), verdict: 'not-delivered', scenarioHash: 'other' };
    const changed = compare(before, { ...after, environment: { ...after.environment, BigBlueButton: '3.0.20', Machine: 'another' } });
    expect(changed.differences).toContainEqual({ what: 'BigBlueButton', a: '3.0.19', b: '3.0.20' });
    expect(changed.warnings.map((one) => one.replaceAll('\u00A0', ' '))).toEqual([
      'The generator of the second run (20261123-070000-demo) did not deliver its load: its figures say little about the servers.',
      'The scenarios differ (first-bell-demo, 120 users; first-bell-demo, 168 users): differences may come from the load.',
      '120 users joined in the first run, 168 in the second.',
      'The runs were made on different machines.',
    ]);
    expect(compare(before, { ...before, planHash: 'other' }).warnings).toEqual(['The scenario is the same, but the plans differ: another version of Firstbell, or another seed.']);
  });

  it('is too little data when nothing could be tested, never the same', () => {
    const tiny = observed({ meetings: 1, size: 3, durationMs: 10_000 });
    expect(compare(tiny, tiny).verdict).toBe('too-little-data');
    expect(compare({ ...tiny, series: [] }, { ...tiny, series: [] }).verdict).toBe('too-little-data');
  });
});

describe('a comparison in writing', () => {
  const evil = '=1+1|<script>alert(1)</script>[x](http://evil)\u001b[31m';
  const comparison = compare({ ...observedRun({ seed: 1 }), run: evil }, { ...observedRun({ seed: 2, slower: 2 }), scenario: evil, environment: { BigBlueButton: evil } });

  it('names what is worse first, with sizes in the unit and in percent', () => {
    const lines = renderComparisonText(compare(observedRun({ seed: 1, meetings: 60 }), observedRun({ seed: 2, slower: 2, meetings: 60 })), { colour: false }).split('\n');
    expect(lines[0]).toBe('✗ WORSE');
    expect(lines[1]).toBe('The second run is worse in 2 of 5 figures.');
    expect(lines.find((line) => line.includes('Time to join, median'))).toMatch(/^✗ .* s .*\+\d[\d.]* s \(\+\d+ %\) +\+.* … \+.* large \(δ 0\.\d\d\)$/);
  });

  it('is Markdown in which texts of files stay texts', () => {
    const text = renderComparisonMarkdown(comparison);
    expect(text).toMatch(/^# worse: /);
    expect(text).not.toContain('<script');
    expect(text).not.toMatch(/[^\\]\[x\]\(/);
    expect(text).not.toContain('\u001b');
    const cells = (line: string): number => line.replaceAll('\\|', '').split('|').length;
    for (const line of text.split('\n').filter((one) => one.startsWith('| Run') || one.startsWith('| BigBlue'))) expect(cells(line)).toBe(5);
  });

  it('is JUnit with a case for each figure: worse fails, too little data is skipped', () => {
    const xml = renderComparisonJunit(comparison);
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml) as { testsuites: { testsuite: { testcase: { name: string; failure?: unknown }[] } } };
    expect(testsuites.testsuite.testcase.map(({ name, failure }) => [name, failure !== undefined])).toEqual(comparison.rows.map(({ verdict }, index) => [testsuites.testsuite.testcase[index]!.name, verdict === 'worse']));
  });
});
