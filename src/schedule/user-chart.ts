import { plot } from 'asciichart';
import { plain, type Paint } from '../scenario/paint.js';
import type { Plan } from './plan.js';
import { userCurve } from './present.js';
import { ticks, timeLabel } from './time-label.js';

const ROWS = 12;

/**
 * Users over time as lines of text: a curve, its scale and a time axis, `width` characters wide. With `asked`, the users that were asked
 * for at an instant, these stand as dots wherever the curve does not run.
 */
export function userChart(plan: Plan, width: number, colour: Paint = plain, asked?: (atMs: number) => number): readonly string[] {
  const peak = userCurve(plan, 2)[0]!.most;
  const { top, rows, step } = scale(Math.max(1, peak));
  const labelWidth = whole(top).length + 1;
  // Two columns are left over for the end of the last label.
  const columns = Math.max(20, width - labelWidth - 4);
  const series = userCurve(plan, columns + 1).map(({ most }) => most);
  const label = (value: number): string => (Number.isInteger(Math.round(value * 1_000) / 1_000 / step) ? whole(value) : '').padStart(labelWidth);
  // Offset 2: one cell holds the label, one the axis.
  const curve = plot(series, { height: rows, min: 0, max: top, offset: 2, format: label });
  const drawn = asked ? withDots(curve.split('\n'), Array.from({ length: columns }, (_, column) => asked((plan.durationMs * (column + 0.5)) / columns)), { top, rows, from: labelWidth + 1 }) : curve.split('\n');
  const lines = drawn.map((line) => `${colour(line.slice(0, labelWidth + 1), 'quiet')}${colour(line.slice(labelWidth + 1).trimEnd(), 'accent')}`);
  return [...lines, ...axis(plan, columns, labelWidth).map((line) => colour(line, 'quiet'))];
}

/** A dot for each value where the cell is free. */
function withDots(lines: readonly string[], values: readonly number[], { top, rows, from }: { readonly top: number; readonly rows: number; readonly from: number }): readonly string[] {
  const cells = lines.map((line) => [...line]);
  values.forEach((value, column) => {
    const row = cells[Math.round(((top - Math.min(top, Math.max(0, value))) / top) * rows)];
    if (!row) return;
    while (row.length <= from + column) row.push(' ');
    if (row[from + column] === ' ') row[from + column] = '·';
  });
  return cells.map((row) => row.join(''));
}

interface Scale {
  readonly top: number;
  /** Between the lowest and the highest line of the chart. */
  readonly rows: number;
  /** Between two labels. */
  readonly step: number;
}

/** 1, 2 or 5 times a power of ten a row, so that `peak` fits; few users get several rows each. */
function scale(peak: number): Scale {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const step = digit * power;
      const steps = Math.ceil(peak / step);
      if (steps <= ROWS) return { top: steps * step, rows: steps * Math.max(1, Math.floor(ROWS / 1.5 / steps)), step };
    }
  }
}

function axis(plan: Plan, columns: number, labelWidth: number): readonly string[] {
  const line = Array.from({ length: columns }, () => '─');
  const labels = Array.from({ length: columns + 8 }, () => ' ');
  let free = 0;
  for (const atMs of ticks(plan.durationMs, plan, columns)) {
    const column = Math.min(columns - 1, Math.round((atMs / Math.max(1, plan.durationMs)) * columns));
    const text = timeLabel(atMs, plan);
    const from = Math.min(Math.max(0, column - 2), columns + 2 - text.length);
    if (from < free) continue;
    line[column] = '┬';
    [...text].forEach((character, index) => (labels[from + index] = character));
    free = from + text.length + 1;
  }
  const indent = ' '.repeat(labelWidth);
  return [`${indent}└${line.join('')}`, `${indent} ${labels.join('').trimEnd()}`];
}

/** 6000 → 6,000. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
