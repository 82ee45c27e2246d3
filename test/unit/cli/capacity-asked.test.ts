import { describe, expect, it } from 'vitest';
import { askedOf, requireSame, resumeCommand } from '../../../src/cli/capacity-asked.js';

const ASKING = { require: 5_000, rate: 10, stepHold: 60, maxHold: undefined, serversDown: 1, onlyServer: undefined, takeDown: './down.sh {count}', bringBack: undefined, fault: [] };
const FLEET = { kind: 'bbb', url: 'https://bbb.example.org/bigbluebutton/api', secretEnv: 'BBB_SECRET' } as const;
const SIMULATOR = { kind: 'simulator', url: 'http://127.0.0.1:1', secretEnv: undefined } as const;

describe('a search that is gone on with', () => {
  it('is told with every option that it was begun with, and without a secret', () => {
    expect(resumeCommand('my scenario.yaml', askedOf(ASKING, FLEET), 'reports/capacity-x')).toBe(
      "firstbell capacity 'my scenario.yaml' --require 5000 --rate 10 --step-hold 60 --servers-down 1 --take-down './down.sh {count}' --url https://bbb.example.org/bigbluebutton/api --secret-env BBB_SECRET --resume reports/capacity-x",
    );
    expect(resumeCommand('s.yaml', askedOf({ ...ASKING, fault: ['bbb01:full', 'slow'] }, SIMULATOR), 'x')).toContain('--fault bbb01:full --fault slow --resume');
  });

  it('is the same question', () => {
    const begun = askedOf(ASKING, FLEET);
    expect(() => requireSame(begun, askedOf(ASKING, { ...FLEET, secretEnv: 'OTHER' }))).not.toThrow();
    // Of an earlier version, which did not keep it.
    expect(() => requireSame(undefined, begun)).not.toThrow();
  });

  it('is refused under other conditions, by name', () => {
    const begun = askedOf(ASKING, FLEET);
    expect(() => requireSame(begun, askedOf({ ...ASKING, serversDown: 0 }, SIMULATOR))).toThrow(/begun with --servers-down 1, not no --servers-down; --url https:.*, not the bundled simulator/);
    expect(() => requireSame(begun, askedOf({ ...ASKING, rate: 20 }, FLEET))).toThrow('begun with --rate 10, not --rate 20');
  });
});
