import type { Argv } from 'yargs';
import { scenarioJsonSchema } from '../../scenario/json-schema.js';
import type { Command } from '../command.js';

export const command: Command<object> = {
  usage: 'schema',
  describe: 'Prints the JSON Schema of scenario files. Editors with a YAML language server complete and check with it.',
  examples: [
    { line: 'firstbell schema', about: 'Print it' },
    { line: 'firstbell schema > firstbell.schema.json', about: 'Save it, then put `# yaml-language-server: $schema=./firstbell.schema.json` on top of a scenario' },
  ],
  options: (yargs: Argv) => yargs,
  run: async (_args, io) => {
    io.out(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    return 0;
  },
};
