import { describe, expect, it } from 'vitest';
import { noteOf, readNote, type CheckNote } from '../../smoke/parts.js';
import { renderSummary, summarise, type TestOutcome } from '../../smoke/summary.js';

const meta = { target: 'bbb.example.org', durationMs: 21_400, interrupted: false };
const outcome = (is: TestOutcome['outcome'], ...annotations: readonly CheckNote[]): TestOutcome => ({ title: 'a test', outcome: is, annotations, message: 'Error: words\n at somewhere' });
const states = (...tests: readonly TestOutcome[]): Record<string, string> => Object.fromEntries(summarise(tests, meta).parts.map(({ part, state }) => [part, state]));

describe('the summary of a smoke run', () => {
  it('gives each part the worst that was found of it', () => {
    const found = states(
      outcome('passed', noteOf('ok', 'api', 'a'), noteOf('ok', 'sfu-audio', 'b'), noteOf('ok', 'ice', 'c'), noteOf('not offered', 'ice', 'no TURN')),
      outcome('failed', noteOf('ok', 'api', 'a'), noteOf('broken', 'sfu-audio', 'silent')),
      outcome('skipped', noteOf('not offered', 'screen-share', 'no button')),
      outcome('passed', noteOf('changed', 'wire', 'another version')),
    );
    expect(found).toMatchObject({ api: 'ok', 'sfu-audio': 'broken', ice: 'ok', 'screen-share': 'not offered', wire: 'changed', chat: 'not looked at' });
    expect(found).not.toHaveProperty('suite');
  });

  it('is not fine when a test failed, was interrupted, or failed without naming a part', () => {
    expect(summarise([outcome('passed')], meta).ok).toBe(true);
    expect(summarise([outcome('passed')], { ...meta, interrupted: true }).ok).toBe(false);
    const { ok, unexplained } = summarise([outcome('failed', noteOf('ok', 'api', 'a'))], meta);
    expect({ ok, unexplained }).toEqual({ ok: false, unexplained: ['a test: Error: words'] });
  });

  it('tells an operator where to begin: the earliest part that is broken', () => {
    const text = renderSummary(summarise([outcome('failed', noteOf('broken', 'chat', 'late')), outcome('failed', noteOf('broken', 'graphql', 'refused'))], meta));
    expect(text).toContain('Smoke of bbb.example.org: BROKEN  (0 passed, 2 failed, 0 skipped, 21 s)');
    expect(text).toMatch(/GraphQL +BROKEN +refused\n +look at: .*bbb-graphql-middleware/);
    expect(text).toContain('Begin with GraphQL:');
  });

  it('reads back the notes that tests leave, and no other annotations', () => {
    expect(readNote(noteOf('broken', 'sfu-video', 'x: y'))).toEqual({ state: 'broken', part: 'sfu-video', what: 'x: y' });
    expect(readNote({ type: 'skip', description: 'API: x' })).toBeUndefined();
    expect(readNote({ type: 'smoke ok', description: 'something else' })).toBeUndefined();
  });
});
