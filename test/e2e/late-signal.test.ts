import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/core/paths.js';
import { finished } from './cli.js';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s after the last word, while something still closes, leaves the exit code as it was found', async (signal) => {
  const main = join(packageRoot(), 'dist', 'cli', 'main.js');
  const script = `const { main } = await import(process.argv[1]); setInterval(() => undefined, 1_000); await main(['check', 'no-such-file.yaml']); console.log('over');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, main], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (text: Buffer) => {
    if (text.includes('over')) child.kill(signal);
  });
  const { code, stderr } = await finished(child);
  expect(stderr).toContain('no-such-file.yaml');
  expect(code).toBe(2);
});
