import { describe, expect, it } from 'vitest';
import { durationMs, durationText, ratePerSec, shareOf, timeOfDayMs, timeOfDayText } from '../../../src/scenario/quantity.js';

describe('durationMs', () => {
  it.each([
    ['500ms', 500],
    ['45s', 45_000],
    ['2.5s', 2_500],
    ['45m', 2_700_000],
    ['1h30m', 5_400_000],
    ['1h2m3s4ms', 3_723_004],
    ['90s', 90_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '45', '1.5h', 's', '-5s', '30m1h', '5 s', '5S', '5s5s', '1e3s', '٣s'])('refuses "%s"', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});

describe('durationText', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [45_000, '45s'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m'],
    [3_723_004, '1h2m3s4ms'],
  ])('writes %i ms so that it is read back', (ms, text) => {
    expect(durationText(ms)).toBe(text);
    expect(durationMs(text)).toBe(ms);
  });
});

describe('times of day', () => {
  it.each([
    ['07:00', 25_200_000],
    ['7:00', 25_200_000],
    ['00:00', 0],
    ['23:59:59', 86_399_000],
  ])('reads %s', (text, ms) => {
    expect(timeOfDayMs(text)).toBe(ms);
  });

  it.each(['24:00', '7', '07:60', '07:0', '7am', '07:00:60'])('refuses %s', (text) => {
    expect(timeOfDayMs(text)).toBeUndefined();
  });

  it('writes seconds only where there are some, and begins again at midnight', () => {
    expect([25_200_000, 25_230_000, 86_400_000 + 60_000].map(timeOfDayText)).toEqual(['07:00', '07:00:30', '00:01']);
  });
});

describe('shares and rates', () => {
  it.each<[string | number, number | undefined]>([
    ['25%', 0.25],
    ['12.5 %', 0.125],
    ['100%', 1],
    [0.3, 0.3],
    ['101%', undefined],
    ['-1%', undefined],
    ['25', undefined],
  ])('share %s', (written, share) => {
    expect(shareOf(written)).toBe(share);
  });

  it.each<[string, number | undefined]>([
    ['2/s', 2],
    ['90/min', 1.5],
    ['600/h', 600 / 3_600],
    ['0.5 / s', 0.5],
    ['2', undefined],
    ['2/d', undefined],
    ['-2/s', undefined],
  ])('rate %s', (written, perSec) => {
    expect(ratePerSec(written)).toBe(perSec);
  });
});
