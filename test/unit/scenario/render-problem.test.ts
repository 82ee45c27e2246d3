import { describe, expect, it } from 'vitest';
import { checkScenario } from '../../../src/scenario/check.js';
import { renderProblem } from '../../../src/scenario/render-problem.js';
import type { Problem } from '../../../src/scenario/problem.js';
import { scenarioText } from './scenario-text.js';

function render(text: string): string {
  const checked = checkScenario(text, 'lessons.yaml');
  return checked.ok ? 'no problem' : checked.problems.map((problem) => renderProblem(problem, text, 'lessons.yaml')).join('\n');
}

const at = (place: Partial<Problem>): Problem => ({ code: 'SCN007', message: 'too much', line: 1, column: 1, length: 1, path: '', ...place });

describe('renderProblem', () => {
  it('gives place, code and message, the line with a caret, and what to do', () => {
    expect(render(scenarioText({ meetings: ['meetings:', '  room: { size: 5, teachers: 12 }'] }))).toBe(
      [
        'lessons.yaml:5:30: error SCN011: teachers must be at most size (5), got 12',
        '    5 |   room: { size: 5, teachers: 12 }',
        '      |                              ^^',
        '   help: size counts teachers and pupils together',
      ].join('\n'),
    );
  });

  it('shows all problems of a file in the order in which they stand', () => {
    const text = ['name: 7', 'target: simulator', 'users: { brwser: 3 }', 'meetings:', '  room: { size: 0 }', 'load: []', 'thresholds:', '  - rtt p(95) < 100', ''].join('\n');
    expect(render(text)).toBe(
      [
        'lessons.yaml:1:7: error SCN005: name must be a text, got 7',
        '    1 | name: 7',
        '      |       ^',
        'lessons.yaml:3:10: error SCN003: unknown key "brwser"',
        '    3 | users: { brwser: 3 }',
        '      |          ^^^^^^',
        '   help: did you mean "browser"?',
        'lessons.yaml:5:17: error SCN007: size must be at least 1, got 0',
        '    5 |   room: { size: 0 }',
        '      |                 ^',
        'lessons.yaml:6:7: error SCN007: load must not be empty, got an empty list',
        '    6 | load: []',
        '      |       ^^',
        'lessons.yaml:8:17: error SCN009: the limit of rtt needs a unit',
        '    8 |   - rtt p(95) < 100',
        '      |                 ^^^',
        '   help: one of ms, s, m, min, h',
      ].join('\n'),
    );
  });

  it('keeps the caret in place behind tabs, emoji and Windows line ends', () => {
    expect(renderProblem(at({ line: 2, column: 5, length: 2 }), 'a\r\n\t😀: xy\r\n', 'f')).toBe(['f:2:5: error SCN007: too much', '    2 |  😀: xy', '      |     ^^'].join('\n'));
  });

  it('lets no escape sequence through to the terminal', () => {
    const rendered = render('"\u001b[31mred": 1\n');
    expect(rendered).not.toContain('\u001b');
    expect(rendered.split('\n')[0]).toBe('lessons.yaml:1:1: error SCN003: unknown key "\ufffd[31mred"');
  });

  it('cuts long lines round the place', () => {
    const line = `${'x'.repeat(300)}HERE${'y'.repeat(300)}`;
    const [, excerpt, caret] = renderProblem(at({ column: 301, length: 4 }), line, 'f').split('\n');
    expect(excerpt).toBe(`    1 | …${'x'.repeat(54)}HERE${'y'.repeat(50)}…`);
    expect(caret).toBe(`      | ${' '.repeat(55)}^^^^`);
  });

  it.each([
    ['a secret in place of a variable', 'target: { url: "https://h/", secretEnv: 8cd8ef52e8e101574e400365b55e11a6 }', '8cd8ef52'],
    ['a key that is called secret', 'secret: hunter2', 'hunter2'],
    ['a password in a URL', 'target: { url: "https://me:hunter2@h/" }', 'hunter2'],
    ['a checksum in a URL', 'target: { url: "https://h/api?checksum=abcdef0123" }', 'abcdef0123'],
    ['a token in an odd place', 'seed: 8cd8ef52e8e101574e400365b55e11a6', '8cd8ef52'],
  ])('covers %s in the excerpt', (_name, line, hidden) => {
    const checked = checkScenario(line, 'f');
    const excerpts = (checked.ok ? [] : checked.problems).map((problem) => renderProblem(problem, line, 'f').split('\n')[1]!);
    expect(excerpts.length).toBeGreaterThan(0);
    for (const excerpt of excerpts) expect(excerpt).not.toContain(hidden);
    expect(excerpts[0]).toContain('•••');
  });

  it('colours by what a text is, when it is handed colours', () => {
    const rendered = renderProblem(at({ help: 'less' }), 'x', 'f', (text, tone) => `<${tone}>${text}</>`);
    expect(rendered).toBe(['<strong>f:1:1:</> <error>error SCN007:</> too much', '<quiet>    1 |</> x', '<quiet>      |</> <error>^</>', '   <accent>help:</> less'].join('\n'));
  });
});
