import { relative } from 'node:path';
import type { FoundBrowser } from '../browser/find-browser.js';
import type { Searched } from '../capacity/capacity.js';
import { sleep, type Clock } from '../core/clock.js';
import { nextStep, withTrial } from '../capacity/search.js';
import type { WireProfile } from '../native/wire-profile.js';
import type { Lang } from '../report/format.js';
import { durationText } from '../scenario/quantity.js';
import type { Scenario } from '../scenario/scenario.js';
import { planScenario } from '../schedule/plan-scenario.js';
import type { StepShape } from '../schedule/scale-load.js';
import type { SearchPart } from './capacity-state.js';
import { stepRecord, stepScenario } from './capacity-step.js';
import { carryOut } from './carry-out.js';
import type { Interrupts } from './interrupts.js';
import type { Io } from './io.js';
import { cliLogger } from './logger.js';
import type { Lookout } from './lookout.js';
import type { CrewWish } from './open-crew.js';
import { metaOf, type Seen } from './prepare-run.js';
import type { ResolvedTarget } from './target.js';
import type { WatchWish } from './watch-options.js';

/** Everything that the steps of a search have in common. */
export interface SearchJob {
  readonly io: Io;
  readonly scenarioFile: string;
  readonly scenarioText: string;
  readonly scenario: Scenario;
  readonly ratePerSec: number;
  /** Of a step; one that was not steady is run again for twice as long, up to `maxHoldS`. */
  readonly holdS: number;
  readonly maxHoldS: number;
  readonly target: ResolvedTarget;
  readonly wire: WireProfile;
  readonly browser: FoundBrowser | undefined;
  readonly seen: Seen;
  /** Workers bring each step; undefined: this process does. */
  readonly crew: CrewWish | undefined;
  readonly watch: WatchWish;
  /** What shows the step that is on. */
  readonly lookout: Lookout;
  readonly stepsDir: string;
  /** Of the reports of the steps. */
  readonly lang: Lang | undefined;
  readonly allowForeign: boolean;
  readonly faults: readonly string[];
  readonly quiet: boolean;
  readonly interrupts: Interrupts;
  /** Between two steps. */
  readonly rest: () => Promise<void>;
  readonly say: (text: string) => void;
  /** After each step: what was found so far is safe. */
  readonly keep: (part: SearchPart) => Promise<void>;
}

/** Ended: the search has its answer. Else the exit code and the reason of the step that said nothing. */
export type SearchEnd = { readonly ended: Searched } | { readonly exitCode: number; readonly reason: string };

/** Everybody leaves within this. */
const LEAVE_MS = 5_000;

export const stepShape = (ratePerSec: number, holdS: number): StepShape => ({ ratePerSec, holdMs: holdS * 1_000, leaveMs: LEAVE_MS });

export interface Rest {
  readonly clock: Clock;
  readonly seconds: number;
  readonly stop: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * Waits before every step but the first. A load balancer goes by its last look: it would place the meetings of a step by the users of the one before, all on some of
 * the servers, and a step has to say what the fleet holds. Ends at once when the search is stopped.
 */
export function restBetweenSteps({ clock, seconds, stop, say }: Rest): () => Promise<void> {
  let first = true;
  return async () => {
    if (!first && seconds > 0 && !stop.aborted) {
      say(`  leaving the fleet alone for ${seconds} s, until its load balancer has found the servers empty …`);
      await sleep(clock, seconds * 1_000, stop).catch(() => undefined);
    }
    first = false;
  };
}

/** Runs step after step until the search has its answer. */
export async function search(job: SearchJob, begun: SearchPart): Promise<SearchEnd> {
  const { io, scenario, scenarioText, target, crew, interrupts, say } = job;
  let { state } = begun;
  const steps = [...begun.steps];
  let holdS = job.holdS;
  for (;;) {
    const next = nextStep(state);
    if (next.kind === 'done') return { ended: { state, answer: next.answer, steps } };
    await job.rest();
    // Stopped between two steps.
    if (interrupts.stop.aborted) return { exitCode: 130, reason: 'stopped by the user' };
    const shape = stepShape(job.ratePerSec, holdS);
    const step = stepScenario(scenarioText, scenario, next.users, shape);
    const plan = planScenario(step.scenario);
    const title = `Step ${state.trials.length + 1} (${next.phase}): ${next.users} users`;
    say(`${title}, held for ${durationText(shape.holdMs)} …`);
    const meta = metaOf(io, job.scenarioFile, plan, target, job.browser, job.seen);
    const runDir = await carryOut({
      io,
      plan,
      thresholds: step.scenario.thresholds,
      scenarioText: step.text,
      meta: job.allowForeign ? { ...meta, allowForeign: true } : meta,
      target,
      wire: job.wire,
      browser: job.browser,
      crew,
      reportsDir: job.stepsDir,
      watch: job.watch,
      step: { lookout: job.lookout, title },
      allowForeign: job.allowForeign,
      faults: job.faults,
      quiet: job.quiet,
      interrupts,
      logger: cliLogger(io, 'warn', [target.secret]),
    });
    const { summary, record, unmeasured } = await stepRecord(runDir, next.users, shape, { phase: next.phase, scenario: step.scenario, lang: job.lang });
    if (unmeasured !== undefined) {
      const { expression, wantsHoldS } = unmeasured;
      const longer = wantsHoldS === undefined ? '' : `, longer steps (--step-hold ${wantsHoldS})`;
      const reason = `of "${expression}" nothing was measured with ${next.users} ${next.users === 1 ? 'user' : 'users'} (${relative(io.cwd, runDir)}), which says nothing of the fleet: begin a new search with more of them (--start)${longer}, or without that threshold`;
      return { exitCode: 5, reason };
    }
    if (!record) return { exitCode: summary.exitCode, reason: `${summary.reasons[0] ?? summary.verdict} (${relative(io.cwd, runDir)})` };
    if (record.outcome === 'held' && record.steady === false && holdS * 2 <= job.maxHoldS) {
      holdS *= 2;
      say(`  held, but was not steady yet; again for ${holdS} s`);
      continue;
    }
    holdS = job.holdS;
    steps.push(record);
    state = withTrial(state, { users: record.users, outcome: record.outcome });
    await job.keep({ state, steps });
    say(`  ${record.outcome}${record.firstBroken === undefined ? '' : `: ${record.firstBroken}`}`);
  }
}
