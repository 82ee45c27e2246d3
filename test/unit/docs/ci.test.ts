import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { packageRoot } from '../../../src/core/paths.js';

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

const text = readFileSync(join(packageRoot(), 'docs/ci.md'), 'utf8');
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);

function load(name: string): Record<string, unknown> {
  const document = parseDocument(blocks.find((block) => block.startsWith(`# ${name}\n`)) ?? '', { uniqueKeys: true, strict: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as Record<string, unknown>;
}

/** Before it talks to anything a job stops where the CI has no value for a variable: the smoke suite would be played on a simulator, and go well. */
function expectTarget(lines: readonly string[]): void {
  const checked = lines.indexOf(': "${BBB_URL:?}" "${BBB_SECRET:?}"');
  expect(checked).toBeGreaterThanOrEqual(0);
  expect(checked).toBeLessThan(lines.findIndex((line) => /playwright test|firstbell run/.test(line)));
}

/** What must come in this order, each only when the one before went well. */
function expectOrder(lines: readonly string[]): void {
  const at = ['playwright test', 'firstbell run', 'firstbell compare', 'cp -rL reports/latest baseline'].map((words) => lines.findIndex((line) => line.includes(words)));
  expect(at.every((place) => place >= 0)).toBe(true);
  expect(at).toEqual([...at].sort((a, b) => a - b));
}

describe('the CI examples', () => {
  it('GitLab: smoke, then load and comparison, by schedule and by hand', () => {
    const pipeline = load('.gitlab-ci.yml') as { stages: string[]; smoke: { stage: string; script: string[] }; load: { stage: string; script: string[] }; workflow: { rules: { if: string }[] } };
    expect(pipeline.stages).toEqual([pipeline.smoke.stage, pipeline.load.stage]);
    expectOrder([...pipeline.smoke.script, ...pipeline.load.script]);
    for (const { script } of [pipeline.smoke, pipeline.load]) expectTarget(script);
    expect(pipeline.workflow.rules.map((rule) => /"(\w+)"/.exec(rule.if)?.[1])).toEqual(['schedule', 'web', 'trigger']);
  });

  it('GitHub: smoke, then load and comparison, by schedule and by hand', () => {
    const workflow = load('.github/workflows/bigbluebutton.yml') as { on: Record<string, unknown>; jobs: Record<string, { steps: Step[]; needs?: string }> };
    expect(Object.keys(workflow.on)).toEqual(['schedule', 'workflow_dispatch', 'repository_dispatch']);
    expect(workflow.jobs['load']!.needs).toBe('smoke');
    const steps = ['smoke', 'load'].flatMap((job) => workflow.jobs[job]!.steps);
    expectOrder(steps.map(({ run = '' }) => run));
    for (const job of ['smoke', 'load']) expectTarget(workflow.jobs[job]!.steps.map(({ run = '' }) => run));
    for (const step of steps) expect(step.run === undefined).toBe(step.uses !== undefined);
  });

  it('name files that exist', () => {
    for (const match of text.matchAll(/\b(?:scenarios|scripts)\/[\w.-]+\.(?:yaml|mjs)/g)) expect(existsSync(join(packageRoot(), match[0])), match[0]).toBe(true);
  });
});
