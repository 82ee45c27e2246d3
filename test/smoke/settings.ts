import { HarnessError } from '../../src/core/errors.js';

/** What the set-up found out once, for every worker of the suite. */
export interface SmokeTarget {
  readonly url: string;
  readonly secret: string;
  /** Value of `meta_firstbell-run` on every meeting of this run. */
  readonly runId: string;
}

/** Handed from the set-up to the workers by their environment. */
const NAMES = { url: 'FIRSTBELL_SMOKE_URL', secret: 'FIRSTBELL_SMOKE_SECRET', runId: 'FIRSTBELL_SMOKE_RUN' } as const;
const DEFAULT_WAIT_S = 20;

export function handOver(target: SmokeTarget): void {
  for (const [field, name] of Object.entries(NAMES)) process.env[name] = target[field as keyof SmokeTarget];
}

export function handedOver(): SmokeTarget {
  const value = (name: string): string => {
    const text = process.env[name];
    if (text === undefined || text === '') throw new HarnessError('INTERNAL', `${name} is not set: the set-up of the suite did not run`);
    return text;
  };
  return { url: value(NAMES.url), secret: value(NAMES.secret), runId: value(NAMES.runId) };
}

/** Secrets that no report may show. */
export function secretsInUse(): readonly string[] {
  return [process.env[NAMES.secret], process.env['BBB_SECRET']].flatMap((text) => (text === undefined || text === '' ? [] : [text]));
}

/** Limit of any single wait, ms; SMOKE_WAIT_S for fleets that are slow for a reason. Throws USAGE. */
export function waitLimitMs(): number {
  const text = process.env['SMOKE_WAIT_S'];
  if (text === undefined || text === '') return DEFAULT_WAIT_S * 1_000;
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 300)) throw new HarnessError('USAGE', `SMOKE_WAIT_S takes seconds from 1 to 300, got "${text}"`);
  return seconds * 1_000;
}

/** Folder of everything that a run of the suite writes. */
export function outputFolder(): string {
  return process.env['SMOKE_OUTPUT'] || 'test-results/smoke';
}
