import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { packageRoot } from '../../src/core/paths.js';

/** A command line that help, README or docs show. */
export interface ShownExample {
  /** Of the command. */
  readonly name: string;
  readonly usage: string;
  readonly command: Command<never>;
  /** From `firstbell` on. */
  readonly line: string;
}

const PAGES = ['README.md', 'docs/first-run.md', 'docs/simulator.md', 'docs/native-users.md', 'docs/compare.md', 'docs/school-day.md', 'docs/workers.md', 'docs/capacity.md'];

/** Every example of every command's help, then every `npx firstbell …` in a shell block of README and docs; each once. */
export async function shownExamples(): Promise<readonly ShownExample[]> {
  const commands = await Promise.all(COMMANDS.map(async ({ usage, load }) => ({ name: usage.split(' ')[0]!, usage, command: await load() })));
  const inHelp = commands.flatMap((one) => one.command.examples.map(({ line }) => ({ ...one, line })));
  const inDocs = PAGES.flatMap((file) =>
    [...readFileSync(join(packageRoot(), file), 'utf8').matchAll(/^npx (firstbell [^#\n]*)/gm)].map(([, line]) => {
      const found = commands.find(({ name }) => name === line!.split(' ')[1]);
      if (!found) throw new Error(`${file} names a command that does not exist: ${line}`);
      return { ...found, line: line!.trim() };
    }),
  );
  return [...inHelp, ...inDocs].filter((one, index, all) => all.findIndex(({ line }) => line === one.line) === index);
}

/** Splits an example into the words behind `firstbell` as a shell does, leaving out a redirection of output. */
export function wordsOf(line: string): string[] {
  return line
    .replace(/\s>\s\S+$/, '')
    .split(' ')
    .slice(1)
    .map((word) => word.replace(/^"(.*)"$/, '$1'));
}

/** File that the shell would write the output to; undefined: none. */
export function redirectionOf(line: string): string | undefined {
  return /\s>\s(\S+)$/.exec(line)?.[1];
}
