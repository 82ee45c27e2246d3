import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import { descendants, gone } from './stage.js';
import { pause } from '../fakes/nats.js';

const RESULTS = join(packageRoot(), 'bench', 'results', 'soak.json');

/** As on a terminal: Ctrl-C reaches the launcher and the soak at once. */
it('a soak that is stopped with Ctrl-C says what it has, keeps the last whole result and leaves no process', async () => {
  const before = readFileSync(RESULTS, 'utf8');
  const soak = spawn(process.execPath, ['scripts/bench.mjs', 'soak', '--minutes', '5', '--native', '12', '--browsers', '1'], { cwd: packageRoot(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  soak.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  soak.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => soak.once('exit', resolve));
  while (!/\b[1-9]\d* joined/.test(said) && soak.exitCode === null) await pause(100);
  const children = descendants(soak.pid!);
  process.kill(-soak.pid!, 'SIGINT');
  expect(await ended, said).toBe(130);
  expect(said).toContain('INTERRUPTED');
  expect(said).toMatch(/^ {2}attendances +\d/m);
  expect(said).toContain('Nothing could be judged: it was stopped before there were values enough.');
  expect(readFileSync(RESULTS, 'utf8')).toBe(before);
  if (process.platform === 'linux') expect(children.size).toBeGreaterThan(3);
  await gone(children);
}, 90_000);
