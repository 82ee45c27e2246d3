import type { Argv } from 'yargs';
import { planScenario } from '../../schedule/plan-scenario.js';
import { renderPlan } from '../../schedule/render-plan.js';
import { calibratedCosts } from '../../schedule/calibration.js';
import { readCalibration } from '../calibration-file.js';
import type { Command } from '../command.js';
import { loadScenario } from '../load-scenario.js';
import { decimal, oneText } from '../options.js';

export interface PlanArgs {
  readonly scenario: string;
  readonly json: boolean;
  readonly price: number | undefined;
  readonly calibration: string | undefined;
}

export const command: Command<PlanArgs> = {
  usage: 'plan <scenario>',
  describe: 'Shows what a scenario would do: users over time, meetings, streams and Mbit/s per server, machines needed, and every known limit it would hit. Opens no connection.',
  examples: [
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml', about: 'A school morning of 6,000 users on ten servers' },
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml --price 0.5', about: 'And roughly what an hour on the machines needed costs, at 0.50 each' },
    { line: 'firstbell plan scenarios/first-bell-demo.yaml --json', about: 'The whole plan as JSON: every user, every due time' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file' })
      .option('price', { coerce: decimal('price', 0, 1_000_000), describe: 'What one machine costs an hour, in any currency' })
      .option('calibration', { coerce: oneText, describe: 'What `firstbell calibrate` wrote on a machine like those that will be used; default: what it wrote on this one, if it ran' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON' }),
  run: async (args, io) => {
    const loaded = await loadScenario(io, args.scenario, args.json);
    if (!loaded) return 2;
    const plan = planScenario(loaded.scenario);
    const calibration = args.json ? undefined : await readCalibration(io, args.calibration);
    io.out(args.json ? `${JSON.stringify(plan)}\n` : `${renderPlan(plan, {
            width: Math.min(io.columns, 100),
            ...(calibration ? { calibrated: { costs: calibratedCosts(calibration), at: calibration.at, on: calibration.machine.name } } : {}),
            ...(args.price === undefined ? {} : { pricePerHour: args.price }),
          })}\n`);
    return 0;
  },
};
