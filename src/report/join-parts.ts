/** Medians of when the steps of a join were done, ms from the due time; undefined: not measured. */
export type StepMedians = (step: string) => number | undefined;

/**
 * How long each step took by itself: its median less that of the step before it, 0 where it was done no later. Undefined: not measured; what it took is then
 * part of the next step that was. An approximation, as medians are of different users.
 */
export function joinParts(steps: readonly string[], medianMs: StepMedians): ReadonlyMap<string, number | undefined> {
  let doneMs = 0;
  return new Map(
    steps.map((step) => {
      const median = medianMs(step);
      if (median === undefined) return [step, undefined];
      const partMs = Math.max(0, median - doneMs);
      doneMs += partMs;
      return [step, partMs];
    }),
  );
}

/** The step that took longest by itself; undefined: none was measured. */
export function longestPart(parts: ReadonlyMap<string, number | undefined>): { readonly step: string; readonly tookMs: number } | undefined {
  let longest: { step: string; tookMs: number } | undefined;
  for (const [step, tookMs] of parts) if (tookMs !== undefined && tookMs > (longest?.tookMs ?? 0)) longest = { step, tookMs };
  return longest;
}
