import { describe, expect, it } from 'vitest';
import { holdToMachine } from '../../../src/cli/hold-to-machine.js';
import type { HarnessError } from '../../../src/core/errors.js';
import { ownLimit } from '../../../src/core/own-limits.js';
import { leastOpenFiles } from '../../../src/schedule/open-files.js';
import { attendance, planOf } from '../../fakes/fake-run.js';

const listener = { audio: 'listen-only', webcam: false } as const;

describe('connections at once', () => {
  it.each([
    ['one for a silent user', [{ audio: 'none' as const }], 1],
    ['two with sound, three with a camera', [listener, { audio: 'microphone' as const, webcam: true }], 5],
    ['none for browsers, which are processes of their own', [{ kind: 'browser' as const }], 0],
    ['none for whom nobody plays', [{ dropped: true as const }], 0],
    ['those at the busiest instant', [{ ...listener, dueMs: 0, leaveMs: 10 }, { ...listener, dueMs: 10, leaveMs: 20 }, { audio: 'none' as const, dueMs: 15, leaveMs: 30 }], 3],
  ])('are %s', (_what, users, files) => {
    expect(leastOpenFiles(planOf(users.map((user, seq) => attendance({ seq, ...user }))))).toBe(files);
  });
});

describe('a plan', () => {
  const plan = planOf([attendance({ seq: 0 }), attendance({ seq: 1 })]);

  it('that this process cannot carry out is refused with what to do', async () => {
    await expect(holdToMachine(plan, { allowed: async () => 3 })).rejects.toMatchObject({ code: 'GENERATOR_LIMIT', message: expect.stringContaining('at least 4 connections') as string, hint: expect.stringContaining('LimitNOFILE=8 ') as string });
  });

  it('that is refused is not told to raise what Node has raised already', async () => {
    const refused: unknown = await holdToMachine(plan, { allowed: async () => 3 }).catch((error: unknown) => error);
    for (const error of [refused, ownLimit('GET /', Object.assign(new Error('socket'), { code: 'EMFILE' }))]) {
      expect(error).toMatchObject({ code: 'GENERATOR_LIMIT', hint: expect.stringMatching(/limits\.d and a new login.*systemd-run -p LimitNOFILE=\d+.*--ulimit nofile=/) as string });
      expect((error as HarnessError).hint).not.toContain('ulimit -n');
    }
  });

  it('that it may carry out is not refused, nor where nobody knows', async () => {
    await holdToMachine(plan, { allowed: async () => 4 });
    await holdToMachine(plan, { allowed: async () => undefined });
  });
});
