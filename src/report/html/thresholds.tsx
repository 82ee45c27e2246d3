import { instant } from '../format.js';
import { describeExpression } from '../metric-titles.js';
import type { Summary } from '../summary.js';
import { judged, metricOf, observedOf } from '../words/words.js';
import { HOW_OF_METRIC } from '../how-sources.js';
import type { RunHowKey } from '../words/run-how-en.js';
import type { RunWords } from '../words/run-en.js';
import { DataTable, Section } from './parts.js';
import { How } from './run-how.js';
import type { ReportView } from './view.js';

export function Thresholds({ view }: { readonly view: ReportView }) {
  const { summary, startOfDayMs, lang, f, t } = view;
  const words = t.thresholds;
  return (
    <Section
      id="conditions"
      title={words.title}
      intro={judged(summary) ? words.intro : words.introUnjudged}
    >
      <div class="conditions">
        <DataTable
          caption={words.caption}
          quiet
          columns={words.columns.map((title, column) => ({ title, how: column === 0 ? undefined : 'thresholds', figure: column === 1 || column === 2 }))}
          rows={summary.thresholds.map((threshold) => [
            <>
              <span class="plain-words">{describeExpression(threshold.expression, lang) ?? metricOf(threshold.expression)?.about ?? threshold.expression}</span>
              <code>{threshold.expression}</code>
              {brokenOn(threshold, t)}
              {threshold.judged === undefined ? null : <span class="plain-words">{words.window(instant(threshold.judged.fromMs, startOfDayMs), instant(threshold.judged.untilMs ?? summary.durationMs, startOfDayMs))}</span>}
            </>,
            <span class={threshold.observed === undefined ? 'missing' : undefined}><How to={howOf(threshold.expression)}>{observedOf(threshold, lang)}</How></span>,
            f.quantity(threshold.limit, threshold.unit),
            <Outcome threshold={threshold} judged={judged(summary)} words={words} />,
          ])}
          empty={words.empty}
        />
      </div>
    </Section>
  );
}

/** How the metric of an expression is measured; how conditions are judged, for a metric of another version. */
function howOf(expression: string): RunHowKey {
  const metric = metricOf(expression);
  return metric === undefined ? 'thresholds' : HOW_OF_METRIC[metric.name];
}

const MAX_NAMED = 8;

/** Where a threshold that is asked of each server broke, or nothing was measured, if not only on the worst, which stands beside the observed value. */
function brokenOn({ each = [], worst }: Summary['thresholds'][number], { thresholds }: RunWords) {
  const broken = each.filter(({ held, observed }) => !held && observed !== undefined).map(({ value }) => value);
  const unmeasured = each.filter(({ observed }) => observed === undefined).map(({ value }) => value);
  const named = [
    { values: broken, say: thresholds.brokeOn },
    { values: unmeasured, say: thresholds.notMeasuredOn },
  ].filter(({ values }) => values.some((value) => value !== worst));
  return named.map(({ values, say }) => <span class="plain-words">{say(values.slice(0, MAX_NAMED), values.length - MAX_NAMED)}</span>);
}

function Outcome({ threshold: { held, observed }, judged, words }: { readonly threshold: Summary['thresholds'][number]; readonly judged: boolean; readonly words: RunWords['thresholds'] }) {
  if (!judged) return <span class="missing">{words.noVerdict}</span>;
  if (observed === undefined) return <span class="outcome bad">✗ {words.notMeasured}</span>;
  return <span class={held ? 'outcome good' : 'outcome bad'}>{held ? `✓ ${words.held}` : `✗ ${words.broke}`}</span>;
}
