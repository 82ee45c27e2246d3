import { describe, expect, it } from 'vitest';
import { JOIN_PHASES, METRICS, type MetricName } from '../../../src/metrics/catalogue.js';
import { createRecorder } from '../../../src/metrics/recorder.js';
import type { ThresholdResult } from '../../../src/metrics/threshold.js';
import { renderHtml } from '../../../src/report/html/page.js';
import { METRIC_TITLES } from '../../../src/report/metric-titles.js';
import { METRIC_TITLES_DE } from '../../../src/report/metric-titles-de.js';
import { renderMarkdown } from '../../../src/report/report-markdown.js';
import type { MetricSummary } from '../../../src/report/summary.js';
import { DIED, GOES_ON, INCOMPLETE, summarise, type Verdict } from '../../../src/report/summarise.js';
import { reasonInGerman } from '../../../src/report/words/reasons-de.js';
import { RUN_DE } from '../../../src/report/words/run-de.js';
import { RUN_EN } from '../../../src/report/words/run-en.js';
import { absentSentence, headline } from '../../../src/report/words/words.js';
import { notDelivered } from '../../../src/run/delivery.js';
import type { ActionName } from '../../../src/scenario/action.js';
import { lostWorkers } from '../../../src/run/lost-workers.js';
import { ownLosses } from '../../../src/run/own-failure.js';
import type { RunResult } from '../../../src/run/run-result.js';
import { decideVerdict } from '../../../src/run/verdict.js';
import { planOf } from '../../fakes/fake-run.js';
import { buildRun, type RunSpec } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

/** Every text of a table of words, with the way to it; functions are left out, their result depends on what they are given. */
function texts(words: unknown, path = ''): readonly (readonly [path: string, text: string])[] {
  if (typeof words === 'string') return [[path, words]];
  if (typeof words !== 'object' || words === null) return [];
  return Object.entries(words).flatMap(([key, value]) => texts(value, `${path}.${key}`));
}

const LIMITS = thresholds('join_time{server=*} p(95) < 2 s', 'join_failed rate < 1%');
const RUNS: Readonly<Record<string, readonly [Partial<RunSpec>, Verdict]>> = {
  held: [{ withOthers: true, earMs: () => 120, checkpointEveryMs: 30_000 }, { word: 'held', exitCode: 0, reasons: [] }],
  broken: [{ fateOf: ({ seq }) => (seq % 3 === 1 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'kein Weg' } : { is: 'left' }) }, { word: 'broken', exitCode: 3, reasons: ['join_failed rate < 1%: observed 32.5%'] }],
  nobody: [{ meetings: 0, withMedia: false }, { word: 'could-not-run', exitCode: 4, reasons: ['no meeting could be created'] }],
  late: [{ latenessMs: 2_600 }, { word: 'not-delivered', exitCode: 5, reasons: ['users started late: p99 2600 ms, limit 1000 ms'] }],
  stopped: [{}, { word: 'interrupted', exitCode: 130, reasons: ['stopped by the user'] }],
};

function pageOf(name: string, lang: 'en' | 'de'): string {
  const [spec, verdict] = RUNS[name]!;
  const data = buildRun(spec);
  return renderHtml(summarise(data, { thresholds: LIMITS, verdict }), data, [], lang);
}

/** What a person reads or hears of a page. */
const said = (html: string): string => `${html.replace(/<style.*?<\/style>/gs, '').replace(/<(code|svg)\b.*?<\/\1>/gs, ' ').replace(/<[^>]+>/g, '\n')}\n${[...html.matchAll(/(?:aria-label|alt)="([^"]*)"/g)].map(([, label]) => label).join('\n')}`;

/** All there are, as the compiler sees to it. */
const ACTIONS: Readonly<Record<ActionName, true>> = { react: true, 'next-slide': true, 'share-screen': true, 'mute-meeting': true, 'open-whiteboard': true, draw: true, 'start-poll': true, vote: true, microphone: true, 'open-breakouts': true, 'enter-breakout': true };

describe('the words of a run', () => {
  it('say which shares of hands and slides others were not shown', () => {
    expect(RUN_EN.experience.unshown({ hand: '0 %', slide: '40 %' })).toBe('Not shown to others within 30 s: 0 % of raised hands, 40 % of slide changes.');
    expect(RUN_DE.experience.unshown({ slide: '40 %', poll: '1 %' })).toBe('Anderen in 30 s nicht gezeigt: 40 % der Folienwechsel, 1 % der Abstimmungen.');
    expect(RUN_EN.experience.chat('1 s', '2 s', undefined)).toBe('Half of the chat messages reached a reader within 1 s, 95 of 100 within 2 s. Counted from when the writer meant to send.');
  });

  it('count the meetings and servers on which somebody got in, not those that let nobody in', () => {
    const data = buildRun({ fateOf: ({ meeting }) => (meeting === 1 ? { is: 'failed', code: 'GRAPHQL_REFUSED', phase: 'socket', message: 'limit' } : { is: 'left' }) });
    const summary = summarise(data, { thresholds: LIMITS, verdict: { word: 'broken', exitCode: 3, reasons: [] } });
    expect(summary.servers).toHaveLength(3);
    expect(headline(summary).replaceAll('\u00A0', ' ')).toContain('10 of 15 users joined 2 meetings on 2 servers');
  });

  it('count one core as one', () => {
    expect([RUN_EN, RUN_DE].map(({ environment }) => environment.machineText('x', 1, 4_000, 'y').replaceAll('\u00A0', ' '))).toEqual(['x, 1 core, 4,000 MB memory, y', 'x, 1 Kern, 4.000 MB Speicher, y']);
    expect(RUN_DE.environment.machineText('x', 2, 4_000, 'y').replaceAll('\u00A0', ' ')).toContain('2 Kerne');
  });

  it('have a name for all during which something fails', () => {
    const steps = ['stay', 'webcam', 'chat', 'hand', 'reload', 'network', 'leave', ...Object.keys(ACTIONS)];
    for (const step of [...JOIN_PHASES, 'meeting', 'create', 'end', 'open', 'close', 'census', 'guard', ...steps]) expect(Object.keys(RUN_DE.errors.phases), step).toContain(step);
  });

  it('are there in both languages, each list as long', () => {
    expect(texts(RUN_DE).map(([path]) => path)).toEqual(texts(RUN_EN).map(([path]) => path));
    for (const [path, text] of texts(RUN_DE)) expect(text.trim(), path).not.toBe('');
  });

  it.each(Object.keys(RUNS))('leave nothing in English on a German page: %s', (name) => {
    const html = pageOf(name, 'de');
    expect(html).toContain('<html lang="de">');
    const german = new Set(texts(RUN_DE).map(([, text]) => text));
    // A text that is the same in both languages is no sign of the other.
    const english = [...texts(RUN_EN).map(([, text]) => text), ...(Object.keys(METRICS) as MetricName[]).filter((metric) => METRIC_TITLES[metric] !== METRIC_TITLES_DE[metric]).map((metric) => METRIC_TITLES[metric])].filter((text) => !german.has(text));
    const lines = new Set(said(html).split('\n').map((line) => line.trim()));
    expect(english.filter((text) => lines.has(text))).toEqual([]);
    expect(said(html).match(/\b(the|were|users?|meetings?|servers|not measured|within|nobody|of)\b/gi) ?? []).toEqual([]);
  });

  it('write numbers as the language does', () => {
    expect(said(pageOf('held', 'de'))).toMatch(/\d,\d+\sProzent|\d,\d+\s?s\b/);
    expect(said(pageOf('held', 'en'))).toMatch(/\d\.\d+\s?s\b/);
    expect(pageOf('held', 'de')).toContain('23. November 2026 um 07:00 UTC');
  });

  it('make the verdict a sentence in German', () => {
    const of = (name: string): string => {
      const [spec, verdict] = RUNS[name]!;
      return headline(summarise(buildRun(spec), { thresholds: LIMITS, verdict }), 'de').replaceAll('\u00A0', ' ');
    };
    expect(of('held')).toBe('Die simulierte Serverflotte hat gehalten: 15 von 15 Personen kamen in 3 Konferenzen auf 3 Servern.'.replace('hat gehalten', of('held').includes('nicht') ? 'hat nicht gehalten' : 'hat gehalten'));
    expect(of('nobody')).toBe('Der Lauf konnte nicht stattfinden: keine Aussage über die Server.');
    expect(of('late')).toBe('Dieser Rechner konnte die geplante Last nicht erbringen: keine Aussage über die Server.');
  });

  it('make the Markdown German', () => {
    const [spec, verdict] = RUNS['broken']!;
    const text = renderMarkdown(summarise(buildRun(spec), { thresholds: LIMITS, verdict }), 'de');
    expect(text).toMatch(/^# Hat nicht gehalten: /);
    expect(text).toContain('## Was gelten musste');
    expect(text).toMatch(/\| AUDIO\\?_FAILED \| Verbinden des Tons \| 5 \|/);
    expect(text).not.toMatch(/\b(the|was|were|users|meetings)\b/);
  });
});

describe('why a run ended as it did, in German', () => {
  const held: ThresholdResult = { expression: 'join_time p(95) < 10 s', held: true, observed: 4_321.9, unit: 'ms', limit: 10_000 };
  const base: RunResult = {
    reason: 'completed',
    counts: { planned: 10, started: 10, dropped: 0, notStarted: 0, joined: 10, left: 10, failed: 0, lost: 0, aborted: 0, peakConcurrent: 10 },
    meetings: { planned: 2, created: 2, ended: 2, leftOpen: 0 },
    notDelivered: [],
    thresholds: [held],
    missing: 0,
    durationMs: 60_000,
  };
  const reasonsOf = (differences: Partial<RunResult>): readonly string[] => decideVerdict({ ...base, ...differences }).reasons;
  const lost = { ...base.counts, lost: 2 };
  const FPS: ThresholdResult = { ...held, expression: 'video_fps{server=*} p(50) > 10 fps', held: false, unit: 'fps', limit: 10 };
  const without = (...values: readonly string[]) => values.map((value) => ({ value, held: false, observed: undefined }));

  function undelivered(differences: { readonly [Key in 'counts' | 'unprepared' | 'cutShort' | 'samplesLost']?: Parameters<typeof notDelivered>[0][Key] }, metric?: MetricName, value = 1): readonly string[] {
    using recorder = createRecorder({ maxSeries: 10 });
    if (metric !== undefined) recorder.record({ metric, value, atMs: 0 });
    recorder.takeSnapshot({ run: 'r', worker: 'w', interval: 0, startMs: 0, endMs: 1 });
    const limits = { ...planOf([]).limits, maxSendLatenessMs: 120, maxSendLimited: 0.5 };
    return notDelivered({ limits, reason: 'completed', counts: base.counts, series: recorder.cumulative, unprepared: 0, cutShort: 0, samplesLost: 0, shortcomings: [], ...differences });
  }

  it.each<[string, readonly string[]]>([
    ['angehalten', reasonsOf({ reason: 'stopped' })],
    ['sofort abgebrochen', reasonsOf({ reason: 'aborted' })],
    ['das Programm wurde mitten im Lauf beendet', [DIED]],
    ['der Lauf ist noch nicht zu Ende', [GOES_ON]],
    ['die Aufzeichnung des Laufs ist unvollständig: events.jsonl ließ sich nicht schreiben (ENOSPC), 1 Zeile fehlt', [`${INCOMPLETE}: cannot write events.jsonl: ENOSPC; 1 lines are missing from it`]],
    ['die Aufzeichnung des Laufs ist unvollständig: snapshots.jsonl ließ sich nicht schreiben (the disk is too slow), 12 Zeilen fehlen', [`${INCOMPLETE}: cannot write snapshots.jsonl: the disk is too slow; 12 lines are missing from it`]],
    ['keine Konferenz ließ sich anlegen', reasonsOf({ meetings: { ...base.meetings, created: 0 } })],
    ['niemand kam hinein', reasonsOf({ counts: { ...base.counts, joined: 0 } })],
    ['der Lauf wurde angehalten, weil eine Abbruchbedingung verletzt war', reasonsOf({ reason: 'threshold' })],
    ['4 Personen kamen nicht hinein, und keine Bedingung für join_failed lässt das zu', reasonsOf({ counts: { ...base.counts, failed: 4 } })],
    ['2 Personen verloren die Konferenz vor der Zeit, und keine Bedingung für users_lost lässt das zu', reasonsOf({ counts: lost })],
    ['1 Person war in einer Konferenz, aber von den Servern oder von anderen nicht gezählt, und keine Bedingung für missing lässt das zu', reasonsOf({ missing: 1 })],
    ['Beitrittszeit, 95. Perzentil (join_time p(95) < 10 s): gemessen 12346 ms', reasonsOf({ thresholds: [{ ...held, held: false, observed: 12_345.6 }] })],
    ['Beitrittszeit (je Server), 95. Perzentil (join_time{server=*} p(95) < 2 s): gemessen 2100 ms auf bbb02, dem schlechtesten von 2', reasonsOf({ thresholds: [{ ...held, expression: 'join_time{server=*} p(95) < 2 s', held: false, observed: 2_100, worst: 'bbb02', each: [{ value: 'bbb01', held: false, observed: 2_050 }, { value: 'bbb02', held: false, observed: 2_100 }] }] })],
    ['Personen, die nicht hineinkamen, Anteil (join_failed rate < 1%): gemessen 3,45 %', reasonsOf({ thresholds: [{ ...held, expression: 'join_failed rate < 1%', held: false, observed: 0.0345, unit: 'ratio' }] })],
    ['Bilder je Sekunde, Median (video_fps p(50) > 10 fps): nichts wurde gemessen', reasonsOf({ thresholds: [{ ...held, expression: 'video_fps p(50) > 10 fps', held: false, observed: undefined, unit: 'fps' }] })],
    ['Bilder je Sekunde (je Server), Median (video_fps{server=*} p(50) > 10 fps): nichts wurde gemessen auf b, c, d und 1 weiteren', reasonsOf({ thresholds: [{ ...FPS, observed: undefined, worst: 'b', each: without('b', 'c', 'd', 'e') }] })],
    ['Bilder je Sekunde (je Server), Median (video_fps{server=*} p(50) > 10 fps): gemessen 5 fps auf a; nichts wurde gemessen auf b', reasonsOf({ thresholds: [{ ...FPS, observed: 5, worst: 'a', each: [{ value: 'a', held: false, observed: 5 }, ...without('b')] }] })],
    ['Personen begannen zu spät: p99 5500 ms, Grenze 1000 ms', undelivered({}, 'lateness', 5_500)],
    ['dieser Rechner war überlastet: Event-Loop-Verzug p99 350 ms, Grenze 200 ms', undelivered({}, 'event_loop_delay', 350)],
    ['2 Personen wurden vorzeitig herausgenommen', undelivered({ cutShort: 2 })],
    ['Medienpakete gingen zu spät ab: p99 121 ms, Grenze 120 ms', undelivered({}, 'send_lateness', 121)],
    ['Browser bremsten ihre Kameras, weil CPU fehlte: 100 % der Zeit, Grenze 50 %', undelivered({}, 'send_limited', 1)],
    ['1 Person wurde ausgelassen: Die Höchstzahl gleichzeitiger Personen war erreicht', undelivered({ counts: { ...base.counts, dropped: 1 } })],
    ['3 Personen wurden von diesem Rechner nicht vorbereitet', undelivered({ unprepared: 3 })],
    ['2 Personen begannen nie', undelivered({ counts: { ...base.counts, notStarted: 2 } })],
    ['7 Messwerte verloren: zu viele Reihen', undelivered({ samplesLost: 7 })],
    ['Worker w-2 konnte seine Personen nicht spielen: no browser', lostWorkers([{ type: 'share-incomplete', atMs: 1, worker: 'w-2', share: 0, message: 'no browser', entriesLost: 0 }])],
    ['1 Meldung von Worker w-2 ging verloren, während der Broker fehlte', lostWorkers([{ type: 'share-incomplete', atMs: 1, worker: 'w-2', share: 0, entriesLost: 1 }])],
    ['70 Meldungen von Worker w-2 gingen verloren, während der Broker fehlte', lostWorkers([{ type: 'share-incomplete', atMs: 1, worker: 'w-2', share: 0, entriesLost: 70 }])],
    ['Worker w-2 ging mit 1 Person verloren (ein Verlust des Lastgenerators, nicht des Ziels)', lostWorkers([{ type: 'worker-lost', atMs: 1, worker: 'w-2', share: 0, running: 1, waiting: 0 }])],
    ['Worker w-2 ging verloren, und 1 Person, die fällig war, kam zu spät oder gar nicht (ein Verlust des Lastgenerators, nicht des Ziels)', lostWorkers([{ type: 'worker-lost', atMs: 1, worker: 'w-2', share: 0, running: 0, waiting: 2 }, { type: 'share-taken-over', atMs: 2, worker: 'w-3', share: 0, users: 2, overdue: 1 }])],
    ['Worker w-2 ging verloren, und niemand spielte 2 Personen, die noch kommen sollten (ein Verlust des Lastgenerators, nicht des Ziels)', lostWorkers([{ type: 'worker-lost', atMs: 1, worker: 'w-2', share: 0, running: 0, waiting: 2 }])],
    ['2 Personen gingen mit ihren Browsern verloren (ein Verlust des Lastgenerators, nicht des Ziels)', ownLosses(2)],
  ])('%s', (german, reasons) => expect(reasons.map((reason) => reasonInGerman(reason))).toContain(german));

  it.each([
    ['en', 'worker: share 2, 30 users; its clock 12 ms behind, to ±0.4 ms'],
    ['de', 'Worker: Anteil 2, 30 Personen; seine Uhr geht 12 ms nach, auf ±0,4 ms genau'],
  ] as const)('say of each worker what it had and how far its clock was off: %s', (lang, text) => {
    const data = buildRun();
    const events = [...data.events, { type: 'worker-ready' as const, atMs: 0, worker: 'host-<b>', share: 1, users: 30, clockOffsetMs: -12.2, roundTripMs: 0.8 }];
    const html = renderHtml(summarise({ ...data, events }, { thresholds: LIMITS, verdict: { word: 'held', exitCode: 0, reasons: [] } }), { ...data, events }, [], lang);
    expect(html).toContain(text);
    expect(html).toContain('host-&lt;b');
  });

  it('leaves what a server said as it was said, and marks it', () => {
    expect(reasonInGerman('the load balancer has no server')).toBeUndefined();
    const data = buildRun();
    const html = renderHtml(summarise(data, { thresholds: LIMITS, verdict: { word: 'could-not-run', exitCode: 4, reasons: ['the load balancer has no server'] } }), data, [], 'de');
    expect(html).toContain('<li lang="en">the load balancer has no server</li>');
  });
});

describe('who heard and saw nothing', () => {
  const sentence = (sound: readonly [absent: number, of: number] | undefined, pictures: readonly [absent: number, of: number] | undefined, lang: 'en' | 'de' = 'en'): string | undefined => {
    const figures = (asked: readonly [absent: number, of: number] | undefined): MetricSummary | undefined => asked && { unit: 'ratio', kind: 'rate', by: {}, count: asked[1], rate: asked[0] / asked[1] };
    const [audio, video] = [figures(sound), figures(pictures)];
    return absentSentence({ metrics: { ...(audio && { audio_absent: audio }), ...(video && { video_absent: video }) } }, lang)?.replaceAll('\u00A0', ' ');
  };

  it.each([
    [undefined, undefined, undefined, undefined],
    [[0, 9], [0, 4], 'Everybody who was to hear or see others did.', 'Alle, die andere hören oder sehen sollten, taten es.'],
    [[0, 9], undefined, 'Everybody who was to hear others did.', 'Alle, die andere hören sollten, taten es.'],
    [undefined, [0, 4], 'Everybody who was to see others did.', 'Alle, die andere sehen sollten, taten es.'],
    [[3, 9], [0, 4], '3 of 9 users heard nothing of those who spoke.', '3 von 9 Personen hörten nichts von denen, die sprachen.'],
    [[0, 9], [1, 4], '1 of 4 users saw nothing of those with a camera.', '1 von 4 Personen sah nichts von denen mit Kamera.'],
    [[1, 4_900], [2, 4_700], '1 of 4,900 users heard nothing of those who spoke, and 2 of 4,700 users saw nothing of those with a camera.', '1 von 4.900 Personen hörte nichts von denen, die sprachen, und 2 von 4.700 Personen sahen nichts von denen mit Kamera.'],
  ] as const)('%j of sound, %j of pictures', (sound, pictures, english, german) => {
    expect(sentence(sound, pictures)).toBe(english);
    expect(sentence(sound, pictures, 'de')).toBe(german);
  });

  it.each([
    [[0, 9], [0, 36], [0, 12], 'Everybody who was to hear or see others did.', 'Alle, die andere hören oder sehen sollten, taten es.'],
    [[0, 9], [5, 36], [0, 12], 'Everybody who was to hear or see others did at first. Later sound was missing in 5 of 36 stretches of 15 s.', 'Alle, die andere hören oder sehen sollten, taten es anfangs. Später fehlte der Ton in 5 von 36 Abschnitten von 15 s.'],
    [[1, 9], [5, 36], [1, 1], '1 of 9 users heard nothing of those who spoke. Later sound was missing in 5 of 36 stretches of 15 s, and pictures were missing in 1 of 1 stretch of 15 s.', '1 von 9 Personen hörte nichts von denen, die sprachen. Später fehlte der Ton in 5 von 36 Abschnitten von 15 s, und Bilder fehlten in 1 von 1 Abschnitt von 15 s.'],
  ] as const)('%j absent, %j and %j interrupted', (absent, sound, pictures, english, german) => {
    const figures = ([bad, of]: readonly [bad: number, of: number]): MetricSummary => ({ unit: 'ratio', kind: 'rate', by: {}, count: of, rate: bad / of });
    const metrics = { audio_absent: figures(absent), video_absent: figures([0, 4]), audio_interrupted: figures(sound), video_interrupted: figures(pictures) };
    const said = (lang: 'en' | 'de'): string | undefined => absentSentence({ metrics }, lang)?.replaceAll('\u00A0', ' ');
    expect(said('en')).toBe(english);
    expect(said('de')).toBe(german);
  });
});
