import { stackedRows } from '../charts/bar-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { joinParts, longestPart, type StepMedians } from '../join-parts.js';
import { useLang } from './lang.js';
import { NARROW, WIDE } from './load.js';
import { Figure } from './parts.js';

export interface JoinStackProps {
  readonly title: string;
  readonly how: string;
  /** The steps that follow each other. */
  readonly steps: readonly { readonly step: string; readonly name: string; readonly ink: Ink }[];
  /** `without`: steps that these users do not go through, so that nothing of theirs is missing. */
  readonly rows: readonly { readonly name: string; readonly medianMs: StepMedians; readonly without?: readonly string[] }[];
  readonly rowPx: number;
  /** Index of the row that the summary speaks of. */
  readonly told: number;
  readonly summary: (longest: { readonly name: string; readonly took: string } | undefined) => string;
}

/** Steps of joining, one after the other, row by row. What was not measured is not drawn, and said: in the summary by name, in the row by number. */
export function JoinStack({ title, how, steps, rows, rowPx, told, summary }: JoinStackProps) {
  const { f, t } = useLang();
  const parts = rows.map(({ medianMs }) => joinParts(steps.map(({ step }) => step), medianMs));
  const drawn = steps.filter(({ step }) => parts.some((row) => row.get(step) !== undefined));
  const isMissing = (step: string, row: number): boolean => parts[row]!.get(step) === undefined && rows[row]!.without?.includes(step) !== true;
  const missing = steps.flatMap(({ step, name }) => {
    const unmeasured = rows.filter((_, row) => isMissing(step, row)).map((row) => row.name);
    return unmeasured.length === 0 ? [] : [{ step: name, rows: unmeasured.length === rows.length ? [] : unmeasured }];
  });
  const names = rows.map(({ name }, row) => {
    const unmeasured = drawn.filter(({ step }) => isMissing(step, row)).length;
    return unmeasured === 0 ? name : `${name}\n${t.stepsUnmeasured(unmeasured)}`;
  });
  const longest = parts[told] && longestPart(parts[told]);
  const said = summary(longest && { name: steps.find(({ step }) => step === longest.step)?.name ?? longest.step, took: f.duration(longest.tookMs) });
  const stack = drawn.map(({ step, name, ink }) => ({ name, ink, values: parts.map((row) => row.get(step)) }));
  const draw = (id: string, width: number): string | undefined => (drawn.length === 0 ? undefined : stackedRows(id, names, stack, (value) => f.duration(value), { width, height: rows.length * rowPx + 34 }));
  return (
    <Figure
      id="phases"
      title={title}
      how={how}
      summary={drawn.length === 0 || missing.length === 0 ? said : `${said} ${t.unmeasured(missing)}`}
      legend={drawn.map(({ name, ink }) => ({ label: name, ink }))}
      svg={draw('phases-w', WIDE.width)}
      narrow={draw('phases-n', NARROW.width)}
    />
  );
}
