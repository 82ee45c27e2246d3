import { describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/commands/plan.js';
import { machineSize } from '../../../src/cli/machine-size.js';
import { packageRoot } from '../../../src/core/paths.js';
import { memoryIo } from '../../fakes/memory-io.js';

describe('--machine', () => {
  it('takes cores, memory and line, in any order, and not all of them', () => {
    expect(machineSize('16c,32GB,10000Mbps')).toEqual({ cores: 16, memoryMb: 32_768, lineMbps: 10_000 });
    expect(machineSize('2.5Gbps, 4cores')).toEqual({ cores: 4, lineMbps: 2_500 });
    expect(machineSize(undefined)).toBeUndefined();
  });

  it.each(['', 'large', '16c,16c', '0c', '16c,32', '-4c'])('refuses "%s"', (text) => {
    expect(() => machineSize(text)).toThrow('--machine takes');
  });

  it('and --price are in the JSON of a plan', async () => {
    const io = memoryIo({ cwd: packageRoot() });
    await command.run({ scenario: 'scenarios/darmstadt-morning.yaml', json: true, price: 0.5, calibration: undefined, machine: { cores: 16 } }, io);
    const { attendances, generators } = JSON.parse(io.stdout()) as { attendances: unknown[]; generators: { machine: object; machines: number; price: { hour: number } } };
    expect(attendances.length).toBeGreaterThan(6_000);
    expect(generators.machine).toEqual({ cores: 16, memoryMb: 16_384, lineMbps: 1_000 });
    expect(generators.price.hour).toBe(generators.machines * 0.5);
  });
});
