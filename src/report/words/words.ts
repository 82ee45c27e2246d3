import { METRICS, type MetricName } from '../../metrics/catalogue.js';
import { formatsIn, type Lang } from '../format.js';
import { GOES_ON } from '../summarise.js';
import type { MetricSummary, Summary, VerdictWord } from '../summary.js';
import { reasonInGerman } from './reasons-de.js';
import { VERDICT_DE } from './verdict-de.js';
import { VERDICT_EN, type Absent, type VerdictWords } from './verdict-en.js';

const WORDS: Readonly<Record<Lang, VerdictWords>> = { en: VERDICT_EN, de: VERDICT_DE };

/** The verdict in one or two words, for headings. */
export const verdictTitle = (verdict: VerdictWord, lang: Lang = 'en'): string => WORDS[lang].titles[verdict];

const goesOn = ({ reasons }: Pick<Summary, 'reasons'>): boolean => reasons.includes(GOES_ON);

/** The same for a run, which may not be over yet. */
export const titleOf = (summary: Pick<Summary, 'verdict' | 'reasons'>, lang: Lang = 'en'): string => (goesOn(summary) ? WORDS[lang].goesOnTitle : verdictTitle(summary.verdict, lang));

/** Said wherever a verdict on the simulator is shown: it is for trying and testing. */
export const simulatorNote = (lang: Lang = 'en'): string => WORDS[lang].simulator;

/** The verdict as a sentence that needs no technical knowledge. */
export function headline(summary: Summary, lang: Lang = 'en'): string {
  const t = WORDS[lang];
  const { users, thresholds, target } = summary;
  const fleet = t.fleet(target.kind === 'simulator');
  const broke = thresholds.filter(({ held }) => !held).length;
  switch (summary.verdict) {
    case 'held':
      return t.held(fleet, whoJoined(summary, t));
    case 'broken':
      return broke > 0 ? t.conditionsBroke(fleet, broke, thresholds.length, whoJoined(summary, t)) : t.broken(fleet, whoJoined(summary, t));
    case 'not-delivered':
      return t.notDelivered;
    case 'could-not-run':
      return users.joined === 0 ? t.couldNotStart : t.couldNotGoOn;
    case 'interrupted':
      return goesOn(summary) ? t.goesOn(summary.durationMs) : t.interrupted(summary.durationMs);
  }
}

/** What else a reader should know first, a sentence each. */
export function leadSentences(summary: Summary, lang: Lang = 'en'): readonly string[] {
  const t = WORDS[lang];
  const { users, metrics } = summary;
  const sentences: string[] = [];
  if (!judged(summary)) sentences.push(users.joined === 0 ? t.nobody : summary.verdict === 'not-delivered' ? t.inThisRun(whoJoined(summary, t)) : t.untilThen(whoJoined(summary, t)));
  const join = metrics.join_time;
  if (join?.p50 !== undefined && join.p95 !== undefined) sentences.push(t.joinTime(join.p50, join.p95));
  if (users.joined > 0) sentences.push(t.peak(users.peakConcurrent));
  if (users.joined + users.failed > 0) sentences.push(t.outOfMeetings(users.failed, users.lost));
  const absent = absentSentence(summary, lang);
  return absent === undefined ? sentences : [...sentences, absent];
}

/** Who heard and saw nothing, at first and later; undefined: nobody was asked. */
export function absentSentence({ metrics }: Pick<Summary, 'metrics'>, lang: Lang = 'en'): string | undefined {
  const of = (figures: MetricSummary | undefined): Absent => ({ absent: Math.round((figures?.rate ?? 0) * (figures?.count ?? 0)), of: figures?.count ?? 0 });
  const t = WORDS[lang];
  const later = t.missing(of(metrics.audio_interrupted), of(metrics.video_interrupted));
  const sentences = [t.absent(of(metrics.audio_absent), of(metrics.video_absent), later !== undefined), later].filter((one) => one !== undefined);
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** Why the verdict is what it is, a sentence each. What a server said, or this version does not know, stays as it was said. */
export function reasonsOf({ reasons }: Pick<Summary, 'reasons'>, lang: Lang = 'en'): readonly { readonly text: string; readonly translated: boolean }[] {
  return reasons.map((reason) => {
    const text = lang === 'de' ? reasonInGerman(reason) : reason;
    return { text: text ?? reason, translated: text !== undefined };
  });
}

/** Whether the run gives a verdict about the target at all. */
export function judged({ verdict }: Summary): boolean {
  return verdict === 'held' || verdict === 'broken';
}

function whoJoined({ users, servers, meetings }: Summary, t: VerdictWords): string {
  if (users.joined === 0) return t.noneJoined(users.planned);
  // A server may have let nobody in, and a meeting with it.
  const on = servers.filter(({ joined }) => joined > 0);
  return t.whoJoined(users.joined, users.planned, on.length === 0 ? meetings.created : on.reduce((sum, server) => sum + server.meetings, 0), on.length);
}

/** The metric that a threshold expression speaks of, and what that metric is; undefined for an expression of another version. */
export function metricOf(expression: string): { readonly name: MetricName; readonly about: string } | undefined {
  const name = /^[a-z_]+/.exec(expression.trim())?.[0];
  return name !== undefined && name in METRICS ? { name: name as MetricName, about: METRICS[name as MetricName].about } : undefined;
}

/** `observed` of a threshold, in words where there is none. */
export function observedOf({ observed, limit, unit, worst }: Summary['thresholds'][number], lang: Lang = 'en'): string {
  return `${formatsIn(lang).quantityBeside(limit, observed, unit)}${worst === undefined ? '' : WORDS[lang].on(worst)}`;
}
