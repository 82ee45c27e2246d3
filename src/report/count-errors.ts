import type { RunEvent } from '../metrics/events.js';

export interface ErrorCount {
  readonly code: string;
  /** What was under way: a join phase, a step, `create` or `end` of a meeting; `meeting` for users that lost it. */
  readonly phase: string;
  readonly count: number;
  /** Of the first of them, in its own words; absent: it had none. */
  readonly message?: string;
}

/** One failure: `errors[]` of the summary counts these, the report also says when and in whose words. */
export interface Failure {
  readonly atMs: number;
  readonly code: string;
  readonly phase: string;
  readonly message: string;
  /** Undefined: a meeting failed, not a user. */
  readonly seq: number | undefined;
  /** Path inside the run folder. */
  readonly screenshot: string | undefined;
}

/** Users that left as planned, or were ended with the run, did not fail. */
export function failuresIn(events: readonly RunEvent[]): readonly Failure[] {
  return events.flatMap((event): Failure[] => {
    switch (event.type) {
      case 'user-ended': {
        if (event.outcome !== 'failed' && event.outcome !== 'lost') return [];
        const phase = event.phase ?? (event.outcome === 'lost' ? 'meeting' : 'join');
        return [{ atMs: event.atMs, code: event.code ?? 'INTERNAL', phase, message: event.message ?? '', seq: event.seq, screenshot: event.screenshot }];
      }
      case 'step-failed':
        return [{ atMs: event.atMs, code: event.code, phase: event.step, message: event.message, seq: event.seq, screenshot: event.screenshot }];
      case 'meeting-failed':
        return [{ atMs: event.atMs, code: event.code, phase: 'create', message: event.message, seq: undefined, screenshot: undefined }];
      case 'meeting-left-open':
        return [{ atMs: event.atMs, code: event.code, phase: 'end', message: event.message, seq: undefined, screenshot: undefined }];
      default:
        return [];
    }
  });
}

/** Most frequent first; equal counts by code, then phase. */
export function countErrors(failures: readonly Failure[]): readonly ErrorCount[] {
  const counts = new Map<string, ErrorCount>();
  for (const { code, phase, message: words } of failures) {
    const key = `${code} ${phase}`;
    const before = counts.get(key);
    const message = before?.message ?? words;
    counts.set(key, { code, phase, count: (before?.count ?? 0) + 1, ...(message === '' ? {} : { message }) });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || compare(a.code, b.code) || compare(a.phase, b.phase));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
