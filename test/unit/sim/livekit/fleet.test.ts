import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/log.js';
import { startSim } from '../../../../src/sim/fleet.js';
import { findLivekitServer } from '../../../../src/sim/livekit/find-server.js';
import { VirtualClock } from '../../../fakes/virtual-clock.js';

const dirs: string[] = [];
const scratch = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'firstbell-livekit-'));
  dirs.push(dir);
  return dir;
};

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

describe('a simulated 4.0', () => {
  it('does not start without a livekit-server, and says where to get one', async () => {
    await expect(startSim({ servers: 1, clock: new VirtualClock(), logger: silentLogger, line: '4.0' })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('scripts/livekit-server.mjs') });
  });
});

describe('the livekit-server of this machine', () => {
  const program = (dir: string, mode = 0o755): string => {
    const file = join(dir, 'livekit-server');
    writeFileSync(file, '#!/bin/sh\n', { mode });
    return file;
  };

  it('is the named one, else that in PATH, else none', () => {
    const [named, inPath] = [program(scratch()), program(scratch())];
    const env = { FIRSTBELL_LIVEKIT_SERVER: named, PATH: `/nowhere:${join(inPath, '..')}`, XDG_CACHE_HOME: '/nowhere' };
    expect(findLivekitServer(env)).toBe(named);
    expect(findLivekitServer({ ...env, FIRSTBELL_LIVEKIT_SERVER: '' })).toBe(inPath);
    expect(findLivekitServer({ ...env, FIRSTBELL_LIVEKIT_SERVER: undefined, PATH: '/nowhere' })).toBeUndefined();
  });

  it('can be run', () => {
    const file = program(scratch(), 0o644);
    expect(findLivekitServer({ PATH: join(file, '..'), XDG_CACHE_HOME: '/nowhere' })).toBeUndefined();
  });
});
