import type { ComponentChildren } from 'preact';
import type { MetricName } from '../../metrics/catalogue.js';
import { METRICS } from '../../metrics/catalogue.js';
import { highest, measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { instant } from '../format.js';
import { HOW_OF_METRIC } from '../how-sources.js';
import type { RunWords } from '../words/run-en.js';
import { DataTable, Figure, Missing, Section, type LegendEntry } from './parts.js';
import type { ReportView } from './view.js';

export const SMALL = { width: 440, height: 215 } as const;

interface MediaFigure {
  readonly id: keyof RunWords['media']['charts'];
  readonly lines: readonly { readonly metric: MetricName; readonly percentile: number; readonly label: 'median' | 'p95' | 'worst5' | 'sound95' | 'picture95'; readonly dashed?: boolean }[];
  /** Smallest top of the axis, in the unit. */
  readonly atLeast: number;
  /** Low values are the bad ones. */
  readonly lowIsBad?: boolean;
}

const FIGURES: readonly MediaFigure[] = [
  {
    id: 'rtt',
    lines: [
      { metric: 'rtt', percentile: 50, label: 'median' },
      { metric: 'rtt', percentile: 95, label: 'p95', dashed: true },
    ],
    atLeast: 20,
  },
  {
    id: 'jitter',
    lines: [
      { metric: 'audio_jitter', percentile: 50, label: 'median' },
      { metric: 'audio_jitter', percentile: 95, label: 'p95', dashed: true },
    ],
    atLeast: 10,
  },
  {
    id: 'loss',
    lines: [
      { metric: 'audio_loss', percentile: 95, label: 'sound95' },
      { metric: 'video_loss', percentile: 95, label: 'picture95', dashed: true },
    ],
    atLeast: 0.01,
  },
  {
    id: 'fps',
    lines: [
      { metric: 'video_fps', percentile: 50, label: 'median' },
      { metric: 'video_fps', percentile: 5, label: 'worst5', dashed: true },
    ],
    atLeast: 20,
    lowIsBad: true,
  },
  {
    id: 'mouth-to-ear',
    lines: [
      { metric: 'mouth_to_ear', percentile: 50, label: 'median' },
      { metric: 'mouth_to_ear', percentile: 95, label: 'p95', dashed: true },
    ],
    atLeast: 100,
  },
  {
    id: 'glass-to-glass',
    lines: [
      { metric: 'glass_to_glass', percentile: 50, label: 'median' },
      { metric: 'glass_to_glass', percentile: 95, label: 'p95', dashed: true },
    ],
    atLeast: 100,
  },
];

/** Sound and picture as the users received them. */
export function Media({ view }: { readonly view: ReportView }) {
  return (
    <Section id="media" title={view.t.media.title} intro={view.t.media.intro}>
      <div class="pairs">
        {FIGURES.map((figure) => (
          <MediaChart key={figure.id} figure={figure} view={view} />
        ))}
      </div>
      <Delays view={view} />
    </Section>
  );
}

/** Delays from end to end, server by server. */
function Delays({ view: { summary, total, f: { quantity, whole }, t } }: { readonly view: ReportView }) {
  const delays = (metric: MetricName, server: string): readonly ComponentChildren[] => {
    const { count, p50, p95 } = total.figures(metric, { server });
    return count === 0 ? [<Missing />, <Missing />, '0'] : [quantity(p50, 'ms'), quantity(p95, 'ms'), whole(count)];
  };
  return (
    <DataTable
      caption={t.media.delays}
      columns={t.media.delayColumns.map((title, column) => ({ title, how: column === 0 ? undefined : 'endToEnd', figure: column > 0 }))}
      rows={summary.servers.map(({ name }) => [name, ...delays('mouth_to_ear', name), ...delays('glass_to_glass', name)])}
      empty={t.noServer}
    />
  );
}

function MediaChart({ figure, view }: { readonly figure: MediaFigure; readonly view: ReportView }) {
  const { buckets, spanMs, startOfDayMs, f: { quantity }, t } = view;
  const words = t.media.charts[figure.id];
  const labels = { median: t.median, p95: t.p95, worst5: t.worst5, sound95: t.media.sound95, picture95: t.media.picture95 };
  const drawn = figure.lines.map((line) => ({ ...line, points: percentileLine(buckets, line.metric, line.percentile) })).filter(({ points }) => measured(points));
  const unit = METRICS[figure.lines[0]?.metric ?? 'rtt'].unit;
  const legend = drawn.map(({ label, dashed }): LegendEntry => ({ label: labels[label], ink: dashed ? 'c2' : 'c1', dash: dashed ? 'dashed' : 'solid' }));
  return (
    <Figure
      id={figure.id}
      title={words.title}
      how={HOW_OF_METRIC[figure.lines[0]!.metric]}
      summary={`${mediaSummary(figure, view)} ${words.hint}`.trim()}
      legend={legend}
      svg={
        drawn.length === 0
          ? undefined
          : lineChart(
              figure.id,
              {
                durationMs: spanMs,
                startOfDayMs,
                atLeast: figure.atLeast,
                format: (value) => quantity(value, unit),
                // Of loss the lines are of two things.
                band: drawn.every(({ metric }) => metric === drawn[0]!.metric),
                lines: drawn.map(({ points, dashed }) => ({ points, ink: dashed ? ('c2' as const) : ('c1' as const), dash: dashed ? ('dashed' as const) : ('solid' as const) })),
              },
              SMALL,
            )
      }
    />
  );
}

function mediaSummary({ lines, lowIsBad }: MediaFigure, { total, buckets, startOfDayMs, f: { quantity }, t: { media } }: ReportView): string {
  const first = lines[0];
  if (!first) return '';
  const figures = total.figures(first.metric);
  const { unit } = METRICS[first.metric];
  if (figures.count === 0) return '';
  if (lowIsBad) {
    const low = total.aggregate(first.metric, {}, { of: 'percentile', percentile: 5 });
    return media.lowIsBad(quantity(figures.p50, unit), quantity(low, unit));
  }
  const worst = highest(percentileLine(buckets, first.metric, 95));
  return media.highIsBad(quantity(figures.p50, unit), quantity(figures.p95, unit), worst && worst.value > 0 ? instant(worst.atMs, startOfDayMs) : undefined);
}
