import { describe, expect, it } from 'vitest';
import { askedOf, meansOptions, requireSame, resumeCommand } from '../../../src/cli/capacity-asked.js';

const ASKING = { require: 5_000, rate: 10, stepHold: 60, maxHold: undefined, serversDown: 1, onlyServer: undefined, takeDown: './down.sh {count}', bringBack: undefined, fault: [], workers: undefined, browserWorkers: 0 };
const MEANS = { workers: undefined, waitForWorkers: 120, nats: undefined, natsCreds: undefined, natsCa: undefined, natsCert: undefined, natsKey: undefined, dashboard: undefined, metricsPort: undefined, watchHost: '127.0.0.1', scrape: [], prometheus: [], scrapeEvery: undefined, scrapeTokenEnv: undefined, lang: undefined };
const FLEET = { kind: 'bbb', url: 'https://bbb.example.org/bigbluebutton/api', secretEnv: 'BBB_SECRET' } as const;
const SIMULATOR = { kind: 'simulator', url: 'http://127.0.0.1:1', secretEnv: undefined } as const;

describe('a search that is gone on with', () => {
  it('is told with every option that it was begun with, and without a secret', () => {
    expect(resumeCommand('my scenario.yaml', askedOf(ASKING, FLEET), 'reports/capacity-x')).toBe(
      "firstbell capacity 'my scenario.yaml' --require 5000 --rate 10 --step-hold 60 --servers-down 1 --take-down './down.sh {count}' --url https://bbb.example.org/bigbluebutton/api --secret-env BBB_SECRET --resume reports/capacity-x",
    );
    expect(resumeCommand('s.yaml', askedOf({ ...ASKING, fault: ['bbb01:full', 'slow'] }, SIMULATOR), 'x')).toContain('--fault bbb01:full --fault slow --resume');
  });

  it('is told with its workers, the broker and what watches it, and never with a password', () => {
    const means = meansOptions({ ...MEANS, workers: 6, nats: 'nats://me:secret@10.0.0.5:4222,nats://me:secret@10.0.0.6:4222', natsCreds: 'coordinator.creds', dashboard: 9_000, scrape: ['bbb01=http://me:secret@10.0.0.1:9100/metrics'], lang: 'de' });
    const command = resumeCommand('s.yaml', askedOf({ ...ASKING, workers: 6, browserWorkers: 2 }, FLEET), 'x', means);
    expect(command).toContain("--workers 6 --browser-workers 2 --url");
    expect(command).toContain("--nats 'nats://10.0.0.5:4222,nats://10.0.0.6:4222' --nats-creds coordinator.creds --wait-for-workers 120 --dashboard=9000 --watch-host 127.0.0.1 --scrape bbb01=http://10.0.0.1:9100/metrics --lang de --resume x");
    expect(command).not.toContain('secret@');
    // Without workers there is no broker, though one may be named.
    expect(meansOptions({ ...MEANS, nats: 'nats://10.0.0.5:4222' })).toEqual([]);
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
    expect(() => requireSame(begun, askedOf({ ...ASKING, workers: 2 }, FLEET))).toThrow('begun with no --workers, not --workers 2');
  });
});
