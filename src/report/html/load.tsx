import { levelOf } from '../charts/chart-data.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import { instant, named } from '../format.js';
import { follow, plannedChanges } from '../timeline.js';
import { presenceChanges, startedChanges } from '../attendance-log.js';
import { DataTable, Figure, Section } from './parts.js';
import type { HowColumns } from './run-how.js';
import type { ReportView } from './view.js';

export const WIDE = { width: 900, height: 280 } as const;
export const NARROW = { width: 420, height: 280 } as const;

const COLUMN_HOW: HowColumns = [undefined, 'load', 'load', 'joined', 'joined', 'lost', 'load', 'load', 'atOnce'];

/** Users over time: planned, started and present; and by role and kind. */
export function Load({ view }: { readonly view: ReportView }) {
  const { summary, records, spanMs, startOfDayMs, f: { whole }, t } = view;
  const planned = plannedChanges(records);
  const present = presenceChanges(records);
  const shape: LineChart = {
    durationMs: spanMs,
    startOfDayMs,
    whole: true,
    format: whole,
    lines: [
      { ...levelOf(present, summary.durationMs), ink: 'c1', filled: true },
      { ...levelOf(startedChanges(records), summary.durationMs), ink: 'c3', dash: 'dotted' },
      { ...levelOf(planned, spanMs), ink: 'c2', dash: 'dashed' },
    ],
  };
  const { users } = summary;
  const groups = [...Object.entries(users.byRole), ...Object.entries(users.byKind)];
  return (
    <Section id="load" title={t.load.title} intro={t.load.intro}>
      <Figure
        id="users"
        title={t.load.chart}
        how="load"
        summary={usersSummary(view, top(planned), top(present))}
        legend={[
          { label: t.load.present, ink: 'c1', dash: 'solid' },
          { label: t.load.started, ink: 'c3', dash: 'dotted' },
          { label: t.load.planned, ink: 'c2', dash: 'dashed' },
        ]}
        svg={users.planned === 0 ? undefined : lineChart('users-w', shape, WIDE)}
        narrow={users.planned === 0 ? undefined : lineChart('users-n', shape, NARROW)}
      />
      <DataTable
        caption={t.load.caption}
        columns={t.load.columns.map((title, column) => ({ title, how: COLUMN_HOW[column], figure: column > 0 }))}
        rows={[[t.everyone, users] as const, ...groups].map(([name, counts]) => [
          named(t.groups, name),
          ...[counts.planned, counts.started, counts.joined, counts.failed, counts.lost, counts.left, counts.aborted, counts.peakConcurrent].map(whole),
        ])}
      />
    </Section>
  );
}

function usersSummary({ summary: { users, durationMs }, startOfDayMs, f, t: { load } }: ReportView, planned: Top, present: Top): string {
  if (users.planned === 0) return load.noUsers;
  if (users.joined === 0) return load.noneIn(planned.value);
  const share = f.quantity(present.value / Math.max(1, planned.value), 'ratio');
  return load.summary(present.value, durationMs > 0 ? instant(present.atMs, startOfDayMs) : undefined, planned.value, share);
}

interface Top {
  readonly atMs: number;
  readonly value: number;
}

function top(changes: readonly { readonly atMs: number; readonly by: 1 | -1 }[]): Top {
  const at = follow(changes);
  return changes.reduce<Top>(
    (best, { atMs }) => {
      const value = at(atMs);
      return value > best.value ? { atMs, value } : best;
    },
    { atMs: 0, value: 0 },
  );
}
