import yargs from 'yargs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { runCli } from '../../../src/cli/main.js';
import { shownExamples, wordsOf } from '../../fakes/examples.js';
import { memoryIo } from '../../fakes/memory-io.js';

const lines = await shownExamples();

describe('every command', () => {
  it.each(COMMANDS.map(({ usage }) => usage.split(' ')[0]!))('%s has a help text with at least two examples', async (name) => {
    const io = memoryIo();
    expect(await runCli([name, '--help'], io)).toBe(0);
    const help = io.stdout();
    expect(help).toContain(`firstbell ${name}`);
    expect(help).toContain('Examples:');
    const { load } = COMMANDS.find(({ usage }) => usage.split(' ')[0] === name)!;
    expect((await load()).examples.length).toBeGreaterThanOrEqual(2);
  });

  // What they do is held by test/e2e/examples.test.ts.
  it.each(lines.map(({ line }) => [line]))('takes its example: %s', async (line) => {
    const { usage, command } = lines.find((one) => one.line === line)!;
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

  it.each(['--nats nats://10.0.0.5:4222', '--nats-creds c.creds', '--browser-workers 2', '--wait-for-workers 60'])('refuses what is said of workers where this machine would bring the users: %s', async (option) => {
    const name = option.split(' ')[0]!;
    for (const command of ['run scenarios/smoke.yaml', 'capacity scenarios/smoke.yaml --require 4']) {
      const io = memoryIo();
      expect(await runCli([...command.split(' '), ...option.split(' ')], io)).toBe(2);
      expect(io.stderr()).toContain(`error USAGE: ${name} says nothing without --workers`);
      expect(io.stderr()).toContain('add --workers N');
    }
  });

  it.each(['scenarios/smoke.yaml', '--url https://bbb.example.org/bigbluebutton/api', '--target school', '--workers 2', '--browser-workers 2', '--wait-for-workers 60', '--fault slow'])('refuses what a run that is gone on with has in its folder: %s', async (words) => {
    const io = memoryIo();
    expect(await runCli(['run', '--resume', 'no/such/folder', ...words.split(' ')], io)).toBe(2);
    expect(io.stderr()).toContain(`error USAGE: --resume goes on with a run as it was begun, and takes no ${words.startsWith('--') ? words.split(' ')[0]! : 'scenario'}`);
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
