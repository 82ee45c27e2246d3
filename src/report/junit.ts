import junit, { type Builder } from 'junit-report-builder';
import { redact } from '../core/redact.js';
import { plain, quantity } from './format.js';
import type { Summary } from './summary.js';
import { headline, judged, observedOf } from './words/words.js';

/** The package is CommonJS: what its types call `default` is what Node hands out already. */
const JUNIT = junit as unknown as Builder;

/**
 * `junit.xml` for CI: one case for each threshold (and server, where it is asked of each), one for "load delivered", one for "meetings ended", one for what
 * a run breaks though no threshold names it ("beside thresholds"), so that a run that did not hold never passes. A failed case carries what was
 * observed. Without a verdict about the target its thresholds are skipped: neither passed nor failed would be true.
 */
export function renderJunit(summary: Summary): string {
  const builder = JUNIT.newBuilder();
  const suite = builder.testSuite().name(xmlText(`firstbell ${summary.scenario}`)).timestamp(new Date(summary.startedAt)).time(summary.durationMs / 1_000);
  suite.property('run', xmlText(summary.run));
  suite.property('verdict', summary.verdict);
  suite.property('target', xmlText(summary.target.url));
  const testCase = (name: string) => suite.testCase().className(xmlText(`firstbell.${summary.scenario}`)).name(xmlText(name)).time(0);

  for (const threshold of summary.thresholds) {
    for (const { name, result } of casesOf(threshold)) {
      const one = testCase(name);
      if (!judged(summary)) one.skipped();
      else if (!result.held) one.failure(xmlText(plain(`${result.observed === undefined ? 'nothing was measured' : `observed ${observedOf(result)}`}, limit ${quantity(threshold.limit, threshold.unit)}`)), 'THRESHOLD_BROKEN');
    }
  }

  const delivered = testCase('load delivered');
  const { latenessP99Ms, eventLoopDelayP99Ms, dropped } = summary.generator;
  if (summary.verdict === 'not-delivered') {
    const figures = `lateness p99 ${quantity(latenessP99Ms, 'ms')}, event loop delay p99 ${quantity(eventLoopDelayP99Ms, 'ms')}, ${dropped} arrivals dropped`;
    delivered.failure(sentence([...summary.reasons, figures]), 'LOAD_NOT_DELIVERED');
  } else if (!judged(summary)) {
    delivered.error(sentence([headline(summary), ...summary.reasons]), summary.verdict);
  }

  const { created, leftOpen } = summary.meetings;
  const ended = testCase('meetings ended');
  if (leftOpen > 0) ended.failure(`${leftOpen} of ${created} meetings were left open; \`firstbell cleanup\` ends them`, 'MEETINGS_LEFT_OPEN');

  const beside = testCase('beside thresholds');
  const others = summary.reasons.filter((reason) => !summary.thresholds.some(({ expression }) => reason.startsWith(`${expression}: `)));
  if (!judged(summary)) beside.skipped();
  else if (summary.verdict === 'broken' && others.length > 0) beside.failure(sentence(others), 'NOT_HELD');
  return builder.build();
}

/** A threshold for each server is a case for each server; the rest of the world can then tell which one broke. */
function casesOf(threshold: Threshold): readonly { readonly name: string; readonly result: Threshold }[] {
  const { each, worst: _worst, ...whole } = threshold;
  if (each === undefined || each.length === 0) return [{ name: threshold.expression, result: threshold }];
  return each.map(({ value, held, observed }) => ({ name: `${threshold.expression} [${value}]`, result: { ...whole, held, observed } }));
}

type Threshold = Summary['thresholds'][number];

const sentence = (parts: readonly string[]): string => xmlText(plain(parts.join('; ')));

/** XML 1.0 has no place for most control characters, not even escaped. */
export function xmlText(text: string): string {
  return redact(text).replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '');
}
