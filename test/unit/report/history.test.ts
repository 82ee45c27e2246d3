import { describe, expect, it } from 'vitest';
import { renderHistory, type HistoryEntry } from '../../../src/report/html/history.js';
import { summarise, type Verdict } from '../../../src/report/summarise.js';
import type { PastSearch } from '../../../src/report/html/history-searches.js';
import { buildCapacity } from '../../fakes/capacity.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';

const BROKEN: Verdict = { word: 'broken', exitCode: 3, reasons: ['no user got in', 'join_failed rate < 1%: observed 32.5%'] };

function entry(startedAt: string, spec: Partial<RunSpec> = {}, verdict: Verdict = { word: 'held', exitCode: 0, reasons: [] }): HistoryEntry {
  const { metrics, target, ...rest } = summarise(buildRun({ run: `run-${startedAt}`, ...spec }), { thresholds: [], verdict });
  return { run: { ...rest, metrics, target: { kind: target.kind, url: target.url }, startedAt, reasons: [...verdict.reasons], errors: [...rest.errors] }, href: undefined };
}

const textOf = (html: string): string => html.replace(/<style>.*?<\/style>/gs, '').replace(/<svg.*?<\/svg>/gs, '').replace(/<[^>]+>/g, ' ').replace(/[\s\u00A0]+/g, ' ');

describe('the history of a fleet', () => {
  const runs = [entry('2026-11-02T07:00:00.000Z', {}, BROKEN), entry('2026-11-01T07:00:00.000Z', { withMedia: false })];

  it('shows why a run did not hold where everybody can read it, in the language of the page', () => {
    expect(textOf(renderHistory({ runs, searches: [] }, 'de'))).toContain('Hat nicht gehalten niemand kam hinein (+1)');
    expect(textOf(renderHistory({ runs, searches: [] }))).toContain('Did not hold no user got in (+1)');
  });

  it('says in how many runs something was not measured, and leaves a gap', () => {
    const figure = /id="rtt-title".*?<\/figure>/s.exec(renderHistory({ runs, searches: [] }))![0];
    expect(textOf(figure)).toContain('Not measured in 1 run.');
    expect(/role="img" aria-label="([^"]*)"/.exec(figure)![1]!.replaceAll('\u00A0', ' ')).toContain('Not measured in 1 run.');
  });

  it('does not show what one server holds as a point in the course of the fleet', () => {
    const fleet = buildCapacity();
    const alone = buildCapacity({ knee: 560, required: 500, servers: 1 });
    const searches: readonly PastSearch[] = [
      { name: 'capacity-a', href: undefined, capacity: fleet },
      { name: 'capacity-b', href: undefined, capacity: { ...alone, asked: { ...alone.asked, servers: 1, onlyServer: 'bbb02', startedAt: '2026-11-24T18:00:00.000Z' } } },
    ];
    const html = renderHistory({ runs: [], searches });
    expect(textOf(html)).toMatch(/The last capacity search \(24 November 2026 at 18:00 UTC, of the server bbb02 alone\): \d{3} users/);
    expect(textOf(html)).toContain('The same of one server alone');
    expect(textOf(html)).toContain('Darmstadt morning, the server bbb02');
    expect(textOf(renderHistory({ runs: [], searches }, 'de'))).toContain('Darmstadt morning, der Server bbb02');
    expect(textOf(renderHistory({ runs: [], searches: searches.slice(0, 1) }))).not.toContain('one server alone');
  });

  it('says of which runs it tells the time to join', () => {
    const said = (entries: readonly HistoryEntry[], lang: 'en' | 'de' = 'en'): string => textOf(renderHistory({ runs: entries, searches: [] }, lang));
    const nobody = (day: number): HistoryEntry => entry(`2026-11-0${day}T07:00:00.000Z`, { fateOf: () => ({ is: 'failed', code: 'JOIN_DENIED', phase: 'api', message: 'refused' }) }, BROKEN);
    const both = [entry('2026-11-03T07:00:00.000Z'), entry('2026-11-04T07:00:00.000Z')];
    expect(said(both)).toMatch(/In the first run 95 of 100 users could take part within \S+ s \(3 Nov[^)]*\), in the last within \S+ s \(4 Nov/);
    expect(said([...both, nobody(5)])).toMatch(/In the first run 95 of 100 .*, in the last in which somebody joined within \S+ s \(4 Nov/);
    expect(said([...both, nobody(2)])).toMatch(/In the first run in which somebody joined 95 of 100 users could take part within \S+ s \(3 Nov[^)]*\), in the last within/);
    expect(said([...both, nobody(2), nobody(5)], 'de')).toMatch(/Im ersten Lauf, in dem jemand hineinkam, konnten 95 von 100 Personen in \S+ s teilnehmen \(3\. Nov[^)]*\), im letzten, in dem jemand hineinkam, in \S+ s \(4\. Nov/);
  });

  it('counts nobody lost in a run in which nobody was, and nothing where nobody was in', () => {
    const lost = entry('2026-11-02T07:00:00.000Z', { fateOf: ({ seq }) => (seq === 4 ? { is: 'lost', code: 'KICKED', message: 'out', afterMs: 5_000 } : { is: 'left' }) });
    const figureWith = (before: HistoryEntry): string => textOf(/id="users_lost-title".*?<\/figure>/s.exec(renderHistory({ runs: [before, lost], searches: [] }))![0]);
    expect(figureWith(entry('2026-11-01T07:00:00.000Z'))).toMatch(/From 0 to 1; between 0 and 1\. /);
    expect(figureWith(entry('2026-11-01T07:00:00.000Z', { meetings: 0 }))).toMatch(/1\. Not measured in 1 run\./);
  });

  it('calls the same what reads the same', () => {
    const twice = [entry('2026-11-02T07:00:00.000Z'), entry('2026-11-01T07:00:00.000Z', { lossRatio: 0.002001 })];
    expect(textOf(renderHistory({ runs: twice, searches: [] }))).not.toMatch(/between (\S+ ?\S*) and \1\./);
  });
});
