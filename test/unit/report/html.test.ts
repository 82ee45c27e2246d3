import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/core/errors.js';
import { renderHtml } from '../../../src/report/html/page.js';
import { describeExpression } from '../../../src/report/metric-titles.js';
import type { Evidence } from '../../../src/report/evidence.js';
import { failuresIn } from '../../../src/report/count-errors.js';
import { summarise, type Verdict } from '../../../src/report/summarise.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

const LIMITS = thresholds('join_time p(95) < 10 s', 'join_failed rate < 1%');
const HELD: Verdict = { word: 'held', exitCode: 0, reasons: [] };

function page(spec: Partial<RunSpec> = {}, verdict = HELD, evidence: readonly Evidence[] = []): string {
  const data = buildRun(spec);
  return renderHtml(summarise(data, { thresholds: LIMITS, verdict }), data, evidence);
}

/** Text of an element with this id up to the end of its section. */
const sectionOf = (html: string, id: string): string => html.split(`<section id="${id}"`)[1]?.split('</section>')[0] ?? '';

const held = page();

describe('report.html', () => {
  it('says the verdict in plain words first', () => {
    expect(held).toMatch(/<h1>The simulated fleet held: 15 of 15\s?.users joined 3.meetings on 3.servers\.<\/h1>/);
  });

  it('fetches nothing and runs nothing', () => {
    expect(held).not.toMatch(/<script|<link|<iframe|@import|\son\w+=/i);
    expect(held.match(/(?:src|href)="(?!#|data:)[^"]*"/g)).toBeNull();
    expect(held.match(/url\((?!#)[^)]*\)/g)).toBeNull();
    expect(held).toContain("default-src 'none'");
  });

  it('shows how long each user took by when it wanted to join, and who did not get in', () => {
    const map = sectionOf(page({ joinMs: 2_100, fateOf: ({ seq }) => (seq === 3 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no sound' } : { is: 'left' }) }), 'joining');
    const words = /id="join-map-title".*?<p>(.*?)<\/p>/s.exec(map)![1]!;
    expect(words).toMatch(/did not get in: 1\./);
    expect([...words.matchAll(/: (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(15);
    const drawing = /id="join-map-title".*?<svg.*?<\/svg>/s.exec(map)![0];
    // One cell at least for those who got in, one for the one who did not.
    expect(drawing).toContain('fill="var(--c1)"');
    expect(drawing.match(/fill="var\(--bad\)"/g)).toHaveLength(1);
    expect(sectionOf(page({ meetings: 0, withMedia: false }), 'joining')).toContain('Nobody tried to join.');
  });

  it('draws those of many servers that had most to do', () => {
    const html = page({ servers: Array.from({ length: 10 }, (_, index) => `bbb${String(index + 1).padStart(2, '0')}.schools.example`), meetings: 10 });
    const figure = /id="fleet-cpu-title".*?<\/figure>/s.exec(html)![0];
    expect(figure.replace(/\s/g, ' ')).toMatch(/on bbb10.*The 6 highest of 10 are drawn/);
    expect(['bbb04', 'bbb05', 'bbb10'].map((name) => figure.includes(`${name}<`))).toEqual([false, true, true]);
  });

  it('fills what lies between the percentiles of one thing, not between two things', () => {
    const figure = (id: string): string => new RegExp(`id="${id}-title".*?</figure>`, 's').exec(held)![0];
    expect(figure('rtt')).toContain('fill-opacity="0.14"');
    expect(figure('loss')).not.toContain('fill-opacity="0.14"');
  });

  it('counts users three times, names who is missing, and sets browser and native users side by side', () => {
    const html = page({ withOthers: true });
    const counts = sectionOf(html, 'counts');
    expect(counts).toMatch(/At the worst moment 1.user was in a meeting without being counted there/);
    expect(counts).toMatch(/lessons 2<\/th>.*>5<\/td>.*>4<\/td>.*>4<\/td>.*>1<\/td>.*Pupil 5/s);
    const experience = sectionOf(html, 'experience');
    expect(experience).toContain('Opus taken with Ie 0 and Bpl 10 (not standardised)');
    expect(experience).toMatch(/Round trip to the server<\/th>.*>\+[\d.]+.ms<\/td>/s);
    expect(experience).toMatch(/10\.4.s/);
    expect(sectionOf(held, 'counts')).toContain('Users were not counted by others in this run.');
    expect(sectionOf(held, 'experience')).toContain('No meeting had both kinds of users.');
  });

  it('is the same for the same run', () => {
    expect(page()).toBe(held);
  });

  it('stays under 1 MB for a run like the demo', () => {
    expect(Buffer.byteLength(held)).toBeLessThan(1_000_000);
  });

  it('draws charts in colours that follow light and dark', () => {
    expect(held.match(/stroke="var\(--c1\)"/g)?.length).toBeGreaterThan(3);
    expect(held).not.toContain('#fe00');
    expect(held).toContain('@media (prefers-color-scheme: dark)');
  });

  it('gives each id once', () => {
    const ids = [...held.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('says in words what each chart shows', () => {
    const charts = [...held.matchAll(/role="img" aria-label="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(charts.length).toBeGreaterThanOrEqual(12);
    for (const label of charts) expect(label.length).toBeGreaterThan(40);
  });

  it('escapes what came from outside', () => {
    const nasty = '<img src=x onerror=alert(1)>';
    const html = page({ scenario: nasty, servers: [`${nasty}a`, `${nasty}b`], fateOf: ({ seq }) => (seq === 5 ? { is: 'failed', code: 'AUDIO_FAILED', phase: nasty, message: nasty } : { is: 'left' }) });
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)>');
  });

  it('shows no credentials that a message, an address or a scenario carries', () => {
    const url = 'https://bbb.example/bigbluebutton/api?checksum=0123456789abcdef';
    const data = {
      ...buildRun({ target: { kind: 'bbb', url, secretEnv: 'BBB_SECRET', bbbVersion: undefined }, fateOf: ({ seq }) => (seq === 5 ? { is: 'failed', code: 'JOIN_DENIED', phase: 'api', message: 'refused: sessionToken=qwertzuiop' } : { is: 'left' }) }),
      scenarioText: 'password: hunter2345\n',
    };
    const html = renderHtml(summarise(data, { thresholds: LIMITS, verdict: HELD }), data, []);
    expect(html).not.toMatch(/0123456789abcdef|qwertzuiop|hunter2345/);
    expect(html).toContain('sessionToken=[redacted]');
  });

  it('shows the delays from end to end of each server, and that they were not measured', () => {
    const cells = (html: string): string[] => [...(html.split('Delays from a teacher to browser users</span>')[1]?.split('</table>')[0] ?? '').matchAll(/<t[hd][^>]*>((?:(?!<t[hd]).)*)<\/t[hd]>/g)].map((match) => (match[1] ?? '').replace(/<[^>]*>/g, ''));
    const measured = cells(sectionOf(page({ earMs: (server) => (server.startsWith('sim-02') ? 300 : 95) }), 'media'));
    expect(measured.slice(7).filter((_, at) => at % 7 === 1).map((text) => Number.parseInt(text, 10)).sort((a, b) => a - b)).toEqual([expect.closeTo(100, -1), expect.closeTo(100, -1), expect.closeTo(305, -1)]);
    expect(cells(sectionOf(held, 'media')).slice(8, 14)).toEqual(['not measured', 'not measured', '0', 'not measured', 'not measured', '0']);
  });

  it('says that nothing was measured instead of drawing zeros', () => {
    const empty = page({ withMedia: false });
    expect(sectionOf(empty, 'media').match(/<p class="nothing">Not measured<\/p>/g)).toHaveLength(6);
    expect(sectionOf(empty, 'media')).not.toContain('role="img"');
    expect(sectionOf(empty, 'servers')).toContain('not measured');
  });

  it('names the servers on which nothing was measured beside the one that stands for all', () => {
    const data = buildRun({ fateOf: ({ meeting }) => (meeting === 0 ? { is: 'left' } : { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no way' }) });
    const conditions = (expression: string, lang: 'en' | 'de'): string => sectionOf(renderHtml(summarise(data, { thresholds: thresholds(expression), verdict: { word: 'broken', exitCode: 3, reasons: [] } }), data, [], lang), 'conditions').replaceAll('\u00A0', ' ');
    expect(conditions('join_time p(95) < 1 h per server', 'en')).toContain('nothing was measured on sim-02.localhost:8102, sim-03.localhost:8103<');
    expect(conditions('join_time p(95) < 1 ms per server', 'en')).not.toContain('broke on');
    expect(conditions('join_time p(95) < 1 ms per server', 'de')).toContain('nichts wurde gemessen auf sim-02.localhost:8102, sim-03.localhost:8103<');
  });

  it('gives no marks to conditions when there is no verdict', () => {
    const html = page({ latenessMs: 2_600 }, { word: 'not-delivered', exitCode: 5, reasons: ['users were started too late'] });
    expect(html).toContain('This machine could not deliver the planned load: no statement about the servers.');
    expect(sectionOf(html, 'conditions')).not.toMatch(/✓|✗/);
    expect(html).toContain('users were started too late');
  });

  it('says that a run died, and counts its users', () => {
    const html = page({ endedBy: 'kill', endsAtMs: 62_000 });
    expect(html).toContain('the harness died');
    expect(html).toContain('3 left open');
  });

  it('lists errors with their meaning, count and times', () => {
    const html = sectionOf(page({ fateOf: ({ seq }) => (seq === 5 || seq === 9 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no answer to the offer' } : { is: 'left' }) }), 'errors');
    expect(html).toContain('AUDIO_FAILED');
    expect(html).toContain(ERROR_CODES.AUDIO_FAILED.about);
    expect(html).toContain('connecting sound');
    expect(html).toContain('no answer to the offer');
    expect(html).toMatch(/2.failures of 1.kind\./);
  });

  it('embeds pictures and counts those it left out', () => {
    const data = buildRun({ fateOf: ({ seq }) => (seq < 2 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: '', screenshot: `evidence/${seq}.png` } : { is: 'left' }) });
    const [first, second] = failuresIn(data.events);
    const evidence: Evidence[] = [
      { failure: first!, dataUri: 'data:image/png;base64,AAAA', why: undefined },
      { failure: second!, dataUri: undefined, why: 'too much' },
    ];
    const html = renderHtml(summarise(data, { thresholds: [], verdict: HELD }), data, evidence);
    expect(html.match(/<img[^>]*>/)?.[0]).toMatch(/^<img src="data:image\/png;base64,AAAA" alt="Screen of Teacher [12] at 0:0\d: AUDIO_FAILED"/);
    expect(sectionOf(html, 'evidence')).toMatch(/1.screenshot taken by users at the moment of failure; 1 more/);
  });

  it('holds what several machines used against the cores and memory of none', () => {
    const data = buildRun();
    const workers = { ...data, events: [...data.events, ...['host-a', 'host-b', 'host-c'].map((worker, share) => ({ type: 'worker-ready' as const, atMs: 0, worker, share, users: 5, clockOffsetMs: 0, roundTripMs: 1 }))] };
    const told = (html: string): string => html.replace(/<svg.*?<\/svg>/gs, '').replace(/<[^>]+>/g, ' ').replace(/[\s\u00A0]+/g, ' ');
    const all = renderHtml(summarise(workers, { thresholds: [], verdict: HELD }), workers, []);
    expect(told(sectionOf(all, 'generator'))).toMatch(/All machines together; [\d.]+ cores used on average.* CPU, average [\d.]+ cores? – Memory, highest \d+ MB – /);
    expect(sectionOf(all, 'generator')).not.toMatch(/all cores|in the machine/);
    expect(told(sectionOf(all, 'environment'))).toContain('every 5 s, 3 generators');
    expect(sectionOf(held, 'generator')).toContain('all cores');
    expect(told(sectionOf(held, 'generator'))).toMatch(/2 cores in the machine; .* CPU, average [\d.]+ cores? 2 cores Memory, highest \d+ MB [\d,.]+ [MG]B/);
    expect(told(sectionOf(held, 'environment'))).toContain('every 5 s, one generator');
  });

  it('says how to repeat the run, with the target but without the secret', () => {
    const commandOf = (html: string): string => sectionOf(html, 'environment').split('<code>')[1]!.split('</code>')[0]!;
    expect(commandOf(held)).toBe('npx firstbell run FOLDER/scenario.yaml');
    expect(held).toContain('with the folder of this report for FOLDER:');
    const data = buildRun({ target: { kind: 'bbb', url: 'https://bbb.example/api?a=1&b=2', secretEnv: undefined, bbbVersion: '3.0.19' } });
    const events = [0, 1, 1].map((share, at) => ({ type: 'worker-ready' as const, atMs: at, worker: `host-${at}`, share, users: 5, clockOffsetMs: 0, roundTripMs: 1 }));
    const workers = { ...data, events: [...events, ...data.events] };
    const known = renderHtml(summarise(workers, { thresholds: [], verdict: HELD }), workers, [], 'en', 'reports/capacity-1/steps/run-2');
    expect(commandOf(known)).toBe("npx firstbell run reports/capacity-1/steps/run-2/scenario.yaml \\\n  --workers 2 \\\n  --url 'https://bbb.example/api?a=1&amp;b=2'");
    expect(known).toContain('The same load again:');
    const plain = buildRun();
    const apart = { ...plain, meta: { ...plain.meta, workers: { any: 2, browser: 1 } }, events: [...events, ...plain.events] };
    expect(commandOf(renderHtml(summarise(apart, { thresholds: [], verdict: HELD }), apart, []))).toBe('npx firstbell run FOLDER/scenario.yaml \\\n  --workers 2 \\\n  --browser-workers 1');
    const real = page({ target: { kind: 'bbb', url: 'https://bbb.example/bigbluebutton/api', secretEnv: 'FLEET_SECRET', bbbVersion: '3.0.19' } });
    expect(real).toMatch(/--url https:\/\/bbb\.example\/bigbluebutton\/api --secret-env FLEET_SECRET/);
  });
});

describe('a threshold in words', () => {
  it.each([
    ['join_time{role=pupil} p(95) < 10 s', 'Time to join (pupil), 95th percentile'],
    ['join_failed rate < 1%', 'Users that did not get in, share'],
    ['rtt p(50) < 150 ms', 'Round trip to the server, median'],
    ['users_lost count == 0', 'Users that lost the meeting, total'],
    ['no_such_metric p(95) < 1', undefined],
  ])('%s', (expression, words) => expect(describeExpression(expression)).toBe(words));
});
