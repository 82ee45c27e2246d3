import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs from 'yargs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { runCli } from '../../../src/cli/main.js';
import { packageRoot } from '../../../src/core/paths.js';
import { memoryIo } from '../../fakes/memory-io.js';

/** Commands whose examples need neither a server nor a browser: they are run, not only parsed. */
const OFFLINE = new Set(['check', 'plan', 'schema']);

/** Splits an example into words as a shell does, leaving out a redirection of output. */
function wordsOf(line: string): string[] {
  return line
    .replace(/\s>\s\S+$/, '')
    .split(' ')
    .slice(1)
    .map((word) => word.replace(/^"(.*)"$/, '$1'));
}

const commands = await Promise.all(COMMANDS.map(async ({ usage, load }) => ({ name: usage.split(' ')[0]!, usage, command: await load() })));
const examples = commands.flatMap((one) => one.command.examples.map((example) => ({ ...one, line: example.line })));
/** Every `npx firstbell …` in a shell block of the README and the docs. */
const documented = ['README.md', 'docs/simulator.md', 'docs/native-users.md', 'docs/compare.md', 'docs/school-day.md', 'docs/workers.md', 'docs/capacity.md'].flatMap((file) =>
  [...readFileSync(join(packageRoot(), file), 'utf8').matchAll(/^npx (firstbell [^#\n]*)/gm)].map(([, line]) => {
    const found = commands.find(({ name }) => name === line!.split(' ')[1]);
    if (!found) throw new Error(`${file} names a command that does not exist: ${line}`);
    return { ...found, line: line!.trim() };
  }),
);
const lines = [...examples, ...documented].filter((one, index, all) => all.findIndex(({ line }) => line === one.line) === index);

describe('every command', () => {
  it.each(COMMANDS.map(({ usage }) => usage.split(' ')[0]!))('%s has a help text with at least two examples', async (name) => {
    const io = memoryIo();
    expect(await runCli([name, '--help'], io)).toBe(0);
    const help = io.stdout();
    expect(help).toContain(`firstbell ${name}`);
    expect(help).toContain('Examples:');
    expect(examples.filter((example) => example.name === name).length).toBeGreaterThanOrEqual(2);
  });

  it.each(lines.map(({ line }) => [line]))('takes its example: %s', async (line) => {
    const { usage, command, name } = lines.find((one) => one.line === line)!;
    let parsed = false;
    await yargs(wordsOf(line))
      .parserConfiguration({ 'parse-numbers': false, 'parse-positional-numbers': false })
      .exitProcess(false)
      .strict()
      .fail((message, error) => {
        throw error ?? new Error(message ?? '');
      })
      .command(
        usage,
        '',
        (sub) => command.options(sub) as typeof sub,
        () => {
          parsed = true;
        },
      )
      .parseAsync();
    expect(parsed).toBe(true);
    if (!OFFLINE.has(name) || line.includes('*')) return;
    const io = memoryIo();
    expect({ code: await runCli(wordsOf(line), io), errors: io.stderr() }).toEqual({ code: 0, errors: '' });
    expect(io.stdout().length).toBeGreaterThan(10);
  });
});

describe('the command line', () => {
  it('answers no command with exit 2 and how to begin', async () => {
    const io = memoryIo();
    expect(await runCli([], io)).toBe(2);
    expect(io.stderr()).toMatch(/^error USAGE: Say what to do/);
  });

  it('answers an unknown option with exit 2 and its name', async () => {
    const io = memoryIo();
    expect(await runCli(['plan', 'scenarios/smoke.yaml', '--colour'], io)).toBe(2);
    expect(io.stderr()).toContain('colour');
  });

  it('refuses a number that is none', async () => {
    const io = memoryIo();
    expect(await runCli(['sim', '--servers', 'many'], io)).toBe(2);
    expect(io.stderr()).toContain('--servers takes a whole number from 1 to 50, got "many"');
  });

  it.each([['capacity scenarios/smoke.yaml'], ['capacity --scenario scenarios/smoke.yaml']])('takes the scenario of a search by place and by name: %s', async (line) => {
    const io = memoryIo();
    expect(await runCli([...line.split(' '), '--require', '4', '--max', '2'], io)).toBe(2);
    expect(io.stderr()).toContain('--max 2 is below --require 4');
  });

  it('says that a search has no scenario', async () => {
    const io = memoryIo();
    expect(await runCli(['capacity', '--require', '4'], io)).toBe(2);
    expect(io.stderr()).toContain('scenario');
    expect(io.stderr()).not.toContain('INTERNAL');
  });

  it('prints an error as JSON when JSON is asked for', async () => {
    const io = memoryIo();
    expect(await runCli(['report', 'no/such/folder', '--json'], io)).toBe(2);
    expect(JSON.parse(io.stdout())).toMatchObject({ error: { code: 'FILE_UNREADABLE' } });
  });

  it('never prints the value of a variable that holds a secret', async () => {
    const io = memoryIo({ env: { BBB_SECRET: 'correcthorsebattery' } });
    expect(await runCli(['run', 'scenarios/correcthorsebattery.yaml'], io)).not.toBe(0);
    expect(io.stderr()).toContain('error FILE_UNREADABLE');
    expect(io.stderr()).not.toContain('correcthorsebattery');
  });

  it('lists every problem of a scenario as JSON', async () => {
    const io = memoryIo();
    expect(await runCli(['check', 'test/fixtures/scenarios/wrong.yaml', '--json'], io)).toBe(2);
    const { problems } = JSON.parse(io.stdout()) as { problems: { code: string; line: number; file: string }[] };
    expect(problems.length).toBeGreaterThanOrEqual(2);
    expect(problems.map(({ line }) => line)).toEqual([...problems.map(({ line }) => line)].sort((a, b) => a - b));
  });

  it('asks before it loads another machine, and takes only its name for a yes', async () => {
    const wrong = memoryIo({ env: { BBB_SECRET: 'correcthorsebattery', FIRSTBELL_BROWSER: '/usr/bin/true' }, answer: 'yes' });
    expect(await runCli(['run', 'scenarios/smoke.yaml', '--url', 'https://bbb.example.org/bigbluebutton/api'], wrong)).toBe(2);
    expect(wrong.stderr()).toContain('not the target');
    const nobody = memoryIo({ env: { BBB_SECRET: 'correcthorsebattery', FIRSTBELL_BROWSER: '/usr/bin/true' } });
    expect(await runCli(['run', 'scenarios/smoke.yaml', '--url', 'https://bbb.example.org/bigbluebutton/api'], nobody)).toBe(2);
    expect(nobody.stderr()).toContain('--i-am-allowed-to-test bbb.example.org');
  });
});
