import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCalibration } from '../../../src/cli/calibration-file.js';
import { weigh } from '../../../src/cli/commands/worker.js';
import { usersWithoutMedia, type Calibration } from '../../../src/schedule/calibration.js';
import { memoryIo } from '../../fakes/memory-io.js';

const CALIBRATION: Calibration = {
  schema: 1,
  at: '2026-01-05T07:00:00.000Z',
  firstbell: '0.1.0',
  quick: false,
  machine: { name: 'bench', cores: 4, memoryMb: 8_000, cpu: 'a CPU' },
  usable: 0.65,
  kinds: { nativeSilent: { users: 800, asked: 800, broke: null, coresPerUser: 0.001, mbPerUser: 0.5, allCoresUsers: 2_600 } },
};

describe('what a worker weighs', () => {
  let home: string;
  let path: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'firstbell-weight-'));
    path = join(home, 'firstbell', 'calibration.json');
  });

  afterEach(() => rm(home, { recursive: true, force: true }));

  it('is what it was told, whatever was calibrated', async () => {
    await writeCalibration(path, CALIBRATION);
    expect(await weigh(memoryIo({ env: { XDG_CONFIG_HOME: home } }), 70, 4)).toEqual({ weight: 70, from: 'by --weight' });
  });

  it('is what it carries as calibrated, and where that stands', async () => {
    await writeCalibration(path, CALIBRATION);
    expect(await weigh(memoryIo({ env: { XDG_CONFIG_HOME: home } }), undefined, 4)).toEqual({ weight: 2_600, from: `calibrated: ${path}` });
  });

  it('is the built-in figure otherwise, and says where it has looked', async () => {
    const weight = usersWithoutMedia(undefined, 4);
    expect(await weigh(memoryIo({ env: { XDG_CONFIG_HOME: home } }), undefined, 4)).toEqual({ weight, from: `the built-in figure for 4 cores: there is no ${path}` });
    // As of a service with a user of its own making.
    expect(await weigh(memoryIo({ env: {} }), undefined, 1)).toMatchObject({ from: 'the built-in figure for 1 core: the environment names no home for a calibration' });
    await writeCalibration(path, { ...CALIBRATION, kinds: {} });
    expect(await weigh(memoryIo({ env: { XDG_CONFIG_HOME: home } }), undefined, 4)).toEqual({ weight, from: `the built-in figure for 4 cores: ${path} has none for users without media` });
  });
});
