import type { Argv } from 'yargs';
import type { Io } from './io.js';

/** One command of the CLI; its file is loaded only when it is called (or asked for help). */
export interface Command<Args> {
  /** yargs form with positionals, e.g. `check <file>`. */
  readonly usage: string;
  readonly describe: string;
  /** Command lines shown in the help; a test runs or parses each. */
  readonly examples: readonly Example[];
  options(yargs: Argv): Argv<unknown>;
  /** Returns the exit code; throws HarnessError for what could not be done. */
  run(args: Args, io: Io): Promise<number>;
}

export interface Example {
  readonly line: string;
  readonly about: string;
}
