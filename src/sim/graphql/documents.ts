import jsonPatch, { type Operation } from 'fast-json-patch';
import type { RootValue } from './evaluate.js';
import type { ParsedOperation } from './parse.js';

/** What a subscription shows, shared by members to whom it is the same. */
export interface Result {
  readonly value: RootValue;
  readonly json: string;
  /** Patches that lead to it, by the document before; weak, or every document would keep all before it. */
  readonly patches: WeakMap<Result, string>;
}

/** What was computed in one round of pushes for all members alike: by operation (one object for each text), and by variables. */
export type Shared = Map<ParsedOperation, Map<string, Result>>;

const PATCH_MIN_CHARS = 250;

/** A JSON patch from the document before, under the middleware's rules (more than 250 characters, less than half the size); undefined: all of it is sent. */
export function patchTo(next: Result, last: Result): string | undefined {
  if (next.json.length <= PATCH_MIN_CHARS) return undefined;
  // Members who have the same document get the same patch.
  let patch = next.patches.get(last);
  if (patch === undefined) next.patches.set(last, (patch = JSON.stringify(patchBetween(last.value, next.value))));
  return patch.length < next.json.length / 2 ? patch : undefined;
}

/** Replacements stand in the order of their paths, as recorded; others would not lead to the same in another order. */
function patchBetween(last: RootValue, next: RootValue): Operation[] {
  const patch = jsonPatch.compare(last, next);
  return patch.every(({ op }) => op === 'replace') ? patch.sort((a, b) => (a.path < b.path ? -1 : 1)) : patch;
}
