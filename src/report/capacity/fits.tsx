import type { CapacityFit } from '../../capacity/capacity.js';
import { predict } from '../../capacity/fit.js';
import { xyChart, type XyChart, type XyPoint } from '../charts/xy-chart.js';
import { NARROW, WIDE } from '../html/load.js';
import { DataTable, Figure, Section, type LegendEntry } from '../html/parts.js';
import { How } from './how.js';
import type { CapacityView } from './view.js';

const INKS = { usl: 'c2', linear: 'c4' } as const;
const DASHES = { usl: 'solid', linear: 'dashed' } as const;
const RESIDUAL_MARKS = { usl: 'circle', linear: 'triangle' } as const;
/** Enough for a curve to look like one. */
const CURVE_POINTS = 40;

export function Fits({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t } = view;
  const { fits } = capacity;
  const first = fits[0];
  if (first === undefined) {
    return (
      <Section id="models" title={t.fits.title} intro={t.fits.intro}>
        <p class="nothing">{t.fits.tooFew}</p>
      </Section>
    );
  }
  const { atRequired, measuredTo } = first;
  const farthest = Math.max(measuredTo, atRequired.users);
  const measured = first.points.map(({ users, waitMs }) => ({ x: users, y: waitMs }));
  const chart: XyChart = {
    x: { title: t.fits.x, format: f.whole, whole: true, atLeast: farthest },
    y: { format: (value) => f.duration(value) },
    points: [{ at: measured, ink: 'c1', mark: 'circle' }],
    lines: fits.flatMap((fit) => [
      { at: curve(fit, 1, measuredTo), ink: INKS[fit.model], dash: DASHES[fit.model] },
      // Beyond what was measured the line is thin and dotted: a guess must not look like a measurement.
      ...(atRequired.users > measuredTo ? [{ at: curve(fit, measuredTo, atRequired.users), ink: INKS[fit.model], dash: 'dotted' as const, width: 1.5 }] : []),
    ]),
    rules: [{ axis: 'x', at: atRequired.users, label: t.fits.requiredMark, ink: 'muted' }],
  };
  const legend: readonly LegendEntry[] = [
    { label: t.fits.measured, ink: 'c1', mark: 'circle' },
    ...fits.map(({ model }) => ({ label: t.fits[model], ink: INKS[model], dash: DASHES[model] })),
    ...(atRequired.users > measuredTo ? [{ label: t.fits.extrapolated, ink: 'c5' as const, dash: 'dotted' as const }] : []),
  ];
  const summary = t.fits.chartSummary(f.whole(measuredTo), f.whole(atRequired.users), atRequired.extrapolated);
  return (
    <Section id="models" title={t.fits.title} intro={t.fits.intro}>
      <Figure id="fits" title={t.fits.chart} how="fit" summary={summary} legend={legend} svg={xyChart('fits-w', chart, WIDE)} narrow={xyChart('fits-n', chart, NARROW)} />
      <Residuals view={view} />
      <DataTable
        caption={t.fits.title}
        quiet
        columns={t.fits.columns.map((title, column) => ({ title, how: column === 0 ? undefined : 'fit', figure: column > 1 }))}
        rows={fits.map((fit) => [
          t.fits[fit.model],
          parameters(view, fit),
          f.duration(fit.rmsMs),
          f.whole(fit.measuredTo),
          f.whole(fit.atRequired.users),
          <How to="fit">{t.fits.says(f.duration(fit.atRequired.waitMs), fit.atRequired.extrapolated)}</How>,
        ])}
      />
    </Section>
  );
}

function Residuals({ view: { capacity, f, t } }: { readonly view: CapacityView }) {
  const { fits } = capacity;
  const chart: XyChart = {
    x: { title: t.fits.x, format: f.whole, whole: true },
    y: { format: (value) => f.duration(value), signed: true },
    points: fits.map(({ model, points }) => ({ at: points.map(({ users, residualMs }) => ({ x: users, y: residualMs })), ink: INKS[model], mark: RESIDUAL_MARKS[model] })),
    rules: [{ axis: 'y', at: 0, label: '', ink: 'muted' }],
  };
  const rms = (model: CapacityFit['model']): string | undefined => {
    const fit = fits.find((one) => one.model === model);
    return fit && f.duration(fit.rmsMs);
  };
  const size = { ...WIDE, height: 220 };
  return (
    <Figure
      id="residuals"
      title={t.fits.residuals}
      how="fit"
      summary={t.fits.residualsSummary(rms('usl'), rms('linear'))}
      legend={fits.map(({ model }) => ({ label: t.fits[model], ink: INKS[model], mark: RESIDUAL_MARKS[model] }))}
      svg={xyChart('residuals-w', chart, size)}
      narrow={xyChart('residuals-n', chart, { ...NARROW, height: 220 })}
    />
  );
}

function curve(fit: CapacityFit, from: number, to: number): readonly XyPoint[] {
  return Array.from({ length: CURVE_POINTS + 1 }, (_, n) => {
    const users = from + ((to - from) * n) / CURVE_POINTS;
    return { x: users, y: predict(fit, users).waitMs };
  });
}

function parameters({ f, t }: CapacityView, { model, parameters: p }: CapacityFit): string {
  const { r1Ms = 0, sigma = 0, kappa = 0, contentionMs, coherencyMs, baseMs = 0, perUserMs = 0 } = p;
  const ms = (value: number): string => (value >= 1 ? f.duration(value) : `${small(f, value)}\u00A0ms`);
  if (model === 'linear') return t.fits.parameters.linear(f.duration(baseMs), ms(perUserMs));
  if (contentionMs !== undefined && coherencyMs !== undefined) return t.fits.parameters.withoutR1(ms(contentionMs), ms(coherencyMs));
  return t.fits.parameters.usl(f.duration(r1Ms), small(f, sigma), small(f, kappa));
}

/** κ is mostly far below 0.001: `1.2 · 10⁻⁵`, with the decimal mark of the language. */
function small(f: CapacityView['f'], value: number): string {
  if (value === 0 || Math.abs(value) >= 0.001) return f.number(value, 4);
  const [digits = '', exponent = ''] = value.toExponential(1).split('e');
  return `${f.number(Number(digits), 1, 1)}\u00A0·\u00A010${[...exponent].map((sign) => SUPERSCRIPTS[sign] ?? '').join('')}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = { '-': '⁻', '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴', '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹' };
