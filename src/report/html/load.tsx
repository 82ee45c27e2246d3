import { levelOf } from '../charts/chart-data.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import { counted, instant, quantity, whole } from '../format.js';
import { follow, plannedChanges } from '../timeline.js';
import { presenceChanges } from '../attendance-log.js';
import { DataTable, Figure, Section } from './parts.js';
import type { ReportView } from './view.js';

export const WIDE = { width: 900, height: 280 } as const;
export const NARROW = { width: 420, height: 280 } as const;

/** Users over time, against the plan, and by role and kind. */
export function Load({ view }: { readonly view: ReportView }) {
  const { summary, records, spanMs, startOfDayMs } = view;
  const planned = plannedChanges(records);
  const present = presenceChanges(records);
  const shape: LineChart = {
    durationMs: spanMs,
    startOfDayMs,
    whole: true,
    format: whole,
    lines: [
      { ...levelOf(present, summary.durationMs), ink: 'c1', filled: true },
      { ...levelOf(planned, spanMs), ink: 'c2', dash: 'dashed' },
    ],
  };
  const { users } = summary;
  const groups = [...Object.entries(users.byRole), ...Object.entries(users.byKind)];
  return (
    <Section id="load" title="Users over time" intro="How many people were in meetings at each moment, against what the scenario had planned.">
      <Figure
        id="users"
        title="Users in meetings"
        summary={usersSummary(view, top(planned), top(present))}
        legend={[
          { label: 'In a meeting', ink: 'c1', dash: 'solid' },
          { label: 'Planned', ink: 'c2', dash: 'dashed' },
        ]}
        svg={users.planned === 0 ? undefined : lineChart('users-w', shape, WIDE)}
        narrow={users.planned === 0 ? undefined : lineChart('users-n', shape, NARROW)}
      />
      <DataTable
        caption="Users by role and kind"
        columns={['Users', 'Planned', 'Started', 'Joined', 'Did not get in', 'Lost the meeting', 'Left as planned', 'Ended with the run', 'At the same time'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={[['All', users] as const, ...groups].map(([name, counts]) => [
          GROUPS[name] ?? name,
          ...[counts.planned, counts.started, counts.joined, counts.failed, counts.lost, counts.left, counts.aborted, counts.peakConcurrent].map(whole),
        ])}
      />
    </Section>
  );
}

const GROUPS: Readonly<Record<string, string>> = { teacher: 'Teachers', pupil: 'Pupils', browser: 'Real browsers', native: 'Native users' };

function usersSummary({ summary: { users, durationMs }, startOfDayMs }: ReportView, planned: Top, present: Top): string {
  if (users.planned === 0) return 'The plan has no users.';
  if (users.joined === 0) return `${counted(planned.value, 'user')} were planned at the same time at most; none got in.`;
  const share = quantity(present.value / Math.max(1, planned.value), 'ratio');
  const when = durationMs > 0 ? `, reached at ${instant(present.atMs, startOfDayMs)}` : '';
  return `At most ${counted(present.value, 'user')} at the same time${when}; the plan peaks at ${whole(planned.value)} (${share} of it was reached).`;
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
