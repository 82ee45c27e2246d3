import { METRICS, type MetricName } from '../../metrics/catalogue.js';
import { redact } from '../../core/redact.js';
import { counted, dateTime, duration, instant, quantity, whole } from '../format.js';
import { checkpointsIn, standing, worstServer } from '../checkpoint-line.js';
import { shortNames } from '../server-names.js';
import { METRIC_TITLES } from '../metric-titles.js';
import type { Summary } from '../summary.js';
import { DataTable, Missing, Pair, Section } from './parts.js';
import type { ReportView } from './view.js';

const MAX_SCENARIO_CHARS = 20_000;

export function Checkpoints({ view: { data, summary, startOfDayMs } }: { readonly view: ReportView }) {
  const rows = checkpointsIn(data.events).map((checkpoint) => {
    const { atMs, present, meetings, failed, lost, joinTimeP95Ms, servers = [], errorsSince, presentServer, presentPeers } = checkpoint;
    const names = shortNames(servers.map(({ server }) => server));
    const worst = worstServer(servers);
    return [
      instant(atMs, startOfDayMs),
      whole(present),
      presentServer === undefined && presentPeers === undefined ? <Missing /> : `${presentServer === undefined ? '–' : whole(presentServer)}, ${presentPeers === undefined ? '–' : whole(presentPeers)}`,
      whole(meetings),
      servers[0] === undefined ? <Missing /> : `${names[0]}: ${counted(servers[0].users, 'user')}, ${counted(servers[0].meetings, 'meeting')}`,
      `${whole(failed)}, ${whole(lost)}`,
      errorsSince === undefined ? <Missing /> : whole(errorsSince),
      joinTimeP95Ms === undefined ? <Missing /> : quantity(joinTimeP95Ms, 'ms'),
      worst?.joinTimeP95Ms === undefined ? <Missing /> : `${quantity(worst.joinTimeP95Ms, 'ms')} on ${names[servers.indexOf(worst)]}`,
      standing(checkpoint)[0]?.replace('thresholds ', '') ?? '–',
    ];
  });
  return (
    <Section id="checkpoints" title="Checkpoints" intro={`The whole fleet, looked at every ${duration(data.plan.checkpointEveryMs)}.`}>
      <DataTable
        caption="State of the run at each checkpoint"
        quiet
        columns={['Time', 'Users in meetings', 'as servers, other users count', 'Meetings', 'Busiest server', 'Failed, lost so far', 'New errors', 'Join, p95', 'Worst server, p95', 'Thresholds'].map((title, column) => ({ title, figure: column > 0 && column !== 4 && column < 8 }))}
        rows={rows}
        empty={summary.durationMs < data.plan.checkpointEveryMs ? 'The run ended before the first checkpoint.' : 'No checkpoint was recorded.'}
      />
    </Section>
  );
}

/** Everything that was measured, for engineers. */
export function Measurements({ view: { summary } }: { readonly view: ReportView }) {
  const rows = (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const figures = summary.metrics[name];
    if (figures === undefined) return [];
    const cell = (value: number | undefined) => (value === undefined ? '–' : quantity(value, figures.unit));
    const total = figures.kind === 'rate' ? cell(figures.rate) : figures.kind === 'counter' ? cell(figures.sum) : figures.kind === 'gauge' ? cell(figures.last) : '–';
    return [
      [
        <>
          <span class="plain-words">{METRIC_TITLES[name]}</span>
          <code>{name}</code>
        </>,
        whole(figures.count),
        cell(figures.p50),
        cell(figures.p95),
        cell(figures.p99),
        cell(figures.max),
        total,
      ],
    ];
  });
  return (
    <Section id="measurements" title="All measurements">
      <details>
        <summary>{counted(rows.length, 'metric')} over the whole run</summary>
      <DataTable
        caption="Every metric over the whole run. Values: share for rates, total for counters, last for gauges. The file summary.json has them by server, role, phase and code too."
        columns={['Metric', 'Samples', 'Median', 'p95', 'p99', 'Largest', 'Value'].map((title, column) => ({ title, figure: column > 0 }))}
        rows={rows}
        empty="Nothing was measured."
      />
      </details>
    </Section>
  );
}

export function Environment({ view: { summary, data } }: { readonly view: ReportView }) {
  const { meta } = data;
  const { machine, firstbell } = meta;
  const workers = new Set(data.snapshots.map(({ worker }) => worker)).size;
  const scenario = redact(data.scenarioText);
  return (
    <Section id="environment" title="Environment, and how to repeat this run">
      <dl class="environment">
        <Pair term="Run" text={meta.run} />
        <Pair term="Scenario file" text={meta.scenarioFile} />
        <Pair term="Seed" text={String(meta.seed)} />
        <Pair term="Started" text={dateTime(meta.startedAt)} />
        <Pair term="Target" text={summary.target.kind === 'simulator' ? `Simulator of Firstbell at ${summary.target.url}` : summary.target.url} />
        <Pair term="BigBlueButton" text={summary.target.bbbVersion ?? 'version not told'} />
        <Pair term="Machine" text={`${machine.cpu}, ${machine.cores} cores, ${quantity(machine.memoryGb * 1_000, 'MB')} memory, ${machine.os}`} />
        <Pair term="Firstbell" text={`${firstbell.version}${firstbell.commit === undefined ? '' : ` (commit ${firstbell.commit})`}, Node ${firstbell.node}`} />
        <Pair term="Browser" text={firstbell.browser ?? 'none'} />
        <Pair term="Measured" text={`every ${duration(meta.intervalMs)}, ${workers === 0 ? 'nothing arrived' : workers === 1 ? 'one generator' : `${whole(workers)} generators`}`} />
      </dl>
      <p>The same load again:</p>
      <pre tabIndex={0} role="group" aria-label="Command that repeats the run">
        <code>{reproduce(summary, meta.target.secretEnv)}</code>
      </pre>
      {scenario === '' ? null : (
        <details>
          <summary>Scenario as run</summary>
          <pre tabIndex={0} role="group" aria-label="Scenario as run">
            <code>{scenario.length <= MAX_SCENARIO_CHARS ? scenario : `${scenario.slice(0, MAX_SCENARIO_CHARS)}\n… (the rest is in scenario.yaml of the run)`}</code>
          </pre>
        </details>
      )}
    </Section>
  );
}

/** The scenario in the run folder carries the seed. */
function reproduce({ run, target }: Summary, secretEnv: string | undefined): string {
  const against = target.kind === 'simulator' ? '' : ` \\\n  --url ${target.url}${secretEnv === undefined ? '' : ` --secret-env ${secretEnv}`}`;
  return `npx firstbell run reports/${run}/scenario.yaml${against}`;
}

const GLOSSARY: readonly (readonly [string, string])[] = [
  ['User', 'One simulated person, with a browser or a program of their own that joins, listens, speaks or shows a camera as a person does.'],
  ['Meeting', 'A lesson or conference in BigBlueButton.'],
  ['Time to join', 'From the moment somebody wants to join until they can take part: meeting visible and, if asked for, sound connected.'],
  ['Median; 95th percentile (p95)', 'Half of all values lie at or below the median; 95 of 100 at or below the 95th percentile. The slowest 5 of 100 took longer.'],
  ['Did not get in', 'The user tried and could not take part within the time allowed.'],
  ['Lost the meeting', 'The user was in and was out again before it was time: connection lost, removed, page broken.'],
  ['Round trip', 'Time for a packet to the server and back.'],
  ['Jitter', 'How unevenly packets arrive. Much of it makes voices stutter.'],
  ['Lost packets', 'Share of sound or picture that never arrived.'],
  ['Load balancer', 'The machine that decides which server of the fleet hosts a meeting.'],
  ['Generator', 'The machine that plays all the users. If it cannot keep up, the run gives no verdict.'],
];

export function Glossary() {
  return (
    <Section id="words" title="Words used">
      <dl class="glossary">
        {GLOSSARY.map(([term, text]) => (
          <Pair key={term} term={term} text={text} />
        ))}
      </dl>
    </Section>
  );
}
