import yargs from 'yargs';
import { describe, expect, it } from 'vitest';
import { watchOptions, watchWish, type WatchArgs } from '../../../src/cli/watch-options.js';
import type { Io } from '../../../src/cli/io.js';
import type { ResolvedTarget } from '../../../src/cli/target.js';
import { checkScenario } from '../../../src/scenario/check.js';
import type { Scenario } from '../../../src/scenario/scenario.js';

const parse = (...args: string[]): WatchArgs => watchOptions(yargs(args).exitProcess(false).fail(false)).parseSync() as unknown as WatchArgs;
const io = { env: { TOKEN: 'abc' } } as unknown as Io;
const target = {} as ResolvedTarget;

function scenario(scrape: string): Scenario {
  const text = `name: x\ntarget: simulator\nmeetings: { class: { size: 2 } }\nload: [{ name: a, executor: constant-users, meetings: class, meetingCount: 1, users: 2, duration: 1m }]\n${scrape}`;
  const checked = checkScenario(text, 'x.yaml');
  if (!checked.ok) throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return checked.scenario;
}

describe('what looks on', () => {
  it('is nothing unless asked for', () => {
    expect(watchWish(io, parse(), scenario(''), target)).toEqual({ fleet: { sources: [], keep: [], everyMs: 10_000 }, metricsPort: undefined, dashboardPort: undefined, host: '127.0.0.1' });
  });

  it.each([
    [['--dashboard'], 8_465],
    [['--dashboard=0'], 0],
    [['--dashboard', '9000'], 9_000],
  ])('serves a dashboard for %j on port %d', (args, port) => expect(parse(...args).dashboard).toBe(port));

  it('says where --dashboard goes when it has swallowed the scenario', () => {
    expect(() => parse('--dashboard', 'scenarios/x.yaml')).toThrow(/takes a port, got "scenarios\/x.yaml"/);
  });

  it('takes exporters from scenario, command line and the embedded simulator together, with the token', () => {
    const wish = watchWish(io, parse('--scrape', 'bbb02=http://b:9100/metrics', '--scrape-every', '3', '--scrape-token-env', 'TOKEN'), scenario('scrape: { exporters: ["bbb01=http://a:9100/metrics"], prometheus: ["http://p:9090"], every: 30s, keep: [node_load5] }'), {
      exporters: [{ kind: 'exporter', server: '127.0.0.1:1', url: 'http://127.0.0.1:1/metrics' }],
    } as unknown as ResolvedTarget);
    expect(wish.fleet).toEqual({
      everyMs: 3_000,
      keep: ['node_load5'],
      sources: [
        { kind: 'exporter', server: '127.0.0.1:1', url: 'http://127.0.0.1:1/metrics' },
        { kind: 'exporter', server: 'bbb01', url: 'http://a:9100/metrics', token: 'abc' },
        { kind: 'exporter', server: 'bbb02', url: 'http://b:9100/metrics', token: 'abc' },
        { kind: 'prometheus', url: 'http://p:9090', token: 'abc' },
      ],
    });
  });

  it('wants the token to be where it is said to be', () => {
    expect(() => watchWish(io, parse('--scrape-token-env', 'NONE'), scenario(''), target)).toThrow('NONE is not set');
  });

  it.each([['exporters: ["bbb01"]'], ['exporters: ["http://me:pw@a/metrics"]'], ['prometheus: ["ftp://p"]'], ['every: 10ms'], ['keep: ["a b"]'], ['tokenEnv: "a b"'], ['every: 10s, unknown: 1']])('is a problem of the file where it says %s', (written) => {
    expect(() => scenario(`scrape: { ${written} }`)).toThrow('scrape');
  });
});
