import { JOIN_PHASES, WAY_IN, type JoinPhase, type Tags } from '../../metrics/catalogue.js';
import { highest, measured, percentileLine } from '../charts/chart-data.js';
import { heatMap } from '../charts/heat-map.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { instant } from '../format.js';
import { JoinStack } from './join-stack.js';
import { NARROW, WIDE } from './load.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** The steps that follow each other; first video comes whenever somebody shares a camera and stands in the table only. */
const STACKED: readonly { readonly phase: JoinPhase; readonly ink: Ink }[] = [
  { phase: 'api', ink: 'c1' },
  { phase: 'page', ink: 'c3' },
  { phase: 'socket', ink: 'c6' },
  { phase: 'ready', ink: 'c5' },
  { phase: 'audio', ink: 'c2' },
  { phase: 'first_audio', ink: 'c4' },
];

export function Joining({ view }: { readonly view: ReportView }) {
  const { summary, buckets, total, spanMs, startOfDayMs, f: { duration, quantity, whole }, t: { joining: t } } = view;
  const p50 = percentileLine(buckets, 'join_time', 50);
  const p95 = percentileLine(buckets, 'join_time', 95);
  const shape: LineChart = {
    durationMs: spanMs,
    startOfDayMs,
    format: (value) => duration(value),
    limit: joinLimit(view),
    band: true,
    lines: [
      { points: p95, ink: 'c2', dash: 'dashed' },
      { points: p50, ink: 'c1' },
    ],
  };
  const join = summary.metrics.join_time;
  const worst = highest(p95);
  const slowest = worst && { at: instant(worst.atMs, startOfDayMs), value: quantity(worst.value, 'ms') };
  const text = join?.p50 === undefined ? t.nobody : t.summary(quantity(join.p50, 'ms'), quantity(join.p95, 'ms'), quantity(join.max, 'ms'), slowest);
  return (
    <Section id="joining" title={t.title} intro={t.intro}>
      <Figure
        id="join-time"
        title={t.chart}
        how="join"
        summary={text}
        legend={[
          { label: t.p95, ink: 'c2', dash: 'dashed' },
          { label: t.p50, ink: 'c1', dash: 'solid' },
        ]}
        svg={measured(p95) ? lineChart('join-w', shape, WIDE) : undefined}
        narrow={measured(p95) ? lineChart('join-n', shape, NARROW) : undefined}
      />
      <JoinMap view={view} />
      <Phases view={view} />
      <DataTable
        caption={t.caption}
        columns={t.columns.map((title, column) => ({ title, how: column === 0 ? undefined : column === 1 ? 'phases' : 'percentile', figure: column > 0 }))}
        rows={JOIN_PHASES.map((phase) => {
          const figures = total.figures('join_phase_time', { phase });
          const cells = [figures.p50, figures.p95, figures.p99, figures.max].map((value) => (value === undefined ? <Missing /> : quantity(value, 'ms')));
          return [t.stepsInFull[phase], whole(figures.count), ...cells];
        })}
      />
    </Section>
  );
}

/** Longest joins of the rows, ms; the last row has all that took longer. */
const ROW_LIMITS_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000] as const;
const COLUMNS = 60;

/** Each user by when it was due and how long it took: a percentile hides whether few waited long or all a little. */
function JoinMap({ view: { records, spanMs, startOfDayMs, f: { duration, whole }, t: { joining: { map: t } } } }: { readonly view: ReportView }) {
  const stepMs = spanMs / COLUMNS;
  const names = [...ROW_LIMITS_MS.map((limitMs, row) => (row === 0 ? t.upTo(duration(limitMs)) : t.between(duration(ROW_LIMITS_MS[row - 1]!), duration(limitMs)))), t.over(duration(ROW_LIMITS_MS.at(-1)!)), t.failed];
  const rows = names.map((name, row) => ({ name, ink: (row < names.length - 1 ? 'c1' : 'bad') as Ink, counts: Array.from({ length: COLUMNS }, () => 0) }));
  for (const { planned, joinedAtMs, endedAs } of records) {
    const tookMs = joinedAtMs === undefined ? undefined : Math.max(0, joinedAtMs - planned.dueMs);
    if (tookMs === undefined && endedAs !== 'failed') continue;
    const row = tookMs === undefined ? rows.length - 1 : ROW_LIMITS_MS.filter((limitMs) => tookMs > limitMs).length;
    const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor(planned.dueMs / stepMs)));
    rows[row]!.counts[column]!++;
  }
  const sums = rows.map(({ name, counts }) => ({ name, sum: counts.reduce((sum, count) => sum + count, 0) }));
  const drawn = sums.some(({ sum }) => sum > 0);
  const summary = drawn ? t.summary(sums.filter(({ sum }) => sum > 0).map(({ name, sum }) => `${name}: ${whole(sum)}`)) : t.nobody;
  const shape = { rows, stepMs, durationMs: spanMs, startOfDayMs };
  return <Figure id="join-map" title={t.title} how="joinMap" summary={summary} svg={drawn ? heatMap('map-w', shape, { ...WIDE, height: 240 }) : undefined} narrow={drawn ? heatMap('map-n', shape, { ...NARROW, height: 240 }) : undefined} />;
}

function Phases({ view: { total, t: { joining, groups } } }: { readonly view: ReportView }) {
  const { phases: t, steps } = joining;
  const kinds = [
    { name: t.browser, kind: 'browser' as const, filter: { kind: 'browser' } as Tags },
    { name: t.native, kind: 'native' as const, filter: { kind: 'native' } as Tags },
  ];
  const measuredKinds = kinds.filter(({ filter }) => total.figures('join_phase_time', filter).count > 0);
  // The steps of the two kinds do not add up to one row.
  const rows = (measuredKinds.length > 1 ? kinds : [{ name: t.all, kind: undefined, filter: {} as Tags }, ...['teacher', 'pupil'].map((role) => ({ name: groups[role] ?? role, kind: undefined, filter: { role } as Tags }))]).filter(({ filter }) => total.figures('join_phase_time', filter).count > 0);
  return (
    <JoinStack
      title={t.title}
      how="phases"
      steps={STACKED.map(({ phase, ink }) => ({ step: phase, name: steps[phase], ink }))}
      rows={rows.map(({ name, kind = measuredKinds[0]!.kind, filter }) => ({ name, medianMs: (phase) => total.figures('join_phase_time', { ...filter, phase }).p50, without: stepsWithout(kind) }))}
      rowPx={44}
      told={0}
      summary={(longest) => (longest === undefined ? t.none : t.longest(longest.name, longest.took, rows[0]?.kind))}
    />
  );
}

/** Steps that users of this kind do not go through. */
function stepsWithout(kind: keyof typeof WAY_IN): readonly JoinPhase[] {
  return WAY_IN[kind === 'browser' ? 'native' : 'browser'].filter((phase) => !WAY_IN[kind].includes(phase));
}

/** The limit that the scenario sets for the 95th percentile of everyone's time to join, if it does. */
function joinLimit({ summary, t }: ReportView): LineChart['limit'] {
  const limit = summary.thresholds.find(({ expression }) => /^\s*join_time\s*p\(\s*95\s*\)\s*<=?/.test(expression))?.limit;
  return limit === undefined ? undefined : { at: limit, label: t.joining.limit };
}
