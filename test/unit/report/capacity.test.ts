import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BrokeOn } from '../../../src/capacity/break-servers.js';
import type { Capacity, StepRecord } from '../../../src/capacity/capacity.js';
import { firstBrokenOf } from '../../../src/capacity/first-broken.js';
import { earlierCapacity } from '../../../src/cli/capacity-before.js';
import { remakeCapacity, writeCapacity } from '../../../src/cli/remake-capacity.js';
import { advice, moreServers } from '../../../src/report/capacity/advice.js';
import { capacityCsv, capacityJunit, capacityMarkdown } from '../../../src/report/capacity/documents.js';
import { breaksInWords } from '../../../src/report/capacity/first-broken-words.js';
import { nearestStep, reachedAt } from '../../../src/report/capacity/limits.js';
import { renderCapacity } from '../../../src/report/capacity/page.js';
import { readCapacity } from '../../../src/report/capacity/read-capacity.js';
import { stepReports } from '../../../src/report/capacity/step-reports.js';
import { capacityView } from '../../../src/report/capacity/view.js';
import { buildCapacity } from '../../fakes/capacity.js';

const textOf = (html: string): string => html.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]+>/g, ' ').replace(/[\s\u00A0]+/g, ' ');

describe('the capacity report', () => {
  const bad = buildCapacity({ model: 'connections', knee: 3_900, serversDown: 1 });
  const measured = buildCapacity({ serversDown: 1, kneeDown: 4_600 });
  const least = buildCapacity({ knee: 50_000, required: 2_000, servers: 4, withDetails: false });

  it('answers in the language that is asked for, with numbers and dates of its locale', () => {
    const english = textOf(renderCapacity(bad, 'en'));
    const german = textOf(renderCapacity(bad, 'de'));
    expect(english).toContain('No: the fleet does not hold 5,000 users at the same time.');
    expect(english).toContain('23 November 2026 at 18:00 UTC');
    expect(german).toContain('Nein: Die Serverflotte trägt keine 5.000 Personen gleichzeitig.');
    expect(german).toContain('23. November 2026 um 18:00 UTC');
    expect(german).not.toMatch(/not measured|server down/i);
  });

  it('claims no certainty of 100 %, in words that make a sentence', () => {
    const sure = { ...measured, confidence: 0.999_99 };
    expect(textOf(renderCapacity(sure, 'de'))).toContain('ist zu mehr als 99,9 % sicher');
    expect(textOf(renderCapacity({ ...sure, confidence: 0.000_01 }, 'en'))).toContain('is less than 0.1 % certain');
  });

  it('writes the parameters of the models with the decimal mark of the language, and as products where the law has no R1', () => {
    const [usl, linear] = bad.fits;
    expect([usl!.model, linear!.model]).toEqual(['usl', 'linear']);
    const shown = (parameters: Readonly<Record<string, number>>, perUserMs: number): Capacity => ({ ...bad, fits: [{ ...usl!, parameters }, { ...linear!, parameters: { baseMs: 900, perUserMs } }] });
    const small = shown({ r1Ms: 900, sigma: 0.012_34, kappa: 0.000_012_34 }, 0.04);
    expect(textOf(renderCapacity(small, 'de'))).toContain('R₁ 900 ms, σ 0,0123, κ 1,2 · 10⁻⁵');
    expect(textOf(renderCapacity(small, 'en'))).toContain('σ 0.0123, κ 1.2 · 10⁻⁵');
    expect(textOf(renderCapacity(small, 'de'))).toContain('900 ms + 0,04 ms je Person');
    expect(textOf(renderCapacity(shown({ r1Ms: 0, contentionMs: 0, coherencyMs: 1.5 }, 12), 'de'))).toContain('R₁ 0, R₁·σ 0 ms, R₁·κ 1,5 ms');
  });

  it.each(['en', 'de'] as const)('links every figure to how it was computed, and only to what is there (%s)', (lang) => {
    for (const capacity of [bad, measured, least]) {
      const html = renderCapacity(capacity, lang);
      const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);
      expect(targets.filter((id) => id.startsWith('how-')).length).toBeGreaterThan(10);
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
      expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
      expect(html).not.toMatch(/<script|https?:\/\/[^"]*\.(js|css|woff)/);
    }
  });

  it('says of what was held in the end, but broke on the way, neither that nothing broke nor that it was held each time', () => {
    const [held, broken] = (['held', 'broken'] as const).map((outcome) => bad.steps.find((step) => step.outcome === outcome)!);
    const steps = [held, held, broken, held].map((step) => ({ ...step!, users: 4_000 }));
    const mixed: Capacity = { ...least, verdict: 'not-known', required: 4_000, confidence: 0.9, answer: { kind: 'at-least', users: 4_000 }, users: 4_000, steps, firstBroken: firstBrokenOf(steps, 0) };
    const [english, german] = (['en', 'de'] as const).map((lang) => textOf(renderCapacity(mixed, lang)));
    expect(english).toContain('4,000 users were held more often than not.');
    expect(english).toContain('4,000 users were tried 4 times, and were held 3 times. That 4,000 users are held more often than not is 90 % certain.');
    expect(english).not.toMatch(/(and|as) nothing broke/);
    expect(german).toContain('4.000 Personen wurden 4-mal versucht und 3-mal getragen.');
    expect(german).not.toMatch(/(und|da) nichts versagte/);
    expect(advice(capacityView(mixed, 'en'))).toContain('Take it as not held: with so many users the fleet begins to break, in some runs and not in others. It needs a reserve.');
    expect(textOf(renderCapacity(least, 'en'))).toContain('4,000 users were held, and nothing broke.');
  });

  it('says on page one how many of the tests that held were not steady', () => {
    const held = bad.steps.filter(({ outcome }) => outcome === 'held').length;
    const restless = (count: number): Capacity => {
      let left = count;
      return { ...bad, steps: bad.steps.map((step) => (step.outcome === 'held' && left-- > 0 ? { ...step, steady: false } : step)) };
    };
    expect(textOf(renderCapacity(restless(1), 'en'))).toContain(`1 of the ${held} tests that held was not steady yet at the end: longer, it might have broken.`);
    expect(textOf(renderCapacity(restless(2), 'de'))).toContain(`2 der ${held} gehaltenen Versuche waren am Ende noch nicht ruhig: Länger hätten sie versagen können.`);
    expect(textOf(renderCapacity(restless(held), 'de'))).toContain(`Alle ${held} gehaltenen Versuche waren am Ende noch nicht ruhig`);
    expect(textOf(renderCapacity(bad, 'en'))).not.toContain('not steady yet');
  });

  it('of a load that never held says so, in words that make a sentence, and gives no figure', () => {
    const none: Capacity = { ...bad, verdict: 'does-not-hold', exact: false, users: 0, headroom: 0, confidence: undefined, answer: { kind: 'none', tried: 1 }, limits: [], oneServerDown: { ...bad.oneServerDown!, users: 0, headroom: 0, answer: { kind: 'none', tried: 1 } } };
    const [english, german] = (['en', 'de'] as const).map((lang) => textOf(renderCapacity(none, lang)));
    expect(english).toContain('Not even one user was held.');
    expect(english).toContain('Then not even one user is held. That is not enough.');
    expect(english).toContain('not told, as nothing was held');
    expect(german).toContain('Nicht einmal eine Person wurde getragen.');
    expect(german).toContain('Dann wird nicht einmal eine Person getragen. Das reicht nicht.');
    expect(`${english} ${german}`).not.toMatch(/at least 0|mindestens 0|than 0\.00|als 0,00|(?<![\d.,])1 (users|Personen)/);
    expect(advice(capacityView(none, 'en'))).toEqual(['Find out what breaks first, and put it right: so small a load should be held.']);
  });

  it('leads to every entry that says how something was computed', () => {
    const before: Capacity['before'] = { name: 'capacity-a', startedAt: '2026-11-01T00:00:00.000Z', required: 5_000, users: 5_000, low: 4_900, high: 5_100, exact: true, firstBroken: undefined, target: 'https://lb.schulen.example', bbbVersion: undefined, firstbell: '0.1.0' };
    const pages = [bad, { ...measured, before }].map((capacity) => renderCapacity(capacity, 'de'));
    const led = new Set(pages.flatMap((html) => [...html.matchAll(/href="#(how-[^"]+)"/g)].map(([, id]) => id!)));
    const entries = [...pages[0]!.matchAll(/ id="(how-[^"]+)"/g)].map(([, id]) => id!).filter((id) => !id.endsWith('-heading'));
    expect(entries.length).toBeGreaterThan(15);
    expect(entries.filter((id) => !led.has(id))).toEqual([]);
  });

  it('shows what broke with so many digits that it does not read like the limit, and in the unit of what is asked', () => {
    const observed = (expression: string, value: number): string => {
      const steps = bad.steps.map((step) => ({ ...step, thresholds: [{ expression, held: step.outcome === 'held', observed: value }] }));
      return textOf(renderCapacity({ ...bad, steps }, 'de').split('<section id="conditions"')[1]!.split('</section>')[0]!);
    };
    expect(observed('join_failed rate < 1%', 0.010_3)).toContain('1,03 %');
    expect(observed('join_time count > 100', 90)).toMatch(/ 90 (?!ms)/);
  });

  it('says with how many users at once a step measured the limits that was ended early', () => {
    const early: Capacity = { ...bad, steps: bad.steps.map((step) => ({ ...step, peakUsers: 2_100 })) };
    const { users } = nearestStep(early)!;
    expect(textOf(renderCapacity(early, 'en'))).toContain(`Measured with ${users.toLocaleString('en')} users, 2,100 at once at most`);
    expect(textOf(renderCapacity(early, 'de'))).toContain(`Gemessen mit ${users.toLocaleString('de')} Personen, höchstens 2.100 zugleich`);
  });

  it('says how to repeat the search with all that it was asked', () => {
    const asked = { ...bad.asked, maxHoldMs: 600_000, restMs: 65_000, faults: ['bbb02:api-delay=2000', 'packet-loss=0.01'] };
    const text = textOf(renderCapacity({ ...bad, asked }, 'en'));
    expect(text).toContain('--max-hold 600 ');
    expect(text).toContain('--rest 65 ');
    // Without it the command would rest as long as a balancer asks for.
    const restless = textOf(renderCapacity({ ...bad, asked: { ...bad.asked, restMs: 0 } }, 'en'));
    expect(restless).toContain('--rest 0 ');
    expect(restless).not.toContain('left alone');
    expect(text).toContain('Between two steps the fleet was left alone for 65 s,');
    expect(textOf(renderCapacity({ ...bad, asked }, 'de'))).toContain('Zwischen zwei Schritten ruhte die Flotte 65 s:');
    expect(text).toContain('--fault bbb02:api-delay=2000');
    expect(text).toContain("--fault packet-loss=0.01");
    expect(textOf(renderCapacity(bad, 'en'))).not.toMatch(/--max-hold|--fault|--rest|left alone/);
  });

  it('counts one core, one worker', () => {
    const one: Capacity = { ...bad, asked: { ...bad.asked, workers: 1 }, environment: { ...bad.environment, machine: { ...bad.environment.machine, cores: 1 } } };
    expect(textOf(renderCapacity(one, 'en'))).toContain('1 core, ');
    expect(textOf(renderCapacity(one, 'de'))).toMatch(/1 Kern, .* 1 hat die Last gebracht/);
  });

  it('says what was not measured, and draws nothing for it', () => {
    const text = textOf(renderCapacity(least, 'en'));
    expect(text).toContain('at least 4,000');
    expect(text).toContain('Phases of joining were not measured.');
    expect(text).toContain('none in the range that was tried');
    expect(text).not.toContain('NaN');
  });

  it('links each step to the report of its run where there is one, and only if its name is one of ours', async () => {
    const base = await mkdtemp(join(tmpdir(), 'firstbell-steps-'));
    try {
      const evil = '../../etc';
      const capacity = { ...bad, steps: bad.steps.map((step, index) => (index === 1 ? { ...step, run: evil } : step)) };
      for (const run of ['run-1', evil]) {
        await mkdir(join(base, 'steps', run), { recursive: true });
        await writeFile(join(base, 'steps', run, 'report.html'), '');
      }
      const found = await stepReports(base, capacity);
      expect([...found]).toEqual(['run-1']);
      const html = renderCapacity(capacity, 'de', new Set([...found, evil]));
      expect(html).toContain('<a href="steps/run-1/report.html" aria-label="Schritt 1: Bericht des Laufs">1</a>');
      expect([...html.matchAll(/href="(?!#)([^"]*)"/g)].map(([, href]) => href)).toEqual(['steps/run-1/report.html', 'steps/run-1/report.html']);
      expect(textOf(html)).toContain('steps/run-3');
      expect(renderCapacity(bad, 'de')).not.toMatch(/href="(?!#)/);
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  it('sets what a limit needs beside where it is reached and what was measured', () => {
    expect(reachedAt({ limit: 'graphql-connections', needed: 512, allowed: 500 }, 5_000)).toBe(4_882);
    expect(reachedAt({ limit: 'line-in', needed: 0, allowed: 1_000 }, 5_000)).toBeUndefined();
    expect(reachedAt({ limit: 'users-per-meeting', needed: 25, allowed: 200 }, 5_000)).toBeUndefined();
    const hardLimits = [
      ...bad.limits,
      { limit: 'sockets-per-second' as const, title: 'Sockets admitted a second', allowed: 10, needed: 5, unit: 'sockets/s', atMs: 1, level: 'fine' as const, breaks: false, explanation: 'nobody waits', help: '' },
    ];
    const capacity = buildCapacity({ hardLimits });
    const step = nearestStep(capacity)!;
    const most = Math.max(...step.servers.map(({ peakUsers }) => peakUsers));
    const rows = (html: string): string[][] => [...html.split('<section id="limits"')[1]!.split('</section>')[0]!.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text]) => textOf(text!).trim()));
    const english = rows(renderCapacity(capacity, 'en'));
    expect(english[0]!.slice(0, 4)).toEqual(['Limit', 'Needed for 5,000 users (computed)', 'Reached (computed)', `Measured with ${step.users.toLocaleString('en')} users`]);
    expect(english[1]!.slice(1, 5)).toEqual(['512 connections', 'at 4,882 users', `${most} connections`, '500']);
    expect(english.find(([name]) => name === 'Line, out')!.slice(1, 5)).toEqual(['431.5 Mbit/s', 'at 11,587 users', 'not measured', '1,000']);
    expect(english.find(([name]) => name === 'Sockets admitted a second')![2]).toBe('at 100 arrivals a second');
    expect(rows(renderCapacity(capacity, 'de'))[1]![2]).toBe('bei 4.882 Personen');
  });

  it('says of each step by which figures it was found to be steady', () => {
    const all: readonly StepRecord[] = measured.steps.map((step, index) => ({ ...step, ...[{ steady: false, steadyBy: { users: true, rtt: false, audioLoss: true, videoFps: true } }, { steady: undefined, steadyBy: {} }, { steady: true, steadyBy: undefined }][index] }));
    const capacity = { ...measured, steps: all };
    const rows = (lang: 'en' | 'de'): string[][] => [...renderCapacity(capacity, lang).split(lang === 'en' ? 'Whether each step was steady' : 'Ob jeder Schritt ruhig war')[2]!.split('</table>')[0]!.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text]) => textOf(text!).trim()).slice(2)).slice(0, 4);
    expect(rows('en')).toEqual([
      ['Users present', 'Round-trip time', 'Loss of sound', 'Frames per second', 'Steady'],
      ['yes', 'no', 'yes', 'yes', 'no'],
      ['not told', 'not told', 'not told', 'not told', 'not told'],
      ['not told', 'not told', 'not told', 'not told', 'yes'],
    ]);
    expect(rows('de')[1]).toEqual(['ja', 'nein', 'ja', 'ja', 'nein']);
    expect(capacityCsv(capacity).split('\r\n').slice(0, 3).map((row) => row.split(',').slice(-4).join())).toEqual(['steady_users,steady_rtt,steady_audio_loss,steady_video_fps', 'true,false,true,true', ',,,']);
  });

  it('tells no change against the last report where one of the two found no limit', () => {
    const before = (exact: boolean): Capacity['before'] => ({ name: 'capacity-a', startedAt: '2026-11-01T00:00:00.000Z', required: 5_000, users: 5_000, low: exact ? 4_900 : undefined, high: exact ? 5_100 : undefined, exact, firstBroken: undefined, target: 'https://lb.schulen.example', bbbVersion: undefined, firstbell: '0.1.0' });
    const said = (capacity: Capacity, lang: 'en' | 'de' = 'en'): string => textOf(renderCapacity(capacity, lang).split('<section id="before"')[1]!.split('</section>')[0]!);
    expect(said({ ...bad, before: before(true) })).toMatch(/−2\d(\.\d)? % against the last time\. The intervals do not overlap/);
    for (const capacity of [{ ...bad, before: before(false) }, { ...least, before: before(true) }, { ...least, before: before(false) }]) {
      expect(said(capacity)).toContain('How much it changed is not known');
      expect(said(capacity)).not.toContain('against the last time');
    }
    expect(said({ ...least, before: before(true) }, 'de')).toContain('Wie viel sich geändert hat, ist nicht bekannt');
    expect(renderCapacity({ ...least, before: before(false) }, 'en')).toContain('>≥\u00A05,000<');
  });

  it('tells what is measured from what is computed', () => {
    expect(measured.oneServerDown?.how).toBe('measured');
    expect(textOf(renderCapacity(measured, 'en'))).toContain('Measured: the tests were made again without bbb10.schulen.example.');
    expect(textOf(renderCapacity(bad, 'en'))).toContain('Computed, not measured');
  });

  it('says that workers brought the load, and measures nothing of theirs against the cores of the machine that coordinated them', () => {
    const alone = textOf(renderCapacity(bad, 'en'));
    const many = textOf(renderCapacity({ ...bad, asked: { ...bad.asked, workers: 6, browserWorkers: 2 } }, 'en'));
    const ofCores = new RegExp(`\\d / ${bad.environment.machine.cores} cores`);
    expect([alone, many].map((text) => ofCores.test(text))).toEqual([true, false]);
    expect([alone, many].map((text) => text.includes('6 brought the load, and 2 more for browser users'))).toEqual([false, true]);
    expect(many).toContain('--workers 6 \\ --browser-workers 2');
  });

  it('advises on what stands in the way', () => {
    expect(moreServers(5_000, 3_900, 10)).toBe(3);
    expect(advice(capacityView(bad, 'en'))[0]).toMatch(/^About 3 more servers/);
    expect(advice(capacityView(measured, 'en'))[0]).toMatch(/^Keep a spare server/);
    const unsure: Capacity = { ...measured, oneServerDown: { ...measured.oneServerDown!, servers: 2, verdict: 'not-known' } };
    expect(advice(capacityView(unsure, 'en'))[0]).toBe('Keep spare servers: it is not certain that the load is held when 2 are missing.');
    expect(advice(capacityView(unsure, 'de'))[0]).toBe('Server in Reserve halten: Fehlen 2, ist nicht sicher, dass die Last getragen wird.');
    expect(advice(capacityView(least, 'en'))).toEqual(['Try more users (--max) to learn where the limit is.']);
  });

  describe('what broke first', () => {
    const JOIN = 'join_time p(95) < 10 s';
    const SERVERS = ['bbb01.schulen.example', 'bbb02.schulen.example', 'bbb03.schulen.example', 'bbb04.schulen.example'];
    const some: BrokeOn = { kind: 'some', servers: SERVERS, of: 10 };
    /** `bad` with other steps that broke at its knee or above; each is larger than the one before it. */
    const brokenBy = (...broke: readonly Pick<StepRecord, 'firstBroken' | 'brokeOn' | 'brokePhase'>[]): Capacity => {
      const like = bad.steps.find(({ outcome }) => outcome === 'broken')!;
      const low = 'knee' in bad.answer ? Math.ceil(bad.answer.knee.low) : 0;
      const steps = [...bad.steps.filter(({ outcome }) => outcome === 'held'), ...broke.map((change, index) => ({ ...like, worstServer: change.brokeOn?.kind === 'one' ? change.brokeOn.servers[0] : undefined, slowestPhase: 'audio', users: low + index, ...change }))];
      return { ...bad, steps, firstBroken: firstBrokenOf(steps, low) };
    };
    const one: BrokeOn = { kind: 'one', servers: [SERVERS[1]!], of: 10 };
    const byJoin = (brokeOn: BrokeOn | undefined, brokePhase = 'ready') => ({ firstBroken: JOIN, brokeOn, brokePhase });
    const cellsOf = (html: string, row: string): string => {
      const found = [...html.split('<section id="first"')[1]!.split('</section>')[0]!.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, cells]) => textOf(cells!).trim()).find((text) => text.startsWith(row));
      return found?.slice(row.length).trim() ?? `no row ${row}`;
    };

    it('is said on page one with the tests that say so, when it happened and on which servers', () => {
      const words = (capacity: Capacity, lang: 'en' | 'de'): string => breaksInWords(capacityView(capacity, lang)).slice(1).join(' ');
      const named = brokenBy({ firstBroken: 'audio_loss p(95) < 2%', brokeOn: some, brokePhase: 'meeting' }, byJoin(one), byJoin(one), byJoin(some), byJoin(one, 'socket'));
      expect(words(named, 'en')).toBe('In 4 of the 5 tests that broke near the limit or above it, this was the first to break. It happened while users were opening the meeting (in 3 of these 4 tests), mainly on the server bbb02.schulen.example (in 3 of these 4 tests).');
      expect(words(named, 'de')).toBe('In 4 der 5 Versuche, die nahe der Grenze oder darüber versagten, geschah das als Erstes. Es geschah beim Öffnen der Konferenz (in 3 dieser 4 Versuche), vor allem auf dem Server bbb02.schulen.example (in 3 dieser 4 Versuche).');
      const alike = brokenBy(byJoin({ kind: 'all', servers: SERVERS, of: 4 }), byJoin({ kind: 'all', servers: SERVERS, of: 4 }));
      expect(words(alike, 'en')).toBe('In both tests that broke near the limit or above it, this was the first to break. It happened while users were opening the meeting, on all servers alike.');
      expect(words(alike, 'de')).toBe('In beiden Versuchen, die nahe der Grenze oder darüber versagten, geschah das als Erstes. Es geschah beim Öffnen der Konferenz, auf allen Servern gleichermaßen.');
      expect(words(brokenBy({ firstBroken: JOIN, brokeOn: some, brokePhase: undefined }), 'en')).toBe('It was the only test that broke near the limit or above it. It happened on several servers, none of them clearly the worst.');
      expect(words({ ...named, asked: { ...named.asked, servers: 1 } }, 'en')).not.toContain('server');
      // Of a test that broke below the limit alone it is not said that it was near.
      expect(words({ ...alike, answer: { kind: 'none', tried: 600 } }, 'de')).toMatch(/^In beiden Versuchen, die versagten, geschah das als Erstes/);
      expect(words({ ...named, firstBroken: { users: 4_000, expression: JOIN, server: SERVERS[1], phase: undefined } }, 'en')).toBe('It happened mainly on the server bbb02.schulen.example.');
      expect(textOf(renderCapacity(named, 'en'))).toContain(words(named, 'en'));
      expect(capacityMarkdown(named, 'de')).toContain(words(named, 'de'));
    });

    it('is said in the language of the page also where no threshold names it', () => {
      const LOST = '3 users lost the meeting before it was time, and no threshold on users_lost allows for it';
      const capacity = brokenBy({ firstBroken: LOST, brokeOn: one, brokePhase: 'meeting' }, { firstBroken: LOST.replace('3', '7'), brokeOn: one, brokePhase: 'meeting' });
      expect(breaksInWords(capacityView(capacity, 'en'))[0]).toMatch(/^With \S+ users it broke: 3 users lost the meeting before it was time/);
      expect(breaksInWords(capacityView(capacity, 'de'))[0]).toMatch(/^Mit \S+ Personen versagte es: 3 Personen verloren die Konferenz vor der Zeit/);
      const german = textOf(renderCapacity(capacity, 'de'));
      expect(german).toContain('7 Personen verloren die Konferenz vor der Zeit');
      expect(`${german}${capacityMarkdown(capacity, 'de')}`).not.toContain('lost the meeting');
      expect(cellsOf(renderCapacity(capacity, 'de'), 'Schwelle')).toMatch(/^3 Personen verloren/);
    });

    it('is shown by the smallest step in which it broke, not by a smaller one that broke by something else', () => {
      const capacity = brokenBy({ firstBroken: 'audio_loss p(95) < 2%', brokeOn: one, brokePhase: 'meeting' }, byJoin(some), byJoin(some));
      expect(capacityView(capacity, 'en').firstBrokenStep).toBe(capacity.steps.at(-2));
      const html = renderCapacity(capacity, 'en');
      expect(cellsOf(html, 'Was the first in')).toBe('2 of 3 steps counted');
      expect(cellsOf(html, 'Servers ')).toBe('several, none of which stands out (2 of these 2 steps)');
      expect(cellsOf(html, 'Servers on which it broke in that one')).toBe('4 of 10: bbb01.schulen.example, bbb02.schulen.example, bbb03.schulen.example …');
      expect(cellsOf(renderCapacity(capacity, 'de'), 'Phase')).toBe('Konferenz sichtbar (2 dieser 2 Schritte)');
      expect(textOf(html)).toContain(`Errors in the step with ${capacity.steps.at(-2)!.users.toLocaleString('en')} users`);
    });

    it('says of each step on which servers it broke, and names no phase where none is meant', () => {
      const far: BrokeOn = { kind: 'one', servers: SERVERS, of: 10 };
      const capacity = brokenBy({ firstBroken: 'server_cpu max < 90%', brokeOn: far, brokePhase: undefined }, { firstBroken: 'server_cpu max < 90%', brokeOn: undefined, brokePhase: undefined }, byJoin({ kind: 'all', servers: SERVERS, of: 4 }), byJoin(some));
      const rows = (lang: 'en' | 'de'): string[][] => [...renderCapacity(capacity, lang).split('<section id="steps"')[1]!.split('</table>')[0]!.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text]) => textOf(text!).trim()).slice(10, 12)).slice(-4);
      expect(rows('en')).toEqual([['bbb01, the worst of 4', '–'], ['–', '–'], ['all 4', 'Meeting visible'], ['4 of 10: bbb01, bbb02, bbb03 …', 'Meeting visible']]);
      expect(rows('de').map(([servers]) => servers)).toEqual(['bbb01, am stärksten von 4', '–', 'alle 4', '4 von 10: bbb01, bbb02, bbb03 …']);
      const csv = capacityCsv(capacity).trim().split('\r\n').slice(-4).map((row) => row.split(','));
      expect(csv.map((row) => [row[14], ...row.slice(20, 23)])).toEqual([['', 'one', '4', '10'], ['', '', '', ''], ['ready', 'all', '4', '4'], ['ready', 'some', '4', '10']]);
    });

    it('keeps apart servers whose names differ in the domain only', () => {
      const twins = ['bbb.north.example', 'bbb.south.example'];
      const capacity = brokenBy(byJoin({ kind: 'one', servers: [twins[1]!], of: 2 }));
      const { shortServer } = capacityView({ ...capacity, steps: capacity.steps.map((step) => ({ ...step, servers: twins.map((name) => ({ name, peakUsers: 1, failed: 0, lost: 0, joinTimeP95Ms: undefined })) })) }, 'en');
      expect(twins.map(shortServer)).toEqual(twins);
    });
  });

  it('comes as CSV, JUnit and Markdown too', () => {
    const rows = capacityCsv(measured).trim().split('\r\n');
    expect(rows).toHaveLength(1 + measured.steps.length + measured.oneServerDown!.steps!.length);
    expect(capacityJunit(bad)).toContain('CAPACITY_BELOW_REQUIRED');
    expect(capacityJunit(bad).match(/<testcase/g)).toHaveLength(1);
    expect(capacityJunit(measured).match(/<testcase/g)).toHaveLength(2);
    const leastDown: Capacity = { ...least, oneServerDown: { servers: 1, users: 3_000, headroom: 1.5, how: 'computed', verdict: 'holds', answer: { kind: 'at-least', users: 3_000 } } };
    expect(capacityMarkdown(leastDown, 'en')).toContain('| at least 3,000 |');
    expect(capacityMarkdown(bad, 'de')).toContain('# Nein: Die Serverflotte trägt keine 5.000 Personen');
  });

  it('is made again from capacity.json alone, and finds the one before it', async () => {
    const base = await mkdtemp(join(tmpdir(), 'firstbell-capacity-'));
    try {
      const dir = join(base, 'capacity-a');
      await mkdir(dir);
      await writeCapacity(dir, measured, 'de');
      const first = await readFile(join(dir, 'capacity.html'), 'utf8');
      const read = await readCapacity(dir);
      await remakeCapacity(dir, read, 'de');
      expect(await readFile(join(dir, 'capacity.html'), 'utf8')).toBe(first);
      const wish = { named: undefined, dir: join(base, 'capacity-b'), scenario: measured.scenario, startedAt: '2026-12-01T00:00:00.000Z', target: measured.environment.target, onlyServer: undefined };
      expect(await earlierCapacity({ cwd: base }, wish)).toMatchObject({ name: 'capacity-a', users: measured.users });
      expect(await earlierCapacity({ cwd: base }, { ...wish, scenario: 'another' })).toBeUndefined();
      // Neither one server with the fleet, nor a rehearsal on the simulator with the real thing, unless it is asked for.
      for (const other of [{ onlyServer: 'bbb01.schulen.example' }, { target: { kind: 'simulator', url: measured.environment.target.url } }, { target: { kind: 'bbb', url: 'https://other.example/bigbluebutton/api' } }] as const) {
        expect(await earlierCapacity({ cwd: base }, { ...wish, ...other })).toBeUndefined();
        expect(await earlierCapacity({ cwd: base }, { ...wish, ...other, named: 'capacity-a' })).toMatchObject({ name: 'capacity-a' });
      }
      await writeCapacity(dir, { ...measured, environment: { ...measured.environment, target: { kind: 'simulator', url: 'http://127.0.0.1:40001', secretEnv: undefined, bbbVersion: undefined } } }, 'de');
      expect(await earlierCapacity({ cwd: base }, { ...wish, target: { kind: 'simulator', url: 'http://127.0.0.1:40002' } })).toMatchObject({ name: 'capacity-a' });
      await expect(readCapacity(base)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });
});
