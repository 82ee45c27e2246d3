import type { Argv } from 'yargs';
import { planScenario } from '../../schedule/plan-scenario.js';
import { renderPlan } from '../../schedule/render-plan.js';
import type { Command } from '../command.js';
import { loadScenario } from '../load-scenario.js';

export interface PlanArgs {
  readonly scenario: string;
  readonly json: boolean;
}

export const command: Command<PlanArgs> = {
  usage: 'plan <scenario>',
  describe: 'Shows what a scenario would do: users over time, meetings, streams and Mbit/s per server, machines needed, and every known limit it would hit. Opens no connection.',
  examples: [
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml', about: 'A school morning of 6,000 users on ten servers' },
    { line: 'firstbell plan scenarios/first-bell-demo.yaml --json', about: 'The whole plan as JSON: every user, every due time' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON' }),
  run: async (args, io) => {
    const loaded = await loadScenario(io, args.scenario, args.json);
    if (!loaded) return 2;
    const plan = planScenario(loaded.scenario);
    io.out(args.json ? `${JSON.stringify(plan)}\n` : `${renderPlan(plan, { width: Math.min(io.columns, 100) })}\n`);
    return 0;
  },
};
