import { describe, expect, it } from 'vitest';
import { stackedRows } from '../../../src/report/charts/bar-chart.js';
import { joinParts, longestPart } from '../../../src/report/join-parts.js';
import { renderCapacity } from '../../../src/report/capacity/page.js';
import { renderHtml } from '../../../src/report/html/page.js';
import { summarise } from '../../../src/report/summarise.js';
import { buildCapacity } from '../../fakes/capacity.js';
import { buildRun } from '../../fakes/run-folder.js';
import type { RunData } from '../../../src/report/run-data.js';

const figureOf = (html: string, id: string): string => new RegExp(`id="${id}-title".*?</figure>`, 's').exec(html)?.[0] ?? '';
const textOf = (html: string): string => html.replace(/<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]+>/g, ' ').replace(/[\s\u00A0]+/g, ' ');
/** Bars of a drawing that have this colour. */
const bars = (svg: string, ink: string): number => svg.match(new RegExp(`fill="var\\(--${ink}\\)"`, 'g'))?.length ?? 0;

/** The run without the samples of a step of joining, of one kind of user or of all. */
function without(data: RunData, phase: string, role?: string): RunData {
  return { ...data, snapshots: data.snapshots.map((one) => ({ ...one, series: one.series.filter(({ metric, tags }) => metric !== 'join_phase_time' || tags.phase !== phase || (role !== undefined && tags.role !== role)) })) };
}

const pageOf = (data: RunData, lang: 'en' | 'de' = 'en'): string => renderHtml(summarise(data, { thresholds: [], verdict: { word: 'held', exitCode: 0, reasons: [] } }), data, [], lang);

describe('the parts of a join', () => {
  it('are differences; what was not measured has none, and its time is in the next one', () => {
    const medians: Readonly<Record<string, number>> = { api: 100, ready: 900, audio: 850 };
    const parts = joinParts(['api', 'page', 'ready', 'audio'], (step) => medians[step]);
    expect([...parts]).toEqual([['api', 100], ['page', undefined], ['ready', 800], ['audio', 0]]);
    expect(longestPart(parts)).toEqual({ step: 'ready', tookMs: 800 });
    expect(longestPart(joinParts(['api'], () => undefined))).toBeUndefined();
  });

  it('draw nothing where nothing was measured', () => {
    const draw = (value: number | undefined): string => stackedRows('x', ['a', 'b'], [{ name: 'one', ink: 'c1', values: [5, 5] }, { name: 'two', ink: 'c2', values: [5, value] }], String, { width: 400, height: 100 });
    expect(bars(draw(3), 'c2')).toBe(2);
    expect(bars(draw(undefined), 'c2')).toBe(1);
  });
});

describe('a step of joining that was not measured', () => {
  it('is said in the report of a run, by name and row, and drawn nowhere', () => {
    const whole = buildRun();
    const figure = figureOf(pageOf(without(whole, 'audio', 'teacher')), 'phases');
    expect(textOf(figure)).toContain('“Sound connected” (Teachers)');
    expect(/role="img" aria-label="([^"]*)"/.exec(figure)?.[1]).toContain('Not measured, and not drawn');
    expect(figure).toContain('1 step not measured');
    const german = figureOf(pageOf(without(whole, 'audio'), 'de'), 'phases');
    expect(textOf(german)).toMatch(/Nicht gemessen und nicht gezeichnet: .*„Ton verbunden“/);
    expect(german.match(/class="legend">.*?<\/ul>/s)?.[0]).not.toContain('Ton verbunden');
  });

  it('is none that users of a kind do not go through', () => {
    const browsers = buildRun();
    expect(textOf(figureOf(pageOf(browsers), 'phases'))).not.toMatch(/not measured/i);
    const asNative = (tags: Readonly<Record<string, string>>) => ({ ...tags, kind: 'native', ...(tags['phase'] === 'page' ? { phase: 'socket' } : {}) });
    const mixed = { ...browsers, snapshots: browsers.snapshots.map((one) => ({ ...one, series: one.series.map((series) => (series.tags.role === 'pupil' ? { ...series, tags: asNative(series.tags) } : series)) })) };
    const figure = textOf(figureOf(pageOf(mixed), 'phases'));
    expect(figure).toMatch(/Page loaded.*Connection accepted/);
    expect(figure).not.toMatch(/not measured/i);
    expect(textOf(figureOf(pageOf(without(mixed, 'socket')), 'phases'))).toContain('“Connection accepted” (Native users)');
  });

  it('is said in the capacity report, by load', () => {
    const capacity = buildCapacity();
    const [smallest] = [...capacity.steps].sort((a, b) => a.users - b.users);
    const steps = capacity.steps.map((step) => (step.users === smallest!.users ? { ...step, phases: step.phases!.filter(({ phase }) => phase !== 'socket') } : step));
    const figure = figureOf(renderCapacity({ ...capacity, steps }, 'en'), 'phases');
    expect(textOf(figure)).toContain(`“Connection accepted” (${smallest!.users} users)`);
    expect(textOf(figure)).toContain('“Page loaded”;');
    expect(figure).toContain('1 step not measured');
  });
});

describe('other figures that were not measured', () => {
  it('freezes are counted only where somebody could tell', () => {
    const data = buildRun();
    const silent = { ...data, snapshots: data.snapshots.map((one) => ({ ...one, series: one.series.filter(({ metric }) => metric !== 'video_freezes') })) };
    const table = pageOf(silent).split('aria-label="What people felt, by role, kind and server"')[1]!.split('</table>')[0]!;
    const everyone = [.../Everyone<\/th>(.*?)<\/tr>/s.exec(table)![1]!.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => textOf(cell!).trim());
    expect(everyone[4]).toBe('– not measured');
  });

  it('a load that was not held at all is no capacity of 0', () => {
    const capacity = buildCapacity({ knee: 40, required: 5_000, servers: 4, limits: { start: 2_000, maxSteps: 3 } });
    const none = { ...capacity, answer: { kind: 'none', tried: 250 } as const, users: 0, exact: false, headroom: 0, confidence: undefined, verdict: 'does-not-hold' as const };
    const text = textOf(renderCapacity(none, 'en'));
    expect(text).toContain('fewer than 250');
    expect(text).toContain('less than 0.05');
    expect(text).not.toMatch(/at least 0\b/i);
    expect(/role="img" aria-label="Users that are held[^"]*"/.exec(renderCapacity(none, 'en'))?.[0]).toContain('Held: fewer than 250');
  });
});
