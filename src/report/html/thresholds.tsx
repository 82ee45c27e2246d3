import { instant, quantity, whole } from '../format.js';
import { describeExpression } from '../metric-titles.js';
import type { Summary } from '../summary.js';
import { judged, metricOf, observedOf } from '../words.js';
import { DataTable, Section } from './parts.js';
import type { ReportView } from './view.js';

export function Thresholds({ view: { summary, startOfDayMs } }: { readonly view: ReportView }) {
  return (
    <Section
      id="conditions"
      title="What had to hold"
      intro={
        judged(summary)
          ? 'The scenario sets these conditions before the run. The verdict is theirs.'
          : 'The scenario sets these conditions before the run. As the run gives no verdict, the figures below are only what was seen of it.'
      }
    >
      <div class="conditions">
        <DataTable
          caption="Conditions, what was observed, and whether they held"
          quiet
          columns={[{ title: 'Condition' }, { title: 'Observed', figure: true }, { title: 'Limit', figure: true }, { title: 'Result' }]}
          rows={summary.thresholds.map((threshold) => [
            <>
              <span class="plain-words">{describeExpression(threshold.expression) ?? metricOf(threshold.expression)?.about ?? threshold.expression}</span>
              <code>{threshold.expression}</code>
              {brokenOn(threshold)}
              {threshold.judged === undefined ? null : <span class="plain-words">judged from {instant(threshold.judged.fromMs, startOfDayMs)} to {instant(threshold.judged.untilMs ?? summary.durationMs, startOfDayMs)}</span>}
            </>,
            <span class={threshold.observed === undefined ? 'missing' : undefined}>{observedOf(threshold)}</span>,
            quantity(threshold.limit, threshold.unit),
            <Outcome threshold={threshold} judged={judged(summary)} />,
          ])}
          empty="The scenario sets no conditions."
        />
      </div>
    </Section>
  );
}

const MAX_NAMED = 8;

/** Where a threshold that is asked of each server broke, if not only on the worst, which stands beside the observed value. */
function brokenOn({ each }: Summary['thresholds'][number]) {
  const broken = each?.filter(({ held }) => !held) ?? [];
  if (broken.length < 2) return null;
  const more = broken.length - MAX_NAMED;
  const names = broken.slice(0, MAX_NAMED).map(({ value }) => value);
  return <span class="plain-words">{`broke on ${names.join(', ')}${more > 0 ? ` and ${whole(more)} more` : ''}`}</span>;
}

function Outcome({ threshold: { held, observed }, judged }: { readonly threshold: Summary['thresholds'][number]; readonly judged: boolean }) {
  if (!judged) return <span class="missing">no verdict</span>;
  if (observed === undefined) return <span class="outcome bad">✗ Not measured</span>;
  return <span class={held ? 'outcome good' : 'outcome bad'}>{held ? '✓ Held' : '✗ Broke'}</span>;
}
