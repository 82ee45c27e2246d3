import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { METRICS, type MetricName } from '../../../src/metrics/catalogue.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import { mergeAll } from '../../../src/metrics/merge.js';
import { LiveBoard } from '../../../src/report/live-board.js';
import { MetricsFeed } from '../../../src/report/metrics-feed.js';
import { buildRun } from '../../fakes/run-folder.js';

/** Every metric of the catalogue with one series at least, so that names are checked for all of them. */
function feedOfEverything(): MetricsFeed {
  const run = buildRun();
  const board = new LiveBoard(run.plan);
  for (const event of run.events) if (event.atMs <= 60_000) board.event(event);
  using recorder = createRecorder({ maxSeries: 10_000 });
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    recorder.record({ metric, value: 1, atMs: 0, tags: { server: 'bbb01', role: 'pupil', kind: 'native' } });
    recorder.record({ metric, value: 0, atMs: 0, tags: { server: 'bbb"02\\', role: 'pupil', kind: 'native' } });
  }
  const snapshot = recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 60_000 });
  const feed = new MetricsFeed({ board, cumulative: () => mergeAll([snapshot]), run: 'r', scenario: 's', version: '0', nowMs: () => 60_000 });
  feed.snapshot(snapshot);
  return feed;
}

const text = feedOfEverything().text('prometheus');
const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool) console.info('promtool is not installed: `promtool check metrics` is left out (Debian: apt-get install prometheus)');

/** Names that a query may ask for. */
const exposed = new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/[{ ]/)[0]!));

describe('the exposition', () => {
  it.skipIf(!promtool)('is free of complaints by promtool', () => {
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
  });

  it('is in base units, with quantiles of the last minute and totals of the run', () => {
    const one = (start: string): string | undefined => text.split('\n').find((line) => line.startsWith(start));
    expect(one('firstbell_join_time_seconds{server="bbb01",role="pupil",kind="native",quantile="0.95"}')).toMatch(/ 0\.001$/);
    expect(one('firstbell_join_time_seconds_count{server="bbb01"')).toMatch(/ 1$/);
    expect(one('firstbell_users_started_total{server="bbb01"')).toMatch(/ 1$/);
    expect(one('firstbell_audio_bitrate_bytes_per_second_sum{server="bbb01"')).toMatch(/ 125$/);
    expect(one('firstbell_generator_rss_bytes{server="bbb01"')).toMatch(/ 1000000$/);
    expect(one('firstbell_join_failed_hits_total{server="bbb01"')).toMatch(/ 1$/);
    expect(text).toContain('server="bbb\\"02\\\\"');
  });

  it('gives quantiles of what was measured lately only', () => {
    const run = buildRun();
    const feed = new MetricsFeed({ board: new LiveBoard(run.plan), cumulative: () => mergeAll(run.snapshots), run: 'r', scenario: 's', version: '0', nowMs: () => 0 });
    for (const snapshot of run.snapshots) feed.snapshot(snapshot);
    const lines = feed.text('prometheus').split('\n');
    // Everybody joined in the first half minute: nothing of the last minute, but the count stays.
    expect(lines.filter((line) => line.startsWith('firstbell_join_time_seconds{')).every((line) => line.endsWith(' NaN'))).toBe(true);
    expect(lines.filter((line) => line.startsWith('firstbell_join_time_seconds_count')).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(15);
  });

  it('names counters without _total in their TYPE line and ends with EOF, as OpenMetrics asks', () => {
    const open = feedOfEverything().text('openmetrics');
    expect(open).toContain('# TYPE firstbell_users_started counter\nfirstbell_users_started_total{');
    expect(open.endsWith('# EOF\n')).toBe(true);
  });
});

describe('deploy/grafana/firstbell.json', () => {
  const dashboard = JSON.parse(readFileSync(join(packageRoot(), 'deploy', 'grafana', 'firstbell.json'), 'utf8')) as { panels: { title: string; targets?: { expr: string }[] }[] };
  const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

  it('has a query in every panel', () => {
    expect(dashboard.panels.length).toBeGreaterThan(8);
    expect(dashboard.panels.filter(({ targets }) => !targets?.length)).toEqual([]);
  });

  it.each(queries)('%s asks for metrics that are exposed: %s', (_title, expr) => {
    const asked = expr.match(/\bfirstbell_\w+/g) ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !exposed.has(name))).toEqual([]);
  });

  it.skipIf(!promtool)('has queries that Prometheus can parse', () => {
    const rules = { groups: [{ name: 'queries', rules: queries.map(([, expr], index) => ({ record: `q${index}`, expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$server', '.*') })) }] };
    const dir = mkdtempSync(join(tmpdir(), 'firstbell-rules-'));
    try {
      writeFileSync(join(dir, 'rules.json'), JSON.stringify(rules));
      const { status, stderr } = spawnSync('promtool', ['check', 'rules', join(dir, 'rules.json')], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
