/** A point of a curve; x grows. */
export interface XY {
  readonly x: number;
  readonly y: number;
}

/**
 * The points of a curve that matter: at most `most`, both ends among them, so that straight lines between them stay within `within` of
 * every other point, or as near as so many points allow. Each round takes the point furthest from the line above or below it
 * (Ramer, Douglas and Peucker, with the vertical distance, the worst stretch first).
 */
export function thinned(points: readonly XY[], most: number, within: number): readonly XY[] {
  if (points.length <= 2) return points;
  const kept = [0, points.length - 1];
  const stretches = [worstIn(points, 0, points.length - 1)];
  while (kept.length < most) {
    const index = stretches.reduce((best, { distance }, at) => (distance > stretches[best]!.distance ? at : best), 0);
    const { from, to, at, distance } = stretches[index]!;
    if (distance <= within) break;
    kept.push(at);
    stretches.splice(index, 1, worstIn(points, from, at), worstIn(points, at, to));
  }
  return kept.sort((a, b) => a - b).map((index) => points[index]!);
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The point furthest from the straight line, and how far it is. */
  readonly at: number;
  readonly distance: number;
}

function worstIn(points: readonly XY[], from: number, to: number): Stretch {
  const [a, b] = [points[from]!, points[to]!];
  let worst: Stretch = { from, to, at: from, distance: 0 };
  for (let at = from + 1; at < to; at++) {
    const { x, y } = points[at]!;
    const distance = Math.abs(y - (a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x)));
    if (distance > worst.distance) worst = { from, to, at, distance };
  }
  return worst;
}

/** Value of the straight lines through the points; 0 before the first and after the last. */
export function along(points: readonly XY[], x: number): number {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || x < first.x || x > last.x) return 0;
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]!.x <= x) low = middle;
    else high = middle;
  }
  const [a, b] = [points[low]!, points[high]!];
  return b.x === a.x ? b.y : a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
}
