import { bucketsOf, highest, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { instant } from '../format.js';
import { shortNames } from '../server-names.js';
import { How } from './run-how.js';
import type { ReportView } from './view.js';

const SIZE = { width: 260, height: 120 } as const;
/** Small charts show fewer points; few joins fall on one server. */
const POINTS = 40;
/** More would fill pages; the bars and the table have all. */
const MAX_SERVERS = 24;

/** The same small chart for each server, on one scale: a server that is slower, or slow at another time, stands out. */
export function Multiples({ view: { summary, data, spanMs, startOfDayMs, f, t } }: { readonly view: ReportView }) {
  const servers = summary.servers.slice(0, MAX_SERVERS);
  const short = shortNames(servers.map(({ name }) => name));
  const buckets = bucketsOf(data.snapshots, data.meta.intervalMs, POINTS);
  const charts = servers.map(({ name: server }, index) => {
    const points = percentileLine(buckets, 'join_time', 95, { server });
    return { name: short[index] ?? server, points, top: highest(points) };
  });
  const most = charts.reduce((worst, one) => ((one.top?.value ?? -1) > (worst?.top?.value ?? -1) ? one : worst), charts[0]);
  // One chart has nothing beside it to be held against.
  if (charts.length < 2 || most?.top === undefined) return null;
  const atLeast = most.top.value;
  const summaryText = t.servers.multiplesSummary(f.quantity(most.top.value, 'ms'), most.name, instant(most.top.atMs, startOfDayMs));
  return (
    <figure class="chart multiples" aria-labelledby="multiples-title">
      <figcaption>
        <h3 id="multiples-title">
          <How to="join">{t.servers.multiples}</How>
        </h3>
        <p>{summaryText}</p>
      </figcaption>
      <ul>
        {charts.map(({ name, points, top }, index) => (
          <li key={name}>
            <p class="multiple">
              <span>{name}</span> {top === undefined ? <span class="missing">{f.notMeasured}</span> : t.servers.multipleTop(f.quantity(top.value, 'ms'))}
            </p>
            {top === undefined ? null : <div aria-hidden="true" dangerouslySetInnerHTML={{ __html: lineChart(`multiple-${index}`, { lines: [{ points, ink: 'c2' }], durationMs: spanMs, startOfDayMs, format: (value) => f.quantity(value, 'ms'), atLeast }, SIZE) }} />}
          </li>
        ))}
      </ul>
    </figure>
  );
}
