import { named } from '../format.js';
import type { StepRecord } from '../../capacity/capacity.js';
import { STEADY_FIGURES } from '../../capacity/steady.js';
import { xyChart, type XyChart } from '../charts/xy-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { JoinStack } from '../html/join-stack.js';
import { NARROW, WIDE } from '../html/load.js';
import { DataTable, Figure, Missing, Section, type LegendEntry } from '../html/parts.js';
import { thresholdInWords } from '../metric-titles.js';
import { METRICS } from '../../metrics/catalogue.js';
import { parseThreshold, unitOf } from '../../metrics/threshold-parse.js';
import { causeInWords, isThreshold } from '../words/cause.js';
import { brokeOnInWords } from './first-broken-words.js';
import type { HowColumns } from './how.js';
import type { CapacityView } from './view.js';

const MARKS = { held: { ink: 'c1', mark: 'circle' }, broken: { ink: 'bad', mark: 'cross' }, undelivered: { ink: 'c5', mark: 'square' } } as const;
const STEP_HOW: HowColumns = [undefined, 'knee', undefined, 'delivered', 'delivered', 'delivered', undefined, 'join', 'conditions', 'first', 'firstServer', 'firstPhase'];
const STEADY_HOW: HowColumns = [undefined, undefined, 'steady', 'steady', 'steady', 'steady', 'steady'];
const OUTCOMES = ['held', 'broken', 'undelivered'] as const;

export function Method({ view: { capacity, f, t } }: { readonly view: CapacityView }) {
  const { asked } = capacity;
  const { start, max, repeats, tolerance } = asked.limits;
  return (
    <Section id="method" title={t.method.title} intro={t.method.intro}>
      <div class="prose">
        <p>{t.method.ask(f.whole(start), f.whole(max), f.duration(asked.holdMs), f.number(asked.ratePerSec, 1))}</p>
        {asked.onlyServer === undefined ? null : <p>{t.method.only(asked.onlyServer)}</p>}
        <p>{t.method.search(f.whole(2 * repeats), f.quantity(tolerance, 'ratio'))}</p>
        <p>{t.method.outcome}</p>
        {!asked.restMs ? null : <p>{t.method.rest(f.duration(asked.restMs))}</p>}
      </div>
    </Section>
  );
}

export function Steps({ view }: { readonly view: CapacityView }) {
  const { capacity, t } = view;
  const down = capacity.oneServerDown?.steps;
  return (
    <Section id="steps" title={t.steps.title} intro={[...capacity.steps, ...(down ?? [])].some(({ run }) => view.reportOf(run) !== undefined) ? t.steps.intro : undefined}>
      <StepsFigure view={view} steps={capacity.steps} id="search" title={t.steps.chart} knee={'knee' in capacity.answer ? capacity.answer.knee : undefined} />
      <StepsTable view={view} steps={capacity.steps} caption={t.steps.table} />
      <SteadyTable view={view} steps={capacity.steps} caption={t.steps.steadyTable} />
      {down === undefined || down.length === 0 ? null : <DownSteps view={view} steps={down} />}
    </Section>
  );
}

function DownSteps({ view, steps }: { readonly view: CapacityView; readonly steps: readonly StepRecord[] }) {
  const { capacity, t } = view;
  const { oneServerDown } = capacity;
  const answer = oneServerDown?.answer;
  const title = t.steps.downTitle(oneServerDown?.servers ?? 1);
  return (
    <>
      <StepsFigure view={view} steps={steps} id="search-down" title={title} knee={answer && 'knee' in answer ? answer.knee : undefined} />
      <StepsTable view={view} steps={steps} caption={title} />
      <SteadyTable view={view} steps={steps} caption={`${title}. ${t.steps.steadyTable}`} />
    </>
  );
}

interface StepsFigureProps {
  readonly view: CapacityView;
  readonly steps: readonly StepRecord[];
  readonly id: string;
  readonly title: string;
  readonly knee: { readonly low: number; readonly high: number } | undefined;
}

function StepsFigure({ view: { capacity, f, t }, steps, id, title, knee }: StepsFigureProps) {
  const groups = OUTCOMES.map((outcome) => ({ outcome, at: steps.flatMap((step, index) => (step.outcome === outcome ? [{ x: index + 1, y: step.users }] : [])) }));
  const chart: XyChart = {
    x: { title: t.steps.x, format: f.whole, whole: true },
    y: { format: f.whole, whole: true, atLeast: capacity.required },
    points: groups.filter(({ at }) => at.length > 0).map(({ outcome, at }) => ({ at, ...MARKS[outcome] })),
    band: knee && { from: knee.low, to: knee.high, ink: 'c1' },
    rules: [{ axis: 'y', at: capacity.required, label: t.steps.required, ink: 'muted' }],
  };
  const count = (outcome: StepRecord['outcome']): number => steps.filter((step) => step.outcome === outcome).length;
  const legend: readonly LegendEntry[] = groups.filter(({ at }) => at.length > 0).map(({ outcome }) => ({ label: t.steps.legend[outcome], ...MARKS[outcome] }));
  const summary = (knee ? t.steps.chartSummary : t.steps.chartSummaryPlain)(count('held'), count('broken'), count('undelivered'));
  return <Figure id={id} title={title} how="knee" summary={summary} legend={legend} svg={steps.length === 0 ? undefined : xyChart(`${id}-w`, chart, WIDE)} narrow={steps.length === 0 ? undefined : xyChart(`${id}-n`, chart, NARROW)} />;
}

function StepsTable({ view, steps, caption }: { readonly view: CapacityView; readonly steps: readonly StepRecord[]; readonly caption: string }) {
  const { f, t } = view;
  const count = (value: number | undefined) => (value === undefined ? <Missing /> : f.whole(value));
  return (
    <div class="dense">
      <DataTable
        caption={caption}
        columns={t.steps.columns.map((title, column) => ({ title, how: STEP_HOW[column], figure: column === 0 || (column >= 2 && column <= 7) }))}
        rows={steps.map((step, index) => [
          <StepNumber view={view} run={step.run} number={f.whole(index + 1)} />,
          t.searchPhases[step.phase] ?? step.phase,
          f.whole(step.users),
          count(step.delivered?.started),
          count(step.delivered?.joined),
          f.whole(step.peakUsers),
          f.duration(step.holdMs),
          step.joinTimeP95Ms === undefined ? <Missing /> : f.quantity(step.joinTimeP95Ms, 'ms'),
          <span class={`outcome ${step.outcome === 'held' ? 'good' : step.outcome === 'broken' ? 'bad' : ''}`}>
            {step.outcome === 'held' ? '✓' : step.outcome === 'broken' ? '✗' : '!'} {t.outcomes[step.outcome] ?? step.outcome}
          </span>,
          <Cause cause={step.firstBroken} view={view} />,
          brokeOnInWords(step, view, view.shortServer) ?? t.steps.none,
          step.brokePhase === undefined ? t.steps.none : named(t.phaseNames, step.brokePhase),
        ])}
        empty={t.generator.none}
      />
    </div>
  );
}

/** A threshold as it is written, what no threshold names in words. */
function Cause({ cause, view: { t, lang } }: { readonly cause: string | undefined; readonly view: CapacityView }) {
  if (cause === undefined) return <>{t.steps.none}</>;
  return isThreshold(cause) ? <code>{cause}</code> : <>{causeInWords(cause, lang)}</>;
}

/** Whether each step was steady, and by which figures that was told. */
function SteadyTable({ view: { f, t }, steps, caption }: { readonly view: CapacityView; readonly steps: readonly StepRecord[]; readonly caption: string }) {
  const told = (steady: boolean | undefined): string => t.steps.steady[steady === undefined ? 'unknown' : steady ? 'yes' : 'no'];
  return (
    <DataTable
      caption={caption}
      columns={t.steps.steadyColumns.map((title, column) => ({ title, how: STEADY_HOW[column], figure: column < 2 }))}
      rows={steps.map(({ users, steady, steadyBy }, index) => [f.whole(index + 1), f.whole(users), ...STEADY_FIGURES.map((figure) => told(steadyBy?.[figure])), told(steady)])}
      empty={t.generator.none}
    />
  );
}

/** The number of a step, which leads to the report of its run where that is there. */
function StepNumber({ view: { t, reportOf }, run, number }: { readonly view: CapacityView; readonly run: string; readonly number: string }) {
  const href = reportOf(run);
  return href === undefined ? (
    <>{number}</>
  ) : (
    <a href={href} aria-label={t.steps.report(number)}>
      {number}
    </a>
  );
}

export function Thresholds({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t, lang, largestHeld, firstBrokenStep } = view;
  const expressions = [...new Set(capacity.steps.flatMap(({ thresholds }) => thresholds.map(({ expression }) => expression)))];
  const told = capacity.steps.filter(({ outcome }) => outcome !== 'undelivered');
  const observed = (step: StepRecord | undefined, expression: string) => {
    const one = step?.thresholds.find((threshold) => threshold.expression === expression);
    if (one === undefined) return t.steps.none;
    return one.observed === undefined ? <Missing /> : <span class={one.held ? undefined : 'outcome bad'}>{observedText(f, expression, one.observed)}</span>;
  };
  return (
    <Section id="conditions" title={t.thresholds.title} intro={t.thresholds.intro}>
      <DataTable
        caption={t.thresholds.title}
        quiet
        columns={t.thresholds.columns(largestHeld && f.whole(largestHeld.users), firstBrokenStep && f.whole(firstBrokenStep.users)).map((title, column) => ({ title, how: column === 0 ? undefined : 'conditions', figure: column > 0 }))}
        rows={expressions.map((expression) => {
          const broke = told.filter(({ thresholds }) => thresholds.some((one) => one.expression === expression && !one.held)).length;
          return [
            <>
              <span class="plain-words">{thresholdInWords(expression, lang)}</span>
              <code>{expression}</code>
            </>,
            observed(largestHeld, expression),
            observed(firstBrokenStep, expression),
            t.thresholds.brokeIn(broke, told.length),
          ];
        })}
        empty={t.thresholds.none}
      />
    </Section>
  );
}

/** What was observed of a threshold, in its unit, and not so that what broke reads like the limit. */
function observedText(f: CapacityView['f'], expression: string, value: number): string {
  const parsed = parseThreshold(expression);
  if (!parsed.ok) return f.number(value, 3);
  const { metric, aggregation, limit } = parsed.threshold;
  return f.quantityBeside(limit, value, unitOf(METRICS[metric], aggregation));
}

const PHASE_INKS: Readonly<Record<string, Ink>> = { api: 'c1', page: 'c3', socket: 'c6', ready: 'c5', audio: 'c2' };
/** More rows say no more. */
const MAX_ROWS = 12;

/** Medians of the join's phases, one on the other, for each load that was tried; of equal loads the last. */
export function Phases({ view: { capacity, f, t } }: { readonly view: CapacityView }) {
  const byLoad = new Map<number, StepRecord>();
  for (const step of capacity.steps) if (step.outcome !== 'undelivered' && (step.phases?.length ?? 0) > 0) byLoad.set(step.users, step);
  const all = [...byLoad.values()].sort((a, b) => a.users - b.users);
  const steps = all.length <= MAX_ROWS ? all : Array.from({ length: MAX_ROWS }, (_, n) => all[Math.round((n * (all.length - 1)) / (MAX_ROWS - 1))]!);
  const rows = steps.map((step) => ({ name: t.phasesChart.row(f.whole(step.users)), medianMs: (phase: string) => step.phases?.find((one) => one.phase === phase)?.p50Ms }));
  return (
    <JoinStack
      title={t.phasesChart.title}
      how="phases"
      steps={Object.entries(PHASE_INKS).map(([step, ink]) => ({ step, name: named(t.phaseNames, step), ink }))}
      rows={rows}
      rowPx={34}
      told={rows.length - 1}
      summary={(longest) => (longest === undefined ? t.phasesChart.nothing : t.phasesChart.summary(longest.name, f.whole(steps[steps.length - 1]!.users)))}
    />
  );
}
