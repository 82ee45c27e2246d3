import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.js';
import { memoryIo, type MemoryIo } from '../../fakes/memory-io.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'firstbell-import-'));
  await writeFile(join(dir, 'monday.csv'), 'time,users,meetings\n2026-01-12T07:00:00Z,0,0\n2026-01-12T07:10:00Z,40,4\n2026-01-12T07:50:00Z,40,4\n2026-01-12T07:55:00Z,0,0\n');
  await writeFile(join(dir, 'list.csv'), 'start,end,size\n08:00,08:45,20\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function firstbell(...args: string[]): Promise<MemoryIo & { readonly code: number }> {
  const io = memoryIo({ cwd: dir, columns: 80 });
  return { ...io, code: await runCli(args, io) };
}

describe('firstbell import', () => {
  it('prints a sound scenario alone on stdout, and the chart with how far it is off on stderr', async () => {
    const { code, stdout, stderr } = await firstbell('import', 'monday.csv');
    expect(code).toBe(0);
    await writeFile(join(dir, 'made.yaml'), stdout());
    expect((await firstbell('check', 'made.yaml')).stdout()).toBe('made.yaml: ok\n');
    expect(stderr()).toMatch(/40┼ +╭─+╮/);
    expect(stderr()).toContain('line: planned, at most 40 users');
    expect(stderr()).toMatch(/apart by 0\.\d users on average, 1 at most/);
    expect(stderr()).toContain('4 meetings at once, as the series of meetings says');
  });

  it('writes a file, and overwrites one only when told to', async () => {
    expect((await firstbell('import', 'monday.csv', '--out', 'made.yaml', '--time-zone', 'Europe/Berlin')).code).toBe(0);
    expect(await readFile(join(dir, 'made.yaml'), 'utf8')).toContain('startOfDay: 08:00');
    const again = await firstbell('import', 'list.csv', '--out', 'made.yaml');
    expect([again.code, again.stderr()]).toEqual([4, expect.stringContaining('--force')]);
    expect((await firstbell('import', 'list.csv', '--out', 'made.yaml', '--force')).code).toBe(0);
    expect(await readFile(join(dir, 'made.yaml'), 'utf8')).toContain('executor: meeting-list');
  });

  it.each([
    [['list.csv', '--scale', '0'], /--scale takes a share such as 10% or 0\.1, got "0"/],
    [['list.csv', '--speed', 'fast'], /--speed takes a number/],
    [['list.csv', '--time-zone', 'Mars/Base'], /there is no time zone "Mars\/Base"/],
    [['nothing.csv'], /cannot read nothing\.csv: ENOENT/],
    [['list.csv', 'monday.csv'], /one file is a series over time, another a list/],
    [['monday.csv', 'monday.csv'], /several files have users over time/],
  ])('refuses what it cannot use: %j', async (args, message) => {
    const { code, stderr } = await firstbell('import', ...args);
    expect(code).toBe(2);
    expect(stderr()).toMatch(message);
  });

  it('names file, line and column of what is wrong', async () => {
    await writeFile(join(dir, 'bad.csv'), 'start,end,size\n08:00,09:00,5\n08:00,soon,5\n');
    const { code, stderr } = await firstbell('import', 'bad.csv');
    expect(code).toBe(2);
    expect(stderr()).toContain('error IMPORT_INVALID: bad.csv: line 3, column end: "soon" is no time');
  });
});

describe('firstbell run', () => {
  it('does not run the commands of a scenario unless told to, and shows them', async () => {
    await writeFile(join(dir, 'hooks.yaml'), ['name: H', 'target: simulator', 'meetings: { room: { size: 2 } }', 'load: [{ name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 2, duration: 10s }]', 'events: [{ at: 1s, do: exec, name: gone, command: [touch, never] }]', ''].join('\n'));
    const { code, stderr } = await firstbell('run', 'hooks.yaml');
    expect(code).toBe(2);
    expect(stderr()).toMatch(/runs a command on this machine: touch never[^]*--allow-hooks/);
  }, 90_000);
});
