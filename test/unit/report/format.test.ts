import { describe, expect, it } from 'vitest';
import { counted, dateTime, duration, instant, plain, quantity, quantityBeside } from '../../../src/report/format.js';

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [4.24, '4.2 ms'],
    [9.96, '10 ms'],
    [850, '850 ms'],
    [999.6, '1 s'],
    [3_412, '3.41 s'],
    [12_340, '12.3 s'],
    [90_000, '1 min 30 s'],
    [120_000, '2 min'],
    [3_600_000, '1 h'],
    [21_900_000, '6 h 5 min'],
    [-850, '−850 ms'],
  ])('of %d ms reads %s', (ms, text) => expect(plain(duration(ms))).toBe(text));
});

describe('quantity', () => {
  it.each([
    [0.0031, 'ratio', '0.31 %'],
    [0.107, 'ratio', '10.7 %'],
    [0, 'ratio', '0 %'],
    [14.96, 'fps', '15 fps'],
    [960, 'kbit/s', '960 kbit/s'],
    [1_240, 'kbit/s', '1.24 Mbit/s'],
    [1_800, 'count', '1,800'],
    [1.186, 'cores', '1.19 cores'],
    [812.4, 'MB', '812 MB'],
    [24_000, 'MB', '24 GB'],
    [720, 'px', '720 px'],
    [2_500, 'bytes', '2.5 kB'],
  ] as const)('of %d %s reads %s', (value, unit, text) => expect(plain(quantity(value, unit))).toBe(text));

  it('says that nothing was measured instead of 0', () => {
    expect(quantity(undefined, 'ms')).toBe('not measured');
    expect(quantity(Number.NaN, 'count')).toBe('not measured');
  });

  it('takes more digits where a value would read like the limit that it missed', () => {
    expect(plain(quantityBeside(0.01, 0.0103, 'ratio'))).toBe('1.03 %');
    expect(plain(quantityBeside(10_000, 10_004, 'ms'))).toBe('10.004 s');
    expect(plain(quantityBeside(0.01, 0.01, 'ratio'))).toBe('1 %');
  });
});

describe('instant', () => {
  it.each([
    [0, undefined, '0:00'],
    [90_000, undefined, '1:30'],
    [3_930_000, undefined, '1:05:30'],
    [300_000, 28_500_000, '08:00:00'],
    [86_400_000, 28_500_000, '07:55:00'],
  ])('%d ms into a run that starts at %s reads %s', (atMs, startOfDayMs, text) => expect(instant(atMs, startOfDayMs)).toBe(text));
});

it('dates are in UTC and say so', () => expect(dateTime('2026-11-23T07:00:00.000Z')).toBe('23 November 2026 at 07:00 UTC'));

it('counts one and many', () => expect([counted(1, 'meeting'), counted(3_000, 'meeting')].map(plain)).toEqual(['1 meeting', '3,000 meetings']));
