import type { ComponentChildren } from 'preact';
import type { MetricName } from '../../metrics/catalogue.js';
import { METRICS } from '../../metrics/catalogue.js';
import { highest, measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { instant, quantity, whole } from '../format.js';
import { DataTable, Figure, Missing, Section, type LegendEntry } from './parts.js';
import type { ReportView } from './view.js';

export const SMALL = { width: 440, height: 215 } as const;

interface MediaFigure {
  readonly id: string;
  readonly title: string;
  /** What a good figure is, for lay readers. */
  readonly hint: string;
  readonly lines: readonly { readonly metric: MetricName; readonly percentile: number; readonly label: string; readonly dashed?: boolean }[];
  /** Smallest top of the axis, in the unit. */
  readonly atLeast: number;
  /** Low values are the bad ones. */
  readonly lowIsBad?: boolean;
}

const FIGURES: readonly MediaFigure[] = [
  {
    id: 'rtt',
    title: 'Round trip to the server',
    hint: 'Below 150 ms a conversation flows.',
    lines: [
      { metric: 'rtt', percentile: 50, label: 'Median' },
      { metric: 'rtt', percentile: 95, label: '95th percentile', dashed: true },
    ],
    atLeast: 20,
  },
  {
    id: 'jitter',
    title: 'Jitter of sound',
    hint: 'Below 30 ms it goes unnoticed.',
    lines: [
      { metric: 'audio_jitter', percentile: 50, label: 'Median' },
      { metric: 'audio_jitter', percentile: 95, label: '95th percentile', dashed: true },
    ],
    atLeast: 10,
  },
  {
    id: 'loss',
    title: 'Lost packets',
    hint: 'Sound suffers above 1 to 2 %.',
    lines: [
      { metric: 'audio_loss', percentile: 95, label: 'Sound, 95th percentile' },
      { metric: 'video_loss', percentile: 95, label: 'Picture, 95th percentile', dashed: true },
    ],
    atLeast: 0.01,
  },
  {
    id: 'fps',
    title: 'Frames per second of received video',
    hint: 'Below 10 a picture looks jerky.',
    lines: [
      { metric: 'video_fps', percentile: 50, label: 'Median' },
      { metric: 'video_fps', percentile: 5, label: 'Worst 5 of 100', dashed: true },
    ],
    atLeast: 20,
    lowIsBad: true,
  },
  {
    id: 'mouth-to-ear',
    title: 'From mouth to ear',
    hint: 'Up to 150 ms a conversation is as if in one room; 400 ms is the limit that ITU-T G.114 sets.',
    lines: [
      { metric: 'mouth_to_ear', percentile: 50, label: 'Median' },
      { metric: 'mouth_to_ear', percentile: 95, label: '95th percentile', dashed: true },
    ],
    atLeast: 100,
  },
  {
    id: 'glass-to-glass',
    title: 'From camera to screen',
    hint: 'Sound that is 45 ms ahead of its picture or 125 ms behind it is noticed (ITU-R BT.1359).',
    lines: [
      { metric: 'glass_to_glass', percentile: 50, label: 'Median' },
      { metric: 'glass_to_glass', percentile: 95, label: '95th percentile', dashed: true },
    ],
    atLeast: 100,
  },
];

/** Sound and picture as the users received them. */
export function Media({ view }: { readonly view: ReportView }) {
  return (
    <Section id="media" title="Sound and picture" intro="Measured by every user on what it really received, not on what the servers say they sent.">
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
function Delays({ view: { summary, total } }: { readonly view: ReportView }) {
  const delays = (metric: MetricName, server: string): readonly ComponentChildren[] => {
    const { count, p50, p95 } = total.figures(metric, { server });
    return count === 0 ? [<Missing />, <Missing />, '0'] : [quantity(p50, 'ms'), quantity(p95, 'ms'), whole(count)];
  };
  return (
    <DataTable
      caption="Delays from a teacher to browser users"
      columns={['Server', 'Mouth to ear, median', 'Mouth to ear, p95', 'Tones heard', 'Camera to screen, median', 'Camera to screen, p95', 'Pictures seen'].map((title, column) => ({ title, figure: column > 0 }))}
      rows={summary.servers.map(({ name }) => [name, ...delays('mouth_to_ear', name), ...delays('glass_to_glass', name)])}
      empty="No user was sent to a server."
    />
  );
}

function MediaChart({ figure, view }: { readonly figure: MediaFigure; readonly view: ReportView }) {
  const { buckets, spanMs, startOfDayMs } = view;
  const drawn = figure.lines.map((line) => ({ ...line, points: percentileLine(buckets, line.metric, line.percentile) })).filter(({ points }) => measured(points));
  const unit = METRICS[figure.lines[0]?.metric ?? 'rtt'].unit;
  const legend = drawn.map(({ label, dashed }): LegendEntry => ({ label, ink: dashed ? 'c2' : 'c1', dash: dashed ? 'dashed' : 'solid' }));
  return (
    <Figure
      id={figure.id}
      title={figure.title}
      summary={`${mediaSummary(figure, view)} ${figure.hint}`.trim()}
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

function mediaSummary({ lines, lowIsBad }: MediaFigure, { total, buckets, startOfDayMs }: ReportView): string {
  const first = lines[0];
  if (!first) return '';
  const figures = total.figures(first.metric);
  const { unit } = METRICS[first.metric];
  if (figures.count === 0) return '';
  if (lowIsBad) {
    const low = total.aggregate(first.metric, {}, { of: 'percentile', percentile: 5 });
    return `Median ${quantity(figures.p50, unit)}; 95 of 100 values at or above ${quantity(low, unit)}.`;
  }
  const worst = highest(percentileLine(buckets, first.metric, 95));
  const when = worst && worst.value > 0 ? `, worst around ${instant(worst.atMs, startOfDayMs)}` : '';
  return `Median ${quantity(figures.p50, unit)}, 95 of 100 values at or below ${quantity(figures.p95, unit)}${when}.`;
}
