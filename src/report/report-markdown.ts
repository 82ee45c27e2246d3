import { redact } from '../core/redact.js';
import { METRICS, type MetricName } from '../metrics/catalogue.js';
import { failedUnplaced } from './count-servers.js';
import { formatsIn, plain, type Lang, named } from './format.js';
import { cell } from './markdown.js';
import { describeExpression, titlesIn } from './metric-titles.js';
import type { Summary, UserCounts } from './summary.js';
import { RUN_WORDS } from './words/run-words.js';
import { headline, judged, leadSentences, observedOf, reasonsOf, simulatorNote, titleOf } from './words/words.js';

/** `report.md`: the report as GitHub-flavoured Markdown. Texts from scenarios and servers cannot become markup. */
export function renderMarkdown(summary: Summary, lang: Lang = 'en'): string {
  const { target, users, servers, errors, generator } = summary;
  const { quantity, whole, duration, dateTime, notMeasured } = formatsIn(lang);
  const t = RUN_WORDS[lang];
  const counts = ({ planned, started, joined, failed, lost, left, aborted, peakConcurrent }: UserCounts): readonly string[] => [planned, started, joined, failed, lost, left, aborted, peakConcurrent].map(whole);
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => grid(head, rows, t.markdown.none);
  const { columns } = t.servers;
  const unplaced = failedUnplaced(summary);
  const lines = [
    `# ${cell(titleOf(summary, lang))}: ${cell(summary.scenario)}`,
    '',
    cell(headline(summary, lang)),
    '',
    ...leadSentences(summary, lang).map(cell),
    '',
    ...reasonsOf(summary, lang).map(({ text }) => `- ${cell(text)}`),
    ...(summary.reasons.length > 0 ? [''] : []),
    ...(target.kind === 'simulator' ? [`> ${cell(simulatorNote(lang))}`, ''] : []),
    ...table(['', ''], [
      [t.environment.run, summary.run],
      [t.facts.started, dateTime(summary.startedAt)],
      [t.facts.lasted, duration(summary.durationMs)],
      [t.facts.target, target.kind === 'simulator' ? t.facts.simulator : target.url],
      ['BigBlueButton', target.bbbVersion ?? t.environment.versionUnknown],
      ['Firstbell', summary.firstbell.version],
    ]),
    `## ${t.thresholds.title}`,
    '',
    ...table(
      t.thresholds.columns,
      summary.thresholds.map((one) => [`${one.expression}${lang === 'en' ? '' : ` (${describeExpression(one.expression, lang) ?? ''})`}`, observedOf(one, lang), quantity(one.limit, one.unit), judged(summary) ? (one.held ? t.thresholds.held : t.thresholds.broke) : t.thresholds.noVerdict]),
    ),
    `## ${t.load.title}`,
    '',
    ...table(t.load.columns, [[t.everyone, users] as const, ...[...Object.entries(users.byRole), ...Object.entries(users.byKind)].map(([name, group]) => [named(t.groups, name), group] as const)].map(([name, group]) => [name, ...counts(group)])),
    `## ${t.servers.title}`,
    '',
    ...table(columns.slice(0, 8), [
      ...servers.map((one) => [one.name, ...[one.meetings, one.peakUsers, one.joined, one.failed, one.lost].map(whole), quantity(one.joinTimeP95Ms, 'ms'), quantity(one.rttP95Ms, 'ms')]),
      ...(unplaced === 0 ? [] : [[t.servers.unknown, '–', '–', '–', whole(unplaced), '–', '–', '–']]),
    ]),
    `## ${t.errors.title}`,
    '',
    ...table(t.errors.columns.slice(0, 3), errors.map(({ code, phase, count }) => [code, named(t.errors.phases, phase), whole(count)])),
    `## ${t.measurements.title}`,
    '',
    ...table(t.measurements.columns.slice(0, 6), measurements(summary, lang)),
    `## ${t.generator.caption}`,
    '',
    ...table(t.generator.columns.slice(0, 2), [
      [t.generator.rows.lateness, quantity(generator.latenessP99Ms, 'ms')],
      [t.generator.rows.loop, quantity(generator.eventLoopDelayP99Ms, 'ms')],
      [t.generator.rows.cpu, generator.cpuCores === undefined ? notMeasured : `${quantity(generator.cpuCores, 'cores')}${generator.workers === undefined ? ` (${t.of(generator.cores)})` : ''}`],
      [t.generator.rows.memory, quantity(generator.peakRssMb, 'MB')],
      [t.generator.rows.dropped, whole(generator.dropped)],
    ]),
  ];
  return redact(plain(lines.join('\n')));
}

function measurements({ metrics }: Summary, lang: Lang): readonly (readonly string[])[] {
  const { quantity, whole } = formatsIn(lang);
  return (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const figures = metrics[name];
    if (figures === undefined) return [];
    return [[titlesIn(lang)[name], whole(figures.count), ...[figures.p50, figures.p95, figures.p99, figures.max].map((value) => (value === undefined ? '–' : quantity(value, figures.unit)))]];
  });
}

export function grid(head: readonly string[], rows: readonly (readonly string[])[], none = 'None.'): readonly string[] {
  if (rows.length === 0) return [none, ''];
  return [`| ${head.map(cell).join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`), ''];
}
