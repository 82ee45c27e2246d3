import { measured, type Point } from '../charts/chart-data.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import { counted, instant, whole } from '../format.js';
import { presenceEvents } from '../presence.js';
import { NARROW, WIDE } from './load.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** More points cannot be told apart. */
const MAX_POINTS = 240;

/** Users as counted by the harness, by the servers, and by other users. */
export function Counts({ view }: { readonly view: ReportView }) {
  const { summary, data, spanMs, startOfDayMs } = view;
  const { presence } = summary;
  const looks = presenceEvents(data.events);
  const shown = looks.filter((_, index) => index % Math.ceil(looks.length / MAX_POINTS) === 0);
  const line = (of: 'harness' | 'server' | 'peers'): readonly Point[] => shown.map((look) => ({ atMs: look.atMs, value: look[of] }));
  const lines = [
    { points: line('harness'), ink: 'c1', dash: 'solid', label: 'This test' },
    { points: line('server'), ink: 'c2', dash: 'dashed', label: 'The servers' },
    { points: line('peers'), ink: 'c3', dash: 'dotted', label: 'Other users' },
  ] as const;
  const drawn = lines.filter(({ points }) => measured(points));
  const shape: LineChart = { durationMs: spanMs, startOfDayMs, whole: true, format: whole, lines: drawn };
  return (
    <Section id="counts" title="Three counts" intro="Who is in a meeting is asked three times: of this test, of the servers, and of other users in the same meeting. Where they differ, somebody is in a lesson that does not know of it, or is shown who is not there.">
      <Figure
        id="three-counts"
        title="Users in meetings, counted three times"
        summary={sentence(view)}
        legend={drawn.map(({ label, ink, dash }) => ({ label, ink, dash }))}
        svg={drawn.length === 0 ? undefined : lineChart('counts-w', shape, WIDE)}
        narrow={drawn.length === 0 ? undefined : lineChart('counts-n', shape, NARROW)}
      />
      {presence === undefined ? null : (
        <DataTable
          caption="Meetings in which the counts differed, each at its worst"
          columns={['Meeting', 'When', 'This test', 'The servers', 'Other users', 'Missing', 'Ghosts', 'Who'].map((title, column) => ({ title, figure: column > 0 && column < 7 }))}
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
          empty={`All counts agreed in every meeting, each time (${counted(presence.looks, 'look')}).`}
        />
      )}
    </Section>
  );
}

const MAX_ROWS = 50;

function sentence({ summary: { presence } }: ReportView): string {
  if (presence === undefined) return 'Users were not counted by others in this run.';
  const { looks, missing, ghosts } = presence;
  const often = `Counted ${looks === 1 ? 'once' : `${whole(looks)} times`}.`;
  if (missing + ghosts === 0) return `${often} Nobody was missing, and nobody was counted who was not there.`;
  const parts = [
    missing > 0 ? `${counted(missing, 'user')} ${missing === 1 ? 'was' : 'were'} in a meeting without being counted there` : '',
    ghosts > 0 ? `${counted(ghosts, 'user')} ${ghosts === 1 ? 'was' : 'were'} counted without being there` : '',
  ].filter((part) => part !== '');
  return `${often} At the worst moment ${parts.join(', and ')}. A difference counts when it lasts: who just came or left is given ten seconds.`;
}
