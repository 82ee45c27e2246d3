import type { Command } from './command.js';

export interface CommandEntry {
  readonly usage: string;
  readonly describe: string;
  readonly load: () => Promise<Command<never>>;
}

/** Every command; a command's file is read only when it is needed, so `firstbell check` does not load a browser driver. */
export const COMMANDS: readonly CommandEntry[] = [
  { usage: 'run [scenario]', describe: 'Run a scenario against a fleet, or against the bundled simulator', load: async () => (await import('./commands/run.js')).command },
  { usage: 'worker', describe: 'Bring a share of the users of runs on many machines', load: async () => (await import('./commands/worker.js')).command },
  { usage: 'capacity [scenario]', describe: 'Search for the number of users that a fleet holds', load: async () => (await import('./commands/capacity.js')).command },
  { usage: 'check <files..>', describe: 'Check scenario files; lists every problem with its position', load: async () => (await import('./commands/check.js')).command },
  { usage: 'plan <scenario>', describe: 'Show what a scenario would do, without opening a connection', load: async () => (await import('./commands/plan.js')).command },
  { usage: 'calibrate', describe: 'Find how many users of each kind this machine carries', load: async () => (await import('./commands/calibrate.js')).command },
  { usage: 'import <files..>', describe: 'Make a scenario of what a fleet has carried: Prometheus, CSV', load: async () => (await import('./commands/import.js')).command },
  { usage: 'schema', describe: 'Print the JSON Schema of scenario files, for editors', load: async () => (await import('./commands/schema.js')).command },
  { usage: 'sim', describe: 'Serve a simulated BigBlueButton fleet on this machine', load: async () => (await import('./commands/sim.js')).command },
  { usage: 'learn [scenario]', describe: 'Learn from a browser how the client of a target speaks', load: async () => (await import('./commands/learn.js')).command },
  { usage: 'wire-diff <before> <after>', describe: 'Say what changed on the wire, e.g. by an upgrade', load: async () => (await import('./commands/wire-diff.js')).command },
  { usage: 'report <dir>', describe: 'Make the report of a run folder again, also of a run that died', load: async () => (await import('./commands/report.js')).command },
  { usage: 'compare <before> <after>', describe: 'Say what changed between two runs, e.g. by an upgrade', load: async () => (await import('./commands/compare.js')).command },
  { usage: 'baseline <run>', describe: 'Keep what a comparison needs of a run in one file', load: async () => (await import('./commands/baseline.js')).command },
  { usage: 'history [runs..]', describe: 'Make a page of many runs, from the first to the last', load: async () => (await import('./commands/history.js')).command },
  { usage: 'cleanup [dirs..]', describe: 'End meetings that a run has left behind', load: async () => (await import('./commands/cleanup.js')).command },
  { usage: 'doctor [scenario]', describe: 'Say whether this machine and a target are fit for a run', load: async () => (await import('./commands/doctor.js')).command },
];
