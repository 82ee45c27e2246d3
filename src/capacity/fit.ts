/** A step in figures: what users waited (ms) with so many of them on a server. */
export interface LoadPoint {
  readonly users: number;
  readonly waitMs: number;
  /** Which server, in which step (from 1). */
  readonly server?: string | undefined;
  readonly step?: number | undefined;
}

/**
 * usl: the Universal Scalability Law (Gunther 1993) in its form for response times, R(n) = R1·(1 + σ(n−1) + κn(n−1)): contention σ, coherency κ.
 * linear: R(n) = a + b·n, every user costs the server the same.
 */
export interface Fit {
  readonly model: 'usl' | 'linear';
  /** usl: `r1Ms`, `sigma`, `kappa`, or without R1 `contentionMs` (R1·σ) and `coherencyMs` (R1·κ); linear: `baseMs`, `perUserMs`. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Measured minus fitted. */
  readonly points: readonly (LoadPoint & { readonly fittedMs: number; readonly residualMs: number })[];
  /** Root of the mean square of the residuals. */
  readonly rmsMs: number;
  /** Largest number of users per server that was measured; beyond it the fit is a guess. */
  readonly measuredTo: number;
}

type Row = readonly number[];

/** Both fits, or those that have enough different loads: one more than they have parameters. */
export function fitBoth(points: readonly LoadPoint[]): readonly Fit[] {
  const loads = new Set(points.map(({ users }) => users)).size;
  return [...(loads >= 4 ? [fitUsl(points)] : []), ...(loads >= 3 ? [fitLinear(points)] : [])];
}

/**
 * In this form the law is linear in R1, R1·σ and R1·κ, so least squares have an exact answer and need no iteration; none of the three
 * can be below 0, and with three of them every choice of those that are 0 can be tried. Waits that grow late and steeply are best fitted by R1 = 0:
 * σ and κ have no value then, the products have.
 */
export function fitUsl(points: readonly LoadPoint[]): Fit {
  const [r1, contention, coherency] = leastSquares(points.map(({ users: n }) => [1, n - 1, n * (n - 1)]), points.map(({ waitMs }) => waitMs));
  const r1Ms = r1!;
  return fitOf('usl', r1Ms > 0 ? { r1Ms, sigma: contention! / r1Ms, kappa: coherency! / r1Ms } : { r1Ms, contentionMs: contention!, coherencyMs: coherency! }, points);
}

export function fitLinear(points: readonly LoadPoint[]): Fit {
  const [baseMs, perUserMs] = leastSquares(points.map(({ users }) => [1, users]), points.map(({ waitMs }) => waitMs));
  return fitOf('linear', { baseMs: baseMs!, perUserMs: perUserMs! }, points);
}

/** What a fit says of a load, and whether nothing so large was measured. */
export function predict(fit: Fit, users: number): { readonly waitMs: number; readonly extrapolated: boolean } {
  return { waitMs: waitOf(fit, users), extrapolated: users > fit.measuredTo };
}

function waitOf({ model, parameters }: Pick<Fit, 'model' | 'parameters'>, users: number): number {
  const { baseMs = 0, perUserMs = 0, r1Ms = 0, sigma = 0, kappa = 0, contentionMs = r1Ms * sigma, coherencyMs = r1Ms * kappa } = parameters;
  return model === 'usl' ? r1Ms + contentionMs * (users - 1) + coherencyMs * users * (users - 1) : baseMs + perUserMs * users;
}

/** What a fit predicts is what its residuals are taken from: both come from the parameters that are shown. */
function fitOf(model: Fit['model'], parameters: Fit['parameters'], points: readonly LoadPoint[]): Fit {
  const fitted = points.map((point) => {
    const fittedMs = waitOf({ model, parameters }, point.users);
    return { ...point, fittedMs, residualMs: point.waitMs - fittedMs };
  });
  const rmsMs = Math.sqrt(fitted.reduce((sum, { residualMs }) => sum + residualMs ** 2, 0) / fitted.length);
  return { model, parameters, points: fitted, rmsMs, measuredTo: points.reduce((most, { users }) => Math.max(most, users), 0) };
}

/** Least squares with no coefficient below 0: the best of all choices of columns whose own answer has none below 0. */
function leastSquares(rows: readonly Row[], wanted: readonly number[]): readonly number[] {
  const width = rows[0]?.length ?? 0;
  let best: { readonly error: number; readonly answer: readonly number[] } = { error: Infinity, answer: new Array<number>(width).fill(0) };
  for (let chosen = 1; chosen < 1 << width; chosen++) {
    const columns = Array.from({ length: width }, (_, column) => column).filter((column) => (chosen >> column) & 1);
    const solved = solve(rows.map((row) => columns.map((column) => row[column]!)), wanted);
    if (!solved || solved.some((value) => value < 0)) continue;
    const answer = Array.from({ length: width }, (_, column) => solved[columns.indexOf(column)] ?? 0);
    const error = rows.reduce((sum, row, index) => sum + (wanted[index]! - row.reduce((total, value, column) => total + value * answer[column]!, 0)) ** 2, 0);
    if (error < best.error) best = { error, answer };
  }
  return best.answer;
}

/** Normal equations, columns brought to length 1 first, by Gauss and Jordan with pivots; undefined: columns depend on each other. */
function solve(rows: readonly Row[], wanted: readonly number[]): readonly number[] | undefined {
  const width = rows[0]!.length;
  const lengths = Array.from({ length: width }, (_, column) => Math.hypot(...rows.map((row) => row[column]!)) || 1);
  const scaled = rows.map((row) => row.map((value, column) => value / lengths[column]!));
  const matrix = lengths.map((_, i) => [...lengths.map((__, j) => scaled.reduce((sum, row) => sum + row[i]! * row[j]!, 0)), scaled.reduce((sum, row, index) => sum + row[i]! * wanted[index]!, 0)]);
  for (let at = 0; at < width; at++) {
    let pivot = at;
    for (let row = at + 1; row < width; row++) if (Math.abs(matrix[row]![at]!) > Math.abs(matrix[pivot]![at]!)) pivot = row;
    if (Math.abs(matrix[pivot]![at]!) < 1e-12) return undefined;
    [matrix[at], matrix[pivot]] = [matrix[pivot]!, matrix[at]!];
    for (let row = 0; row < width; row++) {
      if (row === at) continue;
      const factor = matrix[row]![at]! / matrix[at]![at]!;
      for (let column = at; column <= width; column++) matrix[row]![column]! -= factor * matrix[at]![column]!;
    }
  }
  return matrix.map((row, at) => row[width]! / row[at]! / lengths[at]!);
}
