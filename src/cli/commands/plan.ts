import type { Argv } from 'yargs';
import { planScenario } from '../../schedule/plan-scenario.js';
import { DEFAULT_COSTS, generatorsNeeded, priceOf, type GeneratorCosts } from '../../schedule/generators.js';
import type { Plan } from '../../schedule/plan.js';
import { renderPlan } from '../../schedule/render-plan.js';
import { calibratedCosts } from '../../schedule/calibration.js';
import { readCalibration } from '../calibration-file.js';
import type { Command } from '../command.js';
import { loadScenario } from '../load-scenario.js';
import { machineSize, type MachineSize } from '../machine-size.js';
import { decimal, oneText } from '../options.js';

export interface PlanArgs {
  readonly scenario: string;
  readonly json: boolean;
  readonly price: number | undefined;
  readonly calibration: string | undefined;
  readonly machine: MachineSize | undefined;
}

export const command: Command<PlanArgs> = {
  usage: 'plan <scenario>',
  describe: 'Shows what a scenario would do: users over time, meetings, streams and Mbit/s per server, machines needed, and every known limit it would hit. Opens no connection.',
  examples: [
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml', about: 'A school morning of 6,000 users on ten servers' },
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml --price 0.5', about: 'And roughly what an hour on the machines needed costs, at 0.50 each' },
    { line: 'firstbell plan scenarios/darmstadt-morning.yaml --machine 16c,32GB,10000Mbps', about: 'How many machines of that size it takes' },
    { line: 'firstbell plan scenarios/first-bell-demo.yaml --json', about: 'The whole plan as JSON: every user, every due time, and the machines needed' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', demandOption: true, describe: 'Scenario file' })
      .option('price', { coerce: decimal('price', 0, 1_000_000), describe: 'What one machine costs an hour, in any currency' })
      .option('machine', { coerce: machineSize, describe: 'Size of the machines that are to be had, as 16c,32GB,10000Mbps; what it leaves out is as calibrated, else 8 cores, 16 GB, 1,000 Mbit/s' })
      .option('calibration', { coerce: oneText, describe: 'What `firstbell calibrate` wrote on a machine like those that will be used; default: what it wrote on this one, if it ran' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON' }),
  run: async (args, io) => {
    const loaded = await loadScenario(io, args.scenario, args.json);
    if (!loaded) return 2;
    const plan = planScenario(loaded.scenario);
    const calibration = await readCalibration(io, args.calibration);
    const costs = calibration ? calibratedCosts(calibration) : DEFAULT_COSTS;
    if (args.json) {
      const machine = { ...costs.machine, ...args.machine };
      io.out(`${JSON.stringify({ ...plan, generators: generatorsOf(plan, { ...costs, machine }, args.price) })}\n`);
      return 0;
    }
    const text = renderPlan(plan, {
      width: Math.min(io.columns, 100),
      ...(calibration ? { calibrated: { costs, at: calibration.at, on: calibration.machine.name } } : {}),
      ...(args.machine ? { machine: args.machine } : {}),
      ...(args.price === undefined ? {} : { pricePerHour: args.price }),
    });
    io.out(`${text}\n`);
    return 0;
  },
};

/** What `--json` says of the machines that bring the users. */
function generatorsOf(plan: Plan, costs: GeneratorCosts, pricePerHour: number | undefined): object {
  const need = generatorsNeeded(plan, costs);
  return { machine: costs.machine, usable: costs.usable, ...need, ...(pricePerHour === undefined ? {} : { price: { perMachineHour: pricePerHour, ...priceOf(plan, need, pricePerHour) } }) };
}
