import { METRICS, type MetricName } from '../../metrics/catalogue.js';
import { redact } from '../../core/redact.js';
import { quoted } from '../../core/shell.js';
import { instant } from '../format.js';
import { checkpointsIn, worstServer } from '../checkpoint-line.js';
import { HOW_OF_METRIC } from '../how-sources.js';
import { shortNames } from '../server-names.js';
import { titlesIn } from '../metric-titles.js';
import type { RunData } from '../run-data.js';
import type { Summary } from '../summary.js';
import { DataTable, Missing, Pair, Section } from './parts.js';
import { How } from './run-how.js';
import type { ReportView } from './view.js';

const MAX_SCENARIO_CHARS = 20_000;

export function Checkpoints({ view: { data, summary, startOfDayMs, f: { quantity, whole, duration }, t: { checkpoints: t } } }: { readonly view: ReportView }) {
  const rows = checkpointsIn(data.events).map((checkpoint) => {
    const { atMs, present, meetings, failed, lost, joinTimeP95Ms, servers = [], errorsSince, presentServer, presentPeers, held = 0, broken = [], pending = 0 } = checkpoint;
    const names = shortNames(servers.map(({ server }) => server));
    const worst = worstServer(servers);
    return [
      instant(atMs, startOfDayMs),
      whole(present),
      presentServer === undefined && presentPeers === undefined ? <Missing /> : <>{presentServer === undefined ? <Missing /> : whole(presentServer)}, {presentPeers === undefined ? <Missing /> : whole(presentPeers)}</>,
      whole(meetings),
      servers[0] === undefined ? <Missing /> : t.busiest(names[0] ?? '', servers[0].users, servers[0].meetings),
      `${whole(failed)}, ${whole(lost)}`,
      errorsSince === undefined ? <Missing /> : whole(errorsSince),
      joinTimeP95Ms === undefined ? <Missing /> : quantity(joinTimeP95Ms, 'ms'),
      worst?.joinTimeP95Ms === undefined ? <Missing /> : t.on(quantity(worst.joinTimeP95Ms, 'ms'), names[servers.indexOf(worst)] ?? ''),
      held + broken.length + pending === 0 ? '–' : t.standing(held, broken, pending),
    ];
  });
  return (
    <Section id="checkpoints" title={t.title} intro={t.intro(duration(data.plan.checkpointEveryMs))}>
      <DataTable
        caption={t.caption}
        quiet
        columns={t.columns.map((title, column) => ({ title, how: column === 0 ? undefined : 'checkpoints', figure: column > 0 && column !== 4 && column < 8 }))}
        rows={rows}
        empty={summary.durationMs < data.plan.checkpointEveryMs ? t.tooShort : t.none}
      />
    </Section>
  );
}

/** Everything that was measured, for engineers. */
export function Measurements({ view: { summary, lang, f: { quantity, whole }, t: { measurements: t } } }: { readonly view: ReportView }) {
  const rows = (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const figures = summary.metrics[name];
    if (figures === undefined) return [];
    const cell = (value: number | undefined) => (value === undefined ? '–' : quantity(value, figures.unit));
    const total = figures.kind === 'rate' ? cell(figures.rate) : figures.kind === 'counter' ? cell(figures.sum) : figures.kind === 'gauge' ? cell(figures.last) : '–';
    return [
      [
        <>
          <span class="plain-words">
            <How to={HOW_OF_METRIC[name]}>{titlesIn(lang)[name]}</How>
          </span>
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
    <Section id="measurements" title={t.title}>
      <details>
        <summary>{t.count(rows.length)}</summary>
        <DataTable
        caption={t.caption}
        columns={t.columns.map((title, column) => ({ title, how: column === 0 ? undefined : column >= 2 && column <= 4 ? 'percentile' : 'totals', figure: column > 0 }))}
        rows={rows}
        empty={t.empty}
      />
      </details>
    </Section>
  );
}

export function Environment({ view: { summary, data, folder, f: { dateTime, duration }, t: { environment: t, facts } } }: { readonly view: ReportView }) {
  const { meta } = data;
  const { machine, firstbell } = meta;
  const generators = data.snapshots.length === 0 ? 0 : (summary.generator.workers ?? 1);
  const scenario = redact(data.scenarioText);
  return (
    <Section id="environment" title={t.title}>
      <dl class="environment">
        <Pair term={t.run} text={meta.run} />
        <Pair term={t.scenarioFile} text={meta.scenarioFile} />
        <Pair term={t.seed} text={String(meta.seed)} />
        <Pair term={facts.started} text={dateTime(meta.startedAt)} />
        <Pair term={facts.target} text={summary.target.kind === 'simulator' ? t.simulatorAt(summary.target.url) : summary.target.url} />
        <Pair term="BigBlueButton" text={summary.target.bbbVersion ?? t.versionUnknown} />
        <Pair term={t.machine} text={t.machineText(machine.cpu, machine.cores, machine.memoryGb * 1_000, machine.os)} />
        <Pair term="Firstbell" text={`${firstbell.version}${firstbell.commit === undefined ? '' : ` (commit ${firstbell.commit})`}, Node ${firstbell.node}`} />
        <Pair term={t.browser} text={firstbell.browser ?? t.noBrowser} />
        <Pair term={t.measured} text={t.measuredText(duration(meta.intervalMs), generators)} />
        {data.events.map((event) => (event.type === 'worker-ready' ? <Pair key={`${event.share} ${event.worker} ${event.atMs}`} term={event.worker} text={t.workerText(event.share + 1, event.users, event.clockOffsetMs, event.roundTripMs / 2)} /> : null))}
      </dl>
      <p>{folder === undefined ? t.againFrom(ANY_FOLDER) : t.again}</p>
      <pre tabIndex={0} role="group" aria-label={t.command}>
        <code>{reproduce(data, summary, folder)}</code>
      </pre>
      {scenario === '' ? null : (
        <details>
          <summary>{t.scenario}</summary>
          <pre tabIndex={0} role="group" aria-label={t.scenario}>
            <code>{scenario.length <= MAX_SCENARIO_CHARS ? scenario : `${scenario.slice(0, MAX_SCENARIO_CHARS)}\n… ${t.rest}`}</code>
          </pre>
        </details>
      )}
    </Section>
  );
}

/** Stands for the folder of a run of which it is not known. */
const ANY_FOLDER = 'FOLDER';

/** The scenario in the run folder carries the seed. Options of the operator's own machine (the broker, permissions) are not in it. */
function reproduce({ meta, events }: RunData, { target }: Summary, folder = ANY_FOLDER): string {
  const { secretEnv } = meta.target;
  const { any, browser } = meta.workers ?? workersSeen(events);
  const options = [
    ...(any === 0 ? [] : [`--workers ${any}`]),
    ...(browser === 0 ? [] : [`--browser-workers ${browser}`]),
    ...(target.kind === 'simulator' ? [] : [`--url ${quoted(target.url)}${secretEnv === undefined ? '' : ` --secret-env ${secretEnv}`}`]),
  ];
  return [`npx firstbell run ${quoted(`${folder}/scenario.yaml`)}`, ...options].join(' \\\n  ');
}

/** Of a run that does not say how many it asked for. A share that was taken over had two workers; there are as many as shares. */
function workersSeen(events: RunData['events']): { readonly any: number; readonly browser: number } {
  return { any: new Set(events.flatMap((event) => (event.type === 'worker-ready' ? [event.share] : []))).size, browser: 0 };
}

export function Glossary({ view: { t: { glossary: t } } }: { readonly view: ReportView }) {
  return (
    <Section id="words" title={t.title}>
      <dl class="glossary">
        {t.words.map(([term, text]) => (
          <Pair key={term} term={term} text={text} />
        ))}
      </dl>
    </Section>
  );
}
