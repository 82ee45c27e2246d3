import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.js';
import { writeCapacity } from '../../../src/cli/remake-capacity.js';
import type { Comparison } from '../../../src/report/comparison.js';
import { buildCapacity } from '../../fakes/capacity.js';
import { memoryIo } from '../../fakes/memory-io.js';
import { buildRun, writeRun, type RunSpec } from '../../fakes/run-folder.js';

/** A valid scenario; what was run stands in the plan. Its name would be a formula in a spreadsheet, and markup in a page. */
const EVIL = '=HYPERLINK("http://evil")<script>alert(1)</script>';
const SCENARIO = `name: ${JSON.stringify(EVIL)}
target: simulator
meetings: { class: { size: 10 } }
load: [{ name: a, executor: constant-users, meetings: class, meetingCount: 12, users: 120, duration: 2m }]
thresholds: [users_lost count == 0]
`;

let base = '';
const folder = async (run: string, spec: Partial<RunSpec> = {}): Promise<string> => {
  const dir = await writeRun(base, buildRun({ run, scenario: EVIL, meetings: 12, size: 10, arriveMs: 50_000, durationMs: 60_000, withMedia: false, ...spec }));
  await writeFile(join(dir, 'scenario.yaml'), SCENARIO);
  return dir;
};

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'firstbell-cli-compare-'));
  await folder('before');
  await folder('after', { joinMs: 4_200, servers: ['=1+1', '@SUM(A1)', 'bbb03'] });
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function cli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const io = memoryIo({ cwd: base });
  const code = await runCli(args, io);
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('firstbell compare', () => {
  it('exits with 0 for a run and itself, with 3 for a worse one, and with 0 the other way round', async () => {
    expect((await cli('compare', 'before', 'before')).code).toBe(0);
    const worse = await cli('compare', 'before', 'after', '--json');
    expect(worse.code).toBe(3);
    expect(JSON.parse(worse.out) as Comparison).toMatchObject({ schema: 1, verdict: 'worse', a: { run: 'before' }, b: { run: 'after' } });
    expect((await cli('compare', 'after', 'before')).code).toBe(0);
  });

  it.each([
    ['before', 'after', 'never', 0],
    ['after', 'before', 'change', 3],
    ['before', 'before', 'doubt', 3],
  ])('%s %s --fail-on %s: exit %d', async (before, after, failOn, code) => {
    expect((await cli('compare', before, after, '--fail-on', failOn)).code).toBe(code);
  });

  it('takes a baseline instead of a folder, with the same answer', async () => {
    expect(await cli('baseline', 'before', '--output', 'baseline.json')).toMatchObject({ code: 0 });
    const [fromFolder, fromFile] = [await cli('compare', 'before', 'after', '--json'), await cli('compare', 'baseline.json', 'after', '--json')];
    expect(fromFile).toEqual(fromFolder);
    expect(await readFile(join(base, 'baseline.json'), 'utf8')).not.toMatch(/Pupil|Teacher \d|lessons/);
  });

  it('writes Markdown and JUnit, and refuses what it does not know', async () => {
    expect((await cli('compare', 'before', 'after', '--format', 'md')).out).toMatch(/^# worse: /);
    expect((await cli('compare', 'before', 'after', '--format', 'junit')).out).toContain('<testsuite');
    expect(await cli('compare', 'before', 'after', '--format', 'xls')).toMatchObject({ code: 2 });
    expect(await cli('compare', 'before', 'after', '--confidence', '95')).toMatchObject({ code: 2 });
    expect(await cli('compare', 'before', 'nowhere')).toMatchObject({ code: 2 });
  });
});

describe('firstbell report --format', () => {
  it('writes CSV in which no cell is a formula', async () => {
    expect(await cli('report', 'after', '--format', 'csv')).toEqual({ code: 0, out: `${join('after', 'metrics.csv')}\n${join('after', 'intervals.csv')}\n`, err: '' });
    for (const name of ['metrics.csv', 'intervals.csv']) {
      const text = await readFile(join(base, 'after', name), 'utf8');
      expect(text).toContain(`"'=1+1"`);
      expect(text).toContain(`"'@SUM(A1)"`);
      for (const line of text.split('\r\n')) for (const cell of line.split(',')) expect(cell).not.toMatch(/^[=@+\-|%]/);
    }
  });

  it('writes Markdown and HTML in which a name stays a name', async () => {
    await cli('report', 'after', '--format', 'md');
    const markdown = await readFile(join(base, 'after', 'report.md'), 'utf8');
    expect(markdown).toContain('HYPERLINK');
    expect(markdown).not.toContain('<script');
    expect(await cli('report', 'after', '--format', 'html')).toMatchObject({ code: 0, out: `${join('after', 'report.html')}\n` });
    expect(await readFile(join(base, 'after', 'report.html'), 'utf8')).not.toContain('<script');
  });
});

describe('firstbell history', () => {
  it('makes a page of all runs in the order of time, each linked to its report, without scripts', async () => {
    for (const run of ['before', 'after']) await cli('report', run);
    await writeFile(join(await folder('broken'), 'summary.json'), '{');
    const answer = await cli('history', '.', '--output', 'history.html');
    expect(answer).toMatchObject({ code: 0, out: 'history.html: 2 runs\n' });
    expect(answer.err).toContain('broken');
    const html = await readFile(join(base, 'history.html'), 'utf8');
    expect(html).toContain('href="./before/report.html"');
    expect(html).toContain('href="./after/report.html"');
    expect(html).not.toContain('<script');
    expect(html).toContain("default-src 'none'");
    await cli('history', 'after', 'before', '--output', 'again.html');
    expect(await readFile(join(base, 'again.html'), 'utf8')).toBe(html);
  });

  it('has the capacity searches beside the runs, each linked to its report, and not their steps', async () => {
    const reports = join(base, 'both');
    const [before] = [buildCapacity({ knee: 3_900 })];
    const searches = { 'capacity-b': buildCapacity({ knee: 5_600, before: undefined }), 'capacity-a': { ...before, asked: { ...before.asked, startedAt: '2026-10-01T06:00:00.000Z' } } };
    for (const [name, capacity] of Object.entries(searches)) {
      await mkdir(join(reports, name), { recursive: true });
      await writeCapacity(join(reports, name), capacity, 'en');
    }
    await writeRun(join(reports, 'capacity-a', 'steps'), buildRun({ run: 'a-step' }));
    await mkdir(join(reports, 'capacity-stopped'));
    await writeFile(join(reports, 'capacity-stopped', 'search.json'), '{}');
    const answer = await cli('history', 'both', 'before', '--output', 'both.html');
    expect(answer).toMatchObject({ code: 0, out: 'both.html: 1 run and 2 capacity searches\n' });
    expect(answer.err).toContain('capacity-stopped');
    const html = await readFile(join(base, 'both.html'), 'utf8');
    const table = html.split('Capacity searches in the order of time</span>')[1]!.split('</table>')[0]!;
    expect(table).toMatch(/href="\.\/both\/capacity-a\/capacity\.html".*href="\.\/both\/capacity-b\/capacity\.html"/s);
    const { knee } = searches['capacity-b'].answer as { readonly knee: { readonly low: number } };
    expect(table).toContain(`${Math.round(knee.low).toLocaleString('en')} to `);
    expect(table).toContain('5,000');
    expect(table).toMatch(/95th percentile: less than 10.s/);
    expect(html).not.toContain('a-step');
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !html.includes(` id="${id}"`))).toEqual([]);
  });

  it('is German where that is asked for, with numbers and dates of its locale', async () => {
    expect(await cli('history', 'both', 'before', 'after', '--output', 'verlauf.html', '--lang', 'de')).toMatchObject({ code: 0 });
    const html = await readFile(join(base, 'verlauf.html'), 'utf8');
    expect(html).toContain('<html lang="de">');
    const text = html.replace(/<style.*?<\/style>/gs, '').replace(/<(code|svg)\b.*?<\/\1>/gs, ' ').replace(/<[^>]+>/g, '\n');
    expect(text).toContain('5.000');
    expect(text).toMatch(/1\. Oktober 2026 um 06:00 UTC/);
    expect(text.match(/\b(the|were|users?|runs?|held|not measured|within|of)\b/gi) ?? []).toEqual([]);
    expect(await cli('history', 'both', '--lang', 'fr')).toMatchObject({ code: 2 });
  });

  it('says when there is nothing to show', async () => {
    expect(await cli('history', '.', '--scenario', 'another')).toMatchObject({ code: 2 });
    expect(await cli('history', 'nowhere')).toMatchObject({ code: 2 });
  });
});
