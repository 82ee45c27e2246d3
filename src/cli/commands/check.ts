import type { Argv } from 'yargs';
import { checkScenario, type Problem } from '../../scenario/check.js';
import { renderProblem } from '../../scenario/render-problem.js';
import type { Command } from '../command.js';
import { readScenarioText } from '../load-scenario.js';

export interface CheckArgs {
  readonly files: readonly string[];
  readonly json: boolean;
}

export const command: Command<CheckArgs> = {
  usage: 'check <files..>',
  describe: 'Reads scenario files and lists every problem at once: file, line, column, excerpt and what to do.',
  examples: [
    { line: 'firstbell check scenarios/smoke.yaml', about: 'Check one file' },
    { line: 'firstbell check scenarios/*.yaml --json', about: 'Problems as JSON, for scripts' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Scenario files' })
      .option('json', { type: 'boolean', default: false, describe: 'Print { "problems": [...] } on stdout' }),
  run: async (args, io) => {
    const all: (Problem & { file: string })[] = [];
    for (const file of args.files) {
      const text = await readScenarioText(io, file);
      const checked = checkScenario(text, file);
      if (checked.ok) {
        if (!args.json) io.out(`${file}: ok\n`);
        continue;
      }
      all.push(...checked.problems.map((problem) => ({ ...problem, file })));
      if (!args.json) for (const problem of checked.problems) io.out(`${renderProblem(problem, text, file)}\n`);
    }
    if (args.json) io.out(`${JSON.stringify({ problems: all })}\n`);
    else if (all.length > 0) io.err(`${all.length} ${all.length === 1 ? 'problem' : 'problems'}\n`);
    return all.length === 0 ? 0 : 2;
  },
};
