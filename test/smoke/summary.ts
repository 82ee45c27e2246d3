import { PARTS, readNote, type CheckState, type PartId } from './parts.js';

export type PartState = CheckState | 'not looked at';

export interface PartResult {
  readonly part: PartId;
  readonly title: string;
  readonly state: PartState;
  /** What was found, one line each: failures for a broken part, reasons for one that is not offered. */
  readonly found: readonly string[];
  readonly look: string;
}

/** `summary.json` of a run of the smoke suite. */
export interface SmokeSummary {
  readonly schema: 1;
  /** Host and port of the target. */
  readonly target: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly tests: { readonly passed: number; readonly failed: number; readonly skipped: number };
  readonly parts: readonly PartResult[];
  /** Failures that name no part: of the suite itself. */
  readonly unexplained: readonly string[];
}

/** What a test leaves for the summary. */
export interface TestOutcome {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly annotations: readonly { readonly type: string; readonly description?: string }[];
  readonly message: string | undefined;
}

/** The worse wins: a part that is fine in one test and broken in another is broken. */
const WORST_FIRST: readonly CheckState[] = ['broken', 'changed', 'ok', 'not offered'];

/** Folds tests into parts. Pure. */
export function summarise(tests: readonly TestOutcome[], { target, durationMs, interrupted }: { readonly target: string; readonly durationMs: number; readonly interrupted: boolean }): SmokeSummary {
  const notes = tests.flatMap(({ annotations }) => annotations.map(readNote)).filter((note) => note !== undefined);
  const parts = (Object.keys(PARTS) as PartId[]).flatMap((part): PartResult[] => {
    const own = notes.filter((note) => note.part === part);
    const state: PartState = WORST_FIRST.find((one) => own.some((note) => note.state === one)) ?? 'not looked at';
    // The machine is no part of the target: it is named only when it failed.
    if (part === 'suite' && state !== 'broken') return [];
    const found = state === 'ok' ? [] : [...new Set(own.filter((note) => note.state === state).map(({ what }) => what))];
    return [{ part, title: PARTS[part].title, state, found, look: PARTS[part].look }];
  });
  const count = (outcome: TestOutcome['outcome']): number => tests.filter((test) => test.outcome === outcome).length;
  const unexplained = tests.filter(({ outcome, annotations }) => outcome === 'failed' && !annotations.some((one) => readNote(one)?.state === 'broken')).map(({ title, message = 'no message' }) => `${title}: ${message.split('\n')[0]!.slice(0, 300)}`);
  return { schema: 1, target, ok: !interrupted && count('failed') === 0, durationMs, tests: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }, parts, unexplained };
}

const MAX_LINES = 3;
const STATE_WIDTH = 'not looked at'.length + 2;

/** The table at the end of a run, for a terminal or a log. */
export function renderSummary(summary: SmokeSummary): string {
  const { target, ok, durationMs, tests, parts, unexplained } = summary;
  const width = Math.max(...parts.map(({ title }) => title.length));
  const indent = ' '.repeat(width + 4 + STATE_WIDTH);
  const lines = [`Smoke of ${target}: ${ok ? 'fine' : 'BROKEN'}  (${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped, ${Math.round(durationMs / 1_000)} s)`, ''];
  const broken = parts.find(({ state }) => state === 'broken');
  for (const { title, state, found, look } of parts) {
    const shown = state === 'ok' ? '' : state === 'not looked at' ? ('') : found[0]!;
    lines.push(`  ${title.padEnd(width)}  ${(state === 'broken' ? 'BROKEN' : state).padEnd(STATE_WIDTH)}${shown}`.trimEnd());
    if (state !== 'broken' && state !== 'changed') continue;
    for (const more of found.slice(1, MAX_LINES)) lines.push(`${indent}${more}`);
    if (found.length > MAX_LINES) lines.push(`${indent}… and ${found.length - MAX_LINES} more like these`);
    lines.push(`${indent}look at: ${look}`);
  }
  for (const one of unexplained) lines.push('', `  A failure of the suite itself, please report it: ${one}`);
  if (broken) lines.push('', `  Begin with ${broken.title}: what stands above it in this table works or was not reached, what stands below may only follow from it.`);
  return `${lines.join('\n')}\n`;
}
