import { join, relative } from 'node:path';
import type { FoundBrowser } from '../../src/browser/find-browser.js';
import { carryOut } from '../../src/cli/carry-out.js';
import { startEmbeddedSim } from '../../src/cli/embedded-sim.js';
import { listenForInterrupts } from '../../src/cli/interrupts.js';
import { processIo } from '../../src/cli/io.js';
import { cliLogger } from '../../src/cli/logger.js';
import { ourVersions, runIdFor, thisMachine } from '../../src/cli/machine.js';
import { remakeReport } from '../../src/cli/remake-report.js';
import { every } from '../../src/core/clock.js';
import { packageRoot } from '../../src/core/paths.js';
import { uniqueToken } from '../../src/core/random.js';
import { RECORDED_PROFILE } from '../../src/native/wire-profile.js';
import type { Summary } from '../../src/report/summary.js';
import { checkScenario } from '../../src/scenario/check.js';
import type { Plan } from '../../src/schedule/plan.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';

export interface SimulatedRun {
  readonly name: string;
  readonly scenarioText: string;
  /** What problems of the text are said of, and run.json names. */
  readonly file: string;
  /** What is made of the plan before it is run. */
  readonly shape: (plan: Plan) => Plan;
  readonly pollEverySeconds: number;
  readonly intervalMs: number;
  /** Undefined: the plan has no browser users. */
  readonly browser?: FoundBrowser;
  readonly beginning: (plan: Plan) => string;
  readonly sampleEveryMs: number;
  /** Called regularly while the run goes on, with the process of the simulator. */
  readonly sample: (simulatorPid: number) => Promise<void>;
}

const MEDIA_PROCESSES = 2;

/** Carries out a plan against a simulated fleet on this machine, in a run folder below reports/. Ctrl-C ends it as it ends any run. */
export async function runSimulated(run: SimulatedRun): Promise<{ readonly summary: Summary; readonly dir: string }> {
  const io = processIo();
  const checked = checkScenario(run.scenarioText, run.file);
  if (!checked.ok) throw new Error(checked.problems.map(({ line, message }) => `line ${line}: ${message}`).join('\n'));
  const { scenario } = checked;
  const plan = run.shape(planScenario(scenario));
  const { servers, graphqlConnectionsPerServer, socketsPerSecondPerServer } = scenario.fleet;
  await using sim = await startEmbeddedSim(io, { servers, graphqlConnections: graphqlConnectionsPerServer, socketsPerSecond: socketsPerSecondPerServer, mediaProcesses: MEDIA_PROCESSES, pollEverySeconds: run.pollEverySeconds, faults: [] });
  const target = { kind: 'simulator', url: sim.url, secret: sim.secret, secretEnv: undefined, allowForeignMeetings: false, pid: sim.pid, [Symbol.asyncDispose]: () => Promise.resolve() } as const;
  using interrupts = listenForInterrupts(io);
  console.log(run.beginning(plan));
  const wallMs = io.clock.wallMs();
  const over = new AbortController();
  const sampling = every(io.clock, run.sampleEveryMs, over.signal, () => run.sample(sim.pid));
  try {
    const dir = await carryOut({
      io,
      plan,
      thresholds: scenario.thresholds,
      scenarioText: run.scenarioText,
      meta: {
        schema: 1,
        run: runIdFor(run.name, wallMs, uniqueToken(4)),
        scenario: run.name,
        scenarioFile: relative(io.cwd, run.file),
        seed: plan.seed,
        startedAt: new Date(wallMs).toISOString(),
        target: { kind: 'simulator', url: target.url, secretEnv: undefined, bbbVersion: undefined },
        intervalMs: run.intervalMs,
        machine: thisMachine(),
        firstbell: ourVersions(run.browser?.version),
      },
      target,
      wire: RECORDED_PROFILE,
      crew: undefined,
      browser: run.browser,
      reportsDir: join(packageRoot(), 'reports'),
      allowForeign: false,
      quiet: false,
      interrupts,
      logger: cliLogger(io, 'warn', [target.secret]),
    });
    over.abort();
    await sampling;
    const { summary, text } = await remakeReport(dir);
    console.log(text({ width: 100, colour: false }));
    return { summary, dir };
  } finally {
    over.abort();
  }
}
