import { describe, expect, it } from 'vitest';
import { beginSearch, nextStep, withTrial, type Answer, type SearchState } from '../../../src/capacity/search.js';
import { seededRandom } from '../../../src/core/random.js';
import { MODEL_NAMES, modelledFleet, type ModelledFleet } from '../../fakes/modelled-fleet.js';

const LIMITS = { start: 50, max: 20_000, repeats: 3, tolerance: 0.04, maxSteps: 40 };

function search(fleet: ModelledFleet, seed: number, max = LIMITS.max): { readonly answer: Answer; readonly state: SearchState; readonly broke: ReadonlySet<string> } {
  const random = seededRandom(seed);
  const broke = new Set<string>();
  let state = beginSearch({ ...LIMITS, max });
  for (;;) {
    const next = nextStep(state);
    if (next.kind === 'done') return { answer: next.answer, state, broke };
    const step = fleet.step(next.users, random);
    if (step.broke !== undefined) broke.add(step.broke);
    // Through JSON each time: a search that was interrupted goes on just so.
    state = JSON.parse(JSON.stringify(withTrial(state, { users: next.users, outcome: step.held ? 'held' : 'broken' }))) as SearchState;
  }
}

const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1);

describe('the capacity search on fleets of hidden capacity', () => {
  for (const model of MODEL_NAMES) {
    it(`finds the knee of a fleet limited by ${model} within 5 % in 9 of 10 seeds, with an honest interval`, () => {
      let close = 0;
      let honest = 0;
      for (const seed of seeds) {
        const truth = 300 + seededRandom(seed).derive(7).int(8_000);
        const { answer, broke } = search(modelledFleet(model, truth), seed);
        if (answer.kind !== 'knee' && answer.kind !== 'unsure') throw new Error(`${answer.kind} for a knee at ${truth}`);
        const { users, low, high } = answer.knee;
        if (Math.abs(users / truth - 1) <= 0.05) close++;
        if (low <= truth && truth <= high) honest++;
        expect([...broke]).toEqual([modelledFleet(model, truth).breaks]);
      }
      expect(close).toBeGreaterThanOrEqual(9);
      expect(honest).toBeGreaterThanOrEqual(8);
    });
  }

  it('says "at least" when nothing breaks up to the maximum', () => {
    expect(search(modelledFleet('cpu', 50_000), 1, 5_000).answer).toEqual({ kind: 'at-least', users: 5_000 });
  });

  it('goes below its first load when that breaks', () => {
    const { answer } = search(modelledFleet('admission', 12, 0.01), 3);
    expect(answer.kind === 'knee' || answer.kind === 'unsure' ? Math.round(answer.knee.users) : answer).toBe(12);
  });

  it('says that not even one user was held', () => {
    const fleet: ModelledFleet = { name: 'dead', knee: 0, breaks: 'x', step: () => ({ held: false, broke: 'x' }) };
    expect(search(fleet, 1).answer).toEqual({ kind: 'none', tried: 1 });
  });

  it('says "at least what held" when the generator twice did not bring the load', () => {
    let state = beginSearch(LIMITS);
    for (;;) {
      const next = nextStep(state);
      if (next.kind === 'done') {
        expect(next.answer).toEqual({ kind: 'generator', users: 283 });
        break;
      }
      state = withTrial(state, { users: next.users, outcome: next.users > 300 ? 'undelivered' : 'held' });
    }
    expect(state.trials.filter(({ outcome }) => outcome === 'undelivered').map(({ users }) => users)).toEqual([400, 400, 336, 336, 308, 308]);
    // One step that held is even odds: what decides is tried as often as the maximum would be.
    expect(state.trials.slice(-2)).toEqual([{ users: 283, outcome: 'held' }, { users: 283, outcome: 'held' }]);
  });

  it('ends below what the generator brings, though it never brings that load again', () => {
    let state = beginSearch({ ...LIMITS, start: 100, required: 100 });
    state = withTrial(state, { users: 100, outcome: 'held' });
    for (;;) {
      const next = nextStep(state);
      if (next.kind === 'done') {
        expect(next.answer).toEqual({ kind: 'generator', users: 100 });
        break;
      }
      expect(state.trials.length).toBeLessThan(LIMITS.maxSteps);
      state = withTrial(state, { users: next.users, outcome: 'undelivered' });
    }
  });

  it('tries what is required before a ceiling of the generator ends the search', () => {
    let state = beginSearch({ ...LIMITS, start: 13, max: 210, required: 105 });
    for (const users of [13, 26, 52, 104]) state = withTrial(state, { users, outcome: 'held' });
    for (let time = 0; time < 2; time++) state = withTrial(state, { users: 208, outcome: 'undelivered' });
    expect(nextStep(state)).toEqual({ kind: 'try', users: 105, phase: 'ramp' });
  });
});
