import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { checkScenario } from '../scenario/check.js';
import { renderProblem } from '../scenario/render-problem.js';
import type { Scenario } from '../scenario/scenario.js';
import type { Io } from './io.js';

/** Reads a scenario file named on the command line. */
export async function readScenarioText(io: Io, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${relative(io.cwd, path) || path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, {
      hint: 'give the path of a scenario file, e.g. scenarios/first-bell-demo.yaml',
      cause: error,
    });
  }
}

/** Reads and checks; prints the problems and returns undefined when there are any (exit code 2). */
export async function loadScenario(io: Io, file: string, json: boolean): Promise<{ readonly scenario: Scenario; readonly text: string } | undefined> {
  const text = await readScenarioText(io, file);
  const checked = checkScenario(text, file);
  if (checked.ok) return { scenario: checked.scenario, text };
  if (json) io.out(`${JSON.stringify({ problems: checked.problems.map((problem) => ({ ...problem, file })) })}\n`);
  else {
    for (const problem of checked.problems) io.err(`${renderProblem(problem, text, file)}\n`);
    io.err(`${checked.problems.length} ${checked.problems.length === 1 ? 'problem' : 'problems'}; nothing was started\n`);
  }
  return undefined;
}
