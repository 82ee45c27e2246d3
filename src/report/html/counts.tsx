import { measured, type Point } from '../charts/chart-data.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import { instant } from '../format.js';
import { presenceEvents } from '../presence.js';
import { NARROW, WIDE } from './load.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** More points cannot be told apart. */
const MAX_POINTS = 240;

/** Users as counted by the harness, by the servers, and by other users. */
export function Counts({ view }: { readonly view: ReportView }) {
  const { summary, data, spanMs, startOfDayMs, f: { whole }, t: { counts: t } } = view;
  const { presence } = summary;
  const looks = presenceEvents(data.events);
  const shown = looks.filter((_, index) => index % Math.ceil(looks.length / MAX_POINTS) === 0);
  const line = (of: 'harness' | 'server' | 'peers'): readonly Point[] => shown.map((look) => ({ atMs: look.atMs, value: look[of] }));
  const lines = [
    { points: line('harness'), ink: 'c1', dash: 'solid', label: t.harness },
    { points: line('server'), ink: 'c2', dash: 'dashed', label: t.server },
    { points: line('peers'), ink: 'c3', dash: 'dotted', label: t.peers },
  ] as const;
  const drawn = lines.filter(({ points }) => measured(points));
  const shape: LineChart = { durationMs: spanMs, startOfDayMs, whole: true, format: whole, lines: drawn };
  return (
    <Section id="counts" title={t.title} intro={t.intro}>
      <Figure
        id="three-counts"
        title={t.chart}
        how="counts"
        summary={presence === undefined ? t.none : t.summary(presence.looks, presence.missing, presence.ghosts)}
        legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
        svg={drawn.length === 0 ? undefined : lineChart('counts-w', shape, WIDE)}
        narrow={drawn.length === 0 ? undefined : lineChart('counts-n', shape, NARROW)}
      />
      {presence === undefined ? null : (
        <DataTable
          caption={t.caption}
          columns={t.columns.map((title, column) => ({ title, how: column >= 2 && column < 7 ? 'counts' : undefined, figure: column > 0 && column < 7 }))}
          rows={presence.meetings.slice(0, MAX_ROWS).map(({ name, atMs, harness, server, peers, missing, ghosts, names }) => [
            name,
            instant(atMs, startOfDayMs),
            whole(harness),
            server === undefined ? <Missing /> : whole(server),
            peers === undefined ? <Missing /> : whole(peers),
            whole(missing),
            whole(ghosts),
            names.length === 0 ? '–' : names.join(', '),
          ])}
          empty={t.empty(presence.looks)}
        />
      )}
    </Section>
  );
}

const MAX_ROWS = 50;
