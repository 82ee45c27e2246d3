import { checkScenario } from '../../../src/scenario/check.js';
import type { Problem } from '../../../src/scenario/problem.js';
import type { Scenario } from '../../../src/scenario/scenario.js';

/** Lines of a small sound scenario by section; tests replace the section that they are about. */
export const SECTIONS = {
  head: ['name: Test', 'target: simulator'],
  users: ['users: { browser: rest }'],
  meetings: ['meetings:', '  room: { size: 5 }'],
  load: ['load:', '  - name: lessons', '    executor: ramping-users', '    meetings: room', '    meetingCount: 3', '    stages:', '      - { duration: 10s, target: 15 }'],
  tail: [] as readonly string[],
};

/** The file text; a section replaced by `[]` is left out. */
export function scenarioText(replaced: Partial<Record<keyof typeof SECTIONS, readonly string[]>> = {}): string {
  return `${Object.values({ ...SECTIONS, ...replaced }).flat().join('\n')}\n`;
}

/** Load section with one ramping part whose keys are replaced. */
export function rampingPart(lines: readonly string[]): readonly string[] {
  return ['load:', '  - name: lessons', '    executor: ramping-users', ...lines.map((line) => `    ${line}`)];
}

export function problemsOf(text: string): readonly Problem[] {
  const checked = checkScenario(text, 'test.yaml');
  return checked.ok ? [] : checked.problems;
}

/** The scenario of a text that must be sound. */
export function scenarioOf(text: string): Scenario {
  const checked = checkScenario(text, 'test.yaml');
  if (!checked.ok) throw new Error(`not sound: ${checked.problems.map(({ line, message }) => `${line}: ${message}`).join('; ')}`);
  return checked.scenario;
}
