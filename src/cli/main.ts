import yargs, { type Argv } from 'yargs';
import { HarnessError, codeOf, exitCodeOf, messageOf } from '../core/errors.js';
import { ownLimit } from '../core/own-limits.js';
import { packageVersion } from '../core/paths.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { processIo, secretVariables, type Io } from './io.js';
import { errorAsJson, firstError, renderError } from './render-error.js';

const EXIT_CODES = `Exit codes: 0 all held · 1 a bug in Firstbell · 2 wrong use or invalid scenario · 3 a threshold not held
            4 could not run · 5 load not delivered, no verdict · 130 interrupted`;

/** Entry of `bin/firstbell.js`: the only place that prints errors and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await runCli(argv, processIo());
  // Sockets that are still closing may take a moment. Ctrl-C then ends it with what was found, not with the signal, which would hide it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit());
}

/** Runs one command line in memory and resolves with its exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const debug = argv.includes('--debug');
  const json = argv.includes('--json');
  const secrets = secretsIn(io.env);
  for (const name of secretVariables(io.env)) io.hide(name);
  try {
    return await parse(argv, io);
  } catch (thrown) {
    const error = ownLimit('Firstbell', firstError(thrown)) ?? usageError(null, thrown);
    if (json) io.out(`${errorAsJson(error, secrets)}\n`);
    io.err(renderError(error, { debug, secrets, colour: io.errIsTty && io.env['NO_COLOR'] === undefined }));
    return exitCodeOf(codeOf(firstError(error)));
  }
}

async function parse(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  let help: string | undefined;
  let cli: Argv = yargs([...argv])
    .scriptName('firstbell')
    .usage('$0 <command>\n\nRehearse the first bell: load tests for BigBlueButton fleets.')
    .parserConfiguration({ 'parse-numbers': false, 'parse-positional-numbers': false })
    .option('debug', { type: 'boolean', default: false, global: true, describe: 'Print stacks and causes of errors' })
    .version(packageVersion())
    .help()
    .alias('h', 'help')
    .strict()
    .exitProcess(false)
    .demandCommand(1, 1, 'Say what to do, e.g. `firstbell run scenarios/first-bell-demo.yaml`.', 'One command at a time.')
    .epilogue(EXIT_CODES)
    .wrap(Math.min(100, io.columns))
    .fail((message, error) => {
      throw usageError(message, error);
    });
  for (const { usage, describe, load } of COMMANDS) {
    cli = cli.command(
      usage,
      describe,
      async (sub: Argv) => {
        const command: Command<unknown> = await load();
        let built = command.options(sub) as Argv;
        for (const example of command.examples) built = built.example(example.line.replace(/^firstbell/, '$0'), example.about);
        return built.usage(`$0 ${usage}\n\n${command.describe}`);
      },
      async (args) => {
        exitCode = await (await load()).run(args as never, io);
      },
    );
  }
  await cli.parseAsync([...argv], {}, (_error, _args, output) => {
    if (output !== '') help = output;
  });
  if (help !== undefined) io.out(`${help}\n`);
  return exitCode;
}

/** What yargs complains about (by `fail`, or thrown out of a coerced value) becomes a USAGE error; what a command threw passes through. */
function usageError(message: string | null, error: unknown): unknown {
  if (error !== undefined && error !== null && (error as Error).constructor.name !== 'YError') return error;
  return new HarnessError('USAGE', message ?? messageOf(error), { hint: 'see `firstbell --help`, or `firstbell <command> --help`' });
}

/** Values of variables that are secrets by their name are redacted wherever an error is printed. */
function secretsIn(env: Io['env']): string[] {
  return secretVariables(env).flatMap((name) => env[name] || []);
}
