import { redact } from '../core/redact.js';
import { METRICS, type MetricName } from '../metrics/catalogue.js';
import { dateTime, duration, plain, quantity, whole } from './format.js';
import { cell } from './markdown.js';
import { METRIC_TITLES } from './metric-titles.js';
import type { Summary, UserCounts } from './summary.js';
import { headline, judged, leadSentences, observedOf, SIMULATOR_NOTE, VERDICT_TITLES } from './words.js';

/** `report.md`: the report as GitHub-flavoured Markdown. Texts from scenarios and servers cannot become markup. */
export function renderMarkdown(summary: Summary): string {
  const { target, users, servers, errors, generator } = summary;
  const lines = [
    `# ${cell(VERDICT_TITLES[summary.verdict])}: ${cell(summary.scenario)}`,
    '',
    cell(headline(summary)),
    '',
    ...leadSentences(summary).map(cell),
    '',
    ...summary.reasons.map((reason) => `- ${cell(reason)}`),
    ...(summary.reasons.length > 0 ? [''] : []),
    ...(target.kind === 'simulator' ? [`> ${cell(SIMULATOR_NOTE)}`, ''] : []),
    ...grid(['', ''], [
      ['Run', summary.run],
      ['Started', dateTime(summary.startedAt)],
      ['Lasted', duration(summary.durationMs)],
      ['Target', target.kind === 'simulator' ? 'simulator' : target.url],
      ['BigBlueButton', target.bbbVersion ?? 'version not told'],
      ['Firstbell', summary.firstbell.version],
    ]),
    '## What had to hold',
    '',
    ...grid(['Condition', 'Observed', 'Limit', 'Result'], summary.thresholds.map((one) => [one.expression, observedOf(one), quantity(one.limit, one.unit), judged(summary) ? (one.held ? 'held' : 'broke') : 'no verdict'])),
    '## Users',
    '',
    ...grid(['', 'Planned', 'Started', 'Joined', 'Failed', 'Lost', 'Left', 'Aborted', 'Peak'], [['all', users] as const, ...Object.entries(users.byRole), ...Object.entries(users.byKind)].map(([name, counts]) => [name, ...countsOf(counts)])),
    '## Servers',
    '',
    ...grid(['Server', 'Meetings', 'Peak', 'Failed', 'Lost', 'Join p95', 'RTT p95'], servers.map((one) => [one.name, whole(one.meetings), whole(one.peakUsers), whole(one.failed), whole(one.lost), quantity(one.joinTimeP95Ms, 'ms'), quantity(one.rttP95Ms, 'ms')])),
    '## Errors',
    '',
    ...grid(['Code', 'During', 'Count'], errors.map(({ code, phase, count }) => [code, phase, whole(count)])),
    '## Measurements',
    '',
    ...grid(['Metric', 'Samples', 'Median', 'p95', 'p99', 'Largest'], measurements(summary)),
    '## Generator',
    '',
    `Lateness p99 ${quantity(generator.latenessP99Ms, 'ms')}, event loop delay p99 ${quantity(generator.eventLoopDelayP99Ms, 'ms')}, CPU ${quantity(generator.cpuCores, 'cores')} of ${generator.cores}, memory ${quantity(generator.peakRssMb, 'MB')}, ${whole(generator.dropped)} arrivals dropped.`,
    '',
  ];
  return redact(plain(lines.join('\n')));
}

const countsOf = ({ planned, started, joined, failed, lost, left, aborted, peakConcurrent }: UserCounts): readonly string[] => [planned, started, joined, failed, lost, left, aborted, peakConcurrent].map(whole);

function measurements({ metrics }: Summary): readonly (readonly string[])[] {
  return (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const figures = metrics[name];
    if (figures === undefined) return [];
    return [[METRIC_TITLES[name], whole(figures.count), ...[figures.p50, figures.p95, figures.p99, figures.max].map((value) => (value === undefined ? '–' : quantity(value, figures.unit)))]];
  });
}

export function grid(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ['None.', ''];
  return [`| ${head.map(cell).join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`), ''];
}
