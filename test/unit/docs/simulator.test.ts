import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { HarnessError } from '../../../src/core/errors.js';
import { CAPACITY_KEYS } from '../../../src/sim/capacity.js';
import { FAULT_KINDS, parseFault } from '../../../src/sim/faults.js';

const page = readFileSync(join(packageRoot(), 'docs/simulator.md'), 'utf8');
const section = (title: string): readonly string[] => (page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '').split('\n');

describe('the capacity of simulated servers', () => {
  it('stands in the documentation: every key, its unit and what it is unless told', () => {
    const rows = section('Capacity').filter((line) => line.startsWith('| `')).flatMap((line) => {
      const [, keys = '', unit = '', otherwise = ''] = line.split('|').map((cell) => cell.trim());
      return keys.split(', ').map((key) => `${key.replaceAll('`', '')} ${unit} ${Number.parseFloat(otherwise)}`);
    });
    expect(rows.sort()).toEqual(CAPACITY_KEYS.map(({ name, unit, otherwise }) => `${name} ${unit} ${otherwise}`).sort());
  });
});

describe('faults of the simulator', () => {
  it('stand in the documentation, each with its effect', () => {
    const rows = section('Faults').filter((line) => /^\| `[a-z-]+(=|`)/.test(line) && !line.includes('/'));
    expect(rows).toEqual(FAULT_KINDS.map(({ usage, about }) => `| \`${usage}\` | ${about} |`));
  });

  it.each([
    ['full', { server: undefined, kind: 'full', value: 1 }],
    ['bbb02:api-delay=2000', { server: 'bbb02', kind: 'api-delay', value: 2000 }],
    ['api-error=0.5', { server: undefined, kind: 'api-error', value: 0.5 }],
  ])('%s is read', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each(['nonsense', 'api-delay', 'api-delay=fast', 'api-delay=0', 'api-error=2', 'full=3', '', ':full', 'bbb 1:full'])('"%s" is refused as wrong use', (text) => {
    expect(() => parseFault(text)).toThrow(HarnessError);
  });
});
