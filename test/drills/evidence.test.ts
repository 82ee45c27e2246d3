import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { finished, startCli, startSimProcess } from '../e2e/cli.js';
import { hasNats, startNats } from '../fakes/nats.js';
import { DrillStage } from './stage.js';

const stage = new DrillStage();
afterAll(() => stage.close());

describe.skipIf(!hasNats)('a failure in a browser on a worker', () => {
  it('is seen in the report of the coordinator', async () => {
    const name = stage.fresh('picture');
    const nats = await startNats();
    const sim = await startSimProcess(['--servers', '1', '--fault', 'graphql-refuse']);
    const env = { BBB_SECRET: sim.secret, NATS_URL: nats.url };
    const worker = startCli(['worker', '--name', 'one'], { env });
    try {
      const file = stage.scenario(name, '  - { name: lessons, executor: constant-users, meetings: lesson, meetingCount: 1, users: 2, duration: 12s }', 'users: { browser: 1, native: rest }');
      const { code } = await finished(startCli(['run', file, '--url', sim.url, '--workers', '1', '--reports', join(stage.scratch, name), '--allow-foreign-meetings', '--quiet', '--json'], { env }));
      expect(code).toBe(3);
      const folder = stage.latest(name);
      const path = /"screenshot":"(evidence\/user-\d+\.jpg)"/.exec(readFileSync(join(folder, 'events.jsonl'), 'utf8'))?.[1];
      expect(path).toBeDefined();
      expect(readFileSync(join(folder, path!)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
      expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('data:image/jpeg;base64,');
    } finally {
      worker.kill('SIGKILL');
      await sim.stop();
      await nats.stop();
    }
  }, 120_000);
});
