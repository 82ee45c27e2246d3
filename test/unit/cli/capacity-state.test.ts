import { describe, expect, it } from 'vitest';
import { beginSearch, nextStep, withTrial, type SearchState } from '../../../src/capacity/search.js';
import { withMaxSteps, type KeptSearch } from '../../../src/cli/capacity-state.js';

/** Three steps, and no more of them: the knee is somewhere between 100 and 200. */
const usedUp: SearchState = ([[50, 'held'], [100, 'held'], [200, 'broken']] as const).reduce((state, [users, outcome]) => withTrial(state, { users, outcome }), beginSearch({ start: 50, max: 400, repeats: 3, tolerance: 0.05, maxSteps: 3 }));
const kept: KeptSearch = { scenarioText: 'name: x', startedAt: '2026-01-01T00:00:00.000Z', state: usedUp, steps: [], down: { state: usedUp, steps: [] } };

describe('a search that has used up its steps', () => {
  it('goes on with more of them, without those servers, too', () => {
    expect(nextStep(kept.state)).toMatchObject({ kind: 'done', answer: { kind: 'unsure' } });
    const more = withMaxSteps(kept, 10);
    for (const { state } of [more, more.down!]) {
      expect(nextStep(state)).toMatchObject({ kind: 'try', users: 141, phase: 'bisect' });
      expect(state.trials).toBe(usedUp.trials);
    }
  });

  it('keeps those that it was begun with otherwise', () => {
    expect(withMaxSteps(kept, undefined)).toBe(kept);
    expect(withMaxSteps({ ...kept, down: undefined }, 2)).toEqual({ ...kept, down: undefined });
  });
});
