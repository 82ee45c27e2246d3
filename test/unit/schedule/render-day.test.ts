import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import type { GeneratorCosts } from '../../../src/schedule/generators.js';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import { renderPlan } from '../../../src/schedule/render-plan.js';
import { constant, scenario } from '../../fakes/build-scenario.js';
import { scenarioOf } from '../scenario/scenario-text.js';

const text = renderPlan(planScenario(scenarioOf(readFileSync(join(packageRoot(), 'scenarios', 'school-day.yaml'), 'utf8'))), { width: 100 });
const section = (title: string): readonly string[] => (text.split('\n\n').find((part) => part.startsWith(title)) ?? '').split('\n');

describe('what is shown of a school day', () => {
  it('tells the times of the day, and how fast it goes by', () => {
    expect(text.split('\n')[0]).toMatch(/^School day {2}07:53–09:4\d .* 12 times faster, in 9m\d+s$/);
    // Checkpoints every half hour of the day.
    expect(section('Checkpoints').join(' ')).toMatch(/08:23 +\d+ +08:53 +\d+ +09:23 +\d+/);
  });

  it('names the three storms at their bells, the later ones with those who leave', () => {
    const [head, ...storms] = section('Storms');
    expect(head).toContain('3: many join');
    expect(storms.map((line) => /^ {2}(\d\d:\d\d)/.exec(line)?.[1])).toEqual(['07:54', '08:30', '09:05']);
    expect(storms.map((line) => /\d+ leave/.test(line))).toEqual([false, true, true]);
  });

  it('names the reconnection storm and what people do', () => {
    expect(section('Events').join('\n')).toMatch(/30 polls, \d+ votes[^]*09:28 +3\d users lose the network at once/);
  });

  it('keeps columns apart, however long their texts', () => {
    const morning = renderPlan(planScenario(scenarioOf(readFileSync(join(packageRoot(), 'scenarios', 'darmstadt-morning.yaml'), 'utf8'))), { width: 100 });
    expect(morning).toMatch(/186 with microphone, 600 listening {2}\d\d:\d\d/);
    expect(morning).toMatch(/Sockets admitted a second {2}\d/);
    const columns = morning.split('\n').filter((line) => /^ {2}(users|audio|cameras|line, in|line, out) /.test(line)).map((line) => line.search(/\d\d:\d\d/));
    expect(columns).toHaveLength(5);
    expect(new Set(columns).size).toBe(1);
  });

  it('says that the line is assumed as long as nobody has said what it is', () => {
    const plan = planScenario(scenarioOf(readFileSync(join(packageRoot(), 'scenarios', 'darmstadt-morning.yaml'), 'utf8')));
    const shown = (machine?: Partial<GeneratorCosts['machine']>): string => renderPlan(plan, { width: 100, ...(machine ? { machine } : {}) }).replace(/\s+/g, ' ');
    expect(shown()).toContain('the line decides. The line is assumed');
    expect(shown({ cores: 16, memoryMb: 32_768 })).toMatch(/of 16 cores, 32 GB, 1,000 Mbit\/s.*the line decides\. The line is assumed/);
    expect(shown({ cores: 16, lineMbps: 1_000 })).not.toContain('The line is assumed');
  });

  it('leaves both out where there are none', () => {
    const quiet = renderPlan(planScenario(scenario({ load: [constant()] })), { width: 100 });
    expect(quiet).not.toMatch(/^(Storms|Events)/m);
  });
});
