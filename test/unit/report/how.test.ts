import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { RUN_EVENT } from '../../../src/report/run-schemas.js';
import { RUN_FILES } from '../../../src/report/run-data.js';
import { HOW_OF_METRIC, HOW_SOURCES, sourcesOf } from '../../../src/report/how-sources.js';
import { renderHtml } from '../../../src/report/html/page.js';
import { summarise } from '../../../src/report/summarise.js';
import { RUN_HOW_EN, type RunHowKey } from '../../../src/report/words/run-how-en.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

const RUNS: Readonly<Record<string, Partial<RunSpec>>> = {
  whole: { withOthers: true, earMs: () => 120, checkpointEveryMs: 30_000, fateOf: ({ seq }) => (seq === 4 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no way' } : { is: 'left' }) },
  empty: { meetings: 0, withMedia: false },
};

function page(spec: Partial<RunSpec>, lang: 'en' | 'de'): string {
  const data = buildRun(spec);
  return renderHtml(summarise(data, { thresholds: thresholds('join_time p(95) < 10 s', 'mouth_to_ear p(95) < 400 ms'), verdict: { word: 'held', exitCode: 0, reasons: [] } }), data, [], lang);
}

const linksIn = (html: string): string[] => [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);

describe('how the figures of a run were computed', () => {
  it.each([
    ['whole', 'en'],
    ['whole', 'de'],
    ['empty', 'de'],
  ] as const)('every link leads to what is there: %s, %s', (name, lang) => {
    const html = page(RUNS[name]!, lang);
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect(linksIn(html).filter((id) => !ids.has(id))).toEqual([]);
  });

  it('every entry is led to by a figure, a heading or a column', () => {
    const led = new Set(linksIn(page(RUNS['whole']!, 'en')));
    expect(Object.keys(HOW_SOURCES).filter((key) => !led.has(`how-${key}`))).toEqual([]);
  });

  it('leads there from each key figure, each condition and each chart', () => {
    const html = page(RUNS['whole']!, 'en');
    const tiles = [...html.matchAll(/<dd class="value[^"]*">(.*?)<\/dd>/gs)].map(([, inside]) => inside!);
    expect(tiles).toHaveLength(6);
    for (const tile of tiles) expect(tile).toContain('href="#how-');
    const captions = [...html.matchAll(/<figcaption><h3[^>]*>(.*?)<\/h3>/gs)].map(([, inside]) => inside!);
    expect(captions.length).toBeGreaterThan(12);
    for (const caption of captions) expect(caption).toContain('href="#how-');
    const conditions = html.split('<section id="conditions"')[1]!.split('</section>')[0]!;
    expect(conditions).toMatch(/href="#how-join"/);
    expect(conditions).toMatch(/href="#how-endToEnd"/);
  });

  it('names only fields, events, metrics and files that there are', () => {
    const doc = readFileSync(join(packageRoot(), 'docs', 'files.md'), 'utf8');
    const events = new Set(RUN_EVENT.options.map((option) => String([...option.shape.type.values][0])));
    for (const key of Object.keys(HOW_SOURCES) as RunHowKey[]) {
      const { summary = [], events: named = [], files = [] } = HOW_SOURCES[key];
      for (const field of summary) expect(doc, field).toContain(`| \`${field.replace(/^metrics\.(?!<)\w+/, 'metrics.<name>')}\` |`);
      expect(named.filter((event) => !events.has(event))).toEqual([]);
      expect(files.filter((file) => !(Object.values(RUN_FILES) as readonly string[]).includes(file))).toEqual([]);
      expect(sourcesOf(key).length, key).toBeGreaterThan(0);
    }
    expect(Object.keys(HOW_OF_METRIC).sort()).toEqual(Object.keys(METRICS).sort());
  });

  it('has words for each entry and no more', () => {
    expect(Object.keys(RUN_HOW_EN).filter((key) => !['title', 'intro', 'hint'].includes(key)).sort()).toEqual(Object.keys(HOW_SOURCES).sort());
  });
});
