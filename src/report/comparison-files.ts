import junit, { type Builder } from 'junit-report-builder';
import { redact } from '../core/redact.js';
import { changeOf, effectOf, inOrder, intervalText, methodLine } from './comparison-text.js';
import { comparisonHeadline, rowTitle, runLine, type Comparison } from './comparison.js';
import { plain, quantity } from './format.js';
import { xmlText } from './junit.js';
import { cell } from './markdown.js';

/** The package is CommonJS: what its types call `default` is what Node hands out already. */
const JUNIT = junit as unknown as Builder;

/** A comparison as Markdown, for a comment on a change. Texts from files cannot become markup. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { a, b, differences, warnings, rows, method } = comparison;
  const lines = [
    `# ${comparison.verdict.replaceAll('-', ' ')}: ${comparisonHeadline(comparison)}`,
    '',
    `| | First | Second |`,
    '|---|---|---|',
    `| Run | ${cell(runLine(a))} | ${cell(runLine(b))} |`,
    ...differences.map(({ what, a: first, b: second }) => `| ${cell(what)} | ${cell(first)} | ${cell(second)} |`),
    '',
    ...(warnings.length === 0 ? [] : [...warnings.map((warning) => `- **Mind:** ${cell(warning)}`), '']),
    '| | Figure | First | Second | Change | Interval | Effect |',
    '|---|---|--:|--:|--:|---|---|',
    ...inOrder(rows).map((row) => `| ${row.verdict.replaceAll('-', ' ')} | ${[rowTitle(row), quantity(row.a, row.unit), quantity(row.b, row.unit), changeOf(row), intervalText(row), effectOf(row)].map(cell).join(' | ')} |`),
    '',
    methodLine(method),
    '',
  ];
  return redact(plain(lines.join('\n')));
}

/** A comparison for CI: a case for each figure; worse fails, too little data is skipped. */
export function renderComparisonJunit(comparison: Comparison): string {
  const builder = JUNIT.newBuilder();
  const suite = builder.testSuite().name(xmlText(`firstbell compare ${comparison.a.run} ${comparison.b.run}`));
  suite.property('verdict', comparison.verdict);
  for (const warning of comparison.warnings) suite.property('warning', xmlText(warning));
  for (const row of comparison.rows) {
    const one = suite.testCase().className('firstbell.compare').name(xmlText(rowTitle(row))).time(0);
    if (row.verdict === 'too-little-data') one.skipped();
    if (row.verdict === 'worse') one.failure(xmlText(plain(`${quantity(row.a, row.unit)} → ${quantity(row.b, row.unit)}: ${changeOf(row)}, interval ${intervalText(row)}, ${effectOf(row)}`)), 'WORSE');
  }
  return builder.build();
}
