import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../../src/scenario/problem.js';
import { FILE_LIMITS } from '../../../src/scenario/read.js';
import { problemsOf, scenarioText } from './scenario-text.js';

describe('reading YAML', () => {
  it.each([
    ['a tab for indentation', 'name: x\nmeetings:\n\troom: 1\n', { code: 'SCN001', line: 3, column: 1, help: 'indent with spaces' }],
    ['a second document', 'name: x\n---\nname: y\n', { code: 'SCN001', line: 2, column: 1, help: 'one scenario a file: remove the line ---' }],
    ['a tag', 'name: !secret x\n', { code: 'SCN001', line: 1, column: 7, help: 'scenario files need no tags (!…)' }],
    ['an alias of nothing', 'name: *title\n', { code: 'SCN001', line: 1, column: 7, message: 'there is no anchor &title before this alias' }],
    ['a list that is not closed', 'name: [1, 2\n', { code: 'SCN001', line: 2, column: 1 }],
    ['a file that is empty', '', { code: 'SCN005', line: 1, column: 1, message: 'the file must be a mapping, got nothing' }],
    ['a file that is a list', '- a\n', { code: 'SCN005', line: 1, column: 1, message: 'the file must be a mapping, got a list' }],
  ])('reports %s', (_name, text, expected) => {
    expect(problemsOf(text)[0]).toMatchObject(expected);
  });

  it('reports a key that stands twice where it stands again, and goes on', () => {
    const problems = problemsOf(scenarioText({ tail: ['seed: 3', 'seed: x'] }));
    expect(problems.map(({ code, line, column, length }) => ({ code, line, column, length }))).toEqual([
      { code: 'SCN002', line: 14, column: 1, length: 4 },
      { code: 'SCN005', line: 14, column: 7, length: 1 },
    ]);
  });

  it('treats __proto__ as the unknown key that it is', () => {
    const problems = problemsOf(scenarioText({ tail: ['__proto__: { seed: 5 }'] }));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([['SCN003', '__proto__']]);
  });

  it.each([
    ['a file that is too long', `#${'x\n'.repeat(FILE_LIMITS.chars / 2)}`, /the file has 262145 characters/],
    ['a line that is too long', `name: ${'x'.repeat(FILE_LIMITS.lineChars)}`, /a line is longer than 2000 characters/],
    ['brackets without end', '['.repeat(1_000), /more than 200 brackets are open/],
    ['lists in lists', `${'- '.repeat(20)}a`, /nested deeper than 16/],
    ['an alias inside what it stands for', 'a: &a [*a]', /nested deeper than 16/],
    ['aliases that multiply', `a: &a [${'x, '.repeat(99)}x]\nb: &b [${'*a, '.repeat(99)}*a]\nc: [${'*b, '.repeat(99)}*b]`, /more than 20000 values/],
  ])('refuses %s', (_name, text, message) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.code).toBe('SCN008');
    expect(problems[0]!.message).toMatch(message);
  });

  it('does not list problems without end', () => {
    const problems = problemsOf(Array.from({ length: 500 }, (_, index) => `k${index}: 1`).join('\n'));
    expect(problems).toHaveLength(201);
    // 500 unknown keys and 4 missing ones
    expect(problems.at(-1)).toMatchObject({ code: 'SCN008', message: '304 more problems from here on' });
  });
});

describe('codes', () => {
  it('are numbered without gaps', () => {
    expect(Object.keys(PROBLEM_CODES)).toEqual(Array.from({ length: 28 }, (_, index) => `SCN${String(index + 1).padStart(3, '0')}`));
  });
});
