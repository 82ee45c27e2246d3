import type { RunEvent, RunMeta } from '../metrics/events.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';

/** Everything that a run folder holds about a run, read and checked. */
export interface RunData {
  readonly meta: RunMeta;
  /** The scenario as run; empty when the file is gone (nothing but the report's appendix depends on it). */
  readonly scenarioText: string;
  readonly plan: Plan;
  /** In the order in which they were written. */
  readonly events: readonly RunEvent[];
  /** One per (worker, interval), sorted by interval, then worker. */
  readonly snapshots: readonly Snapshot[];
  /** Lines that could not be used: torn by a kill, too long, or of another form. */
  readonly unreadableLines: number;
}

/** Names inside a run folder (docs/files.md). */
export const RUN_FILES = {
  meta: 'run.json',
  scenario: 'scenario.yaml',
  plan: 'plan.json',
  events: 'events.jsonl',
  snapshots: 'snapshots.jsonl',
  fleet: 'fleet.jsonl',
  ledger: 'ledger.jsonl',
  owner: 'owner.json',
  wire: 'wire-profile.json',
  summary: 'summary.json',
  html: 'report.html',
  junit: 'junit.xml',
  text: 'report.txt',
  markdown: 'report.md',
  pdf: 'report.pdf',
  metricsCsv: 'metrics.csv',
  intervalsCsv: 'intervals.csv',
  evidence: 'evidence',
  hooks: 'hooks',
} as const;
