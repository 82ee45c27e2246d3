import { describe, expect, it } from 'vitest';
import { parseBbbVersion, uiVersionOf, VERSION_SUPPORT } from '../../../src/bbb/versions.js';

describe('parseBbbVersion', () => {
  it.each([
    ['3.0.19', { major: 3, minor: 0, patch: 19, preRelease: undefined }],
    ['BigBlueButton 4.0.0-rc.2', { major: 4, minor: 0, patch: 0, preRelease: 'rc.2' }],
    ['2.7', { major: 2, minor: 7, patch: undefined, preRelease: undefined }],
    ['3.1.0-beta.2', { major: 3, minor: 1, patch: 0, preRelease: 'beta.2' }],
  ])('reads %j', (text, version) => {
    expect(parseBbbVersion(text)).toEqual(version);
  });

  it.each([undefined, '', 'three', '3', 'v'.repeat(10_000)])('is undefined for %j', (text) => {
    expect(parseBbbVersion(text)).toBeUndefined();
  });
});

describe('uiVersionOf', () => {
  it.each([
    ['2.7.14', '2.7'],
    ['2.6.10', '2.7'],
    ['3.0.0-rc.1', '3.0'],
    ['3.0.34', '3.0'],
    ['3.1.0-beta.1', '4.0'],
    ['4.0.0-rc.2', '4.0'],
    ['4.1.0', '4.0'],
    ['1.1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %j is %s', (text, line) => {
    expect(uiVersionOf(text)).toBe(line);
  });

  it('gives only lines that the support table has', () => {
    expect(VERSION_SUPPORT.map(({ line }) => line)).toEqual(['2.7', '3.0', '4.0']);
  });
});
