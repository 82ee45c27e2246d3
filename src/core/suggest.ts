import { distance } from 'fastest-levenshtein';

/** Share of the longer word that may differ for it still to be the word that was meant. */
const MAX_DIFFERENCE = 0.4;

/** The candidate closest to `word` (Levenshtein, letter case ignored), for "did you mean"; undefined if none is close. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    const length = Math.max(word.length, candidate.length);
    // Two letters changed places: two edits, but an obvious slip even in a short word.
    const isClose = edits <= Math.max(1, Math.floor(length * MAX_DIFFERENCE)) || (edits === 2 && sorted(word) === sorted(candidate));
    if (isClose && edits < length && edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

function sorted(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}
