import { dirname, join, relative } from 'node:path';
import { BbbApi } from '../bbb/api.js';
import { DEFAULT_ALGORITHM, type ChecksumAlgorithm } from '../bbb/checksum.js';
import type { FoundBrowser } from '../browser/find-browser.js';
import { within } from '../core/deadline.js';
import { HarnessError } from '../core/errors.js';
import { uniqueToken } from '../core/random.js';
import type { RunMeta } from '../metrics/events.js';
import { diffProfiles, sameWire } from '../native/wire-diff.js';
import { RECORDED_PROFILE, type WireProfile } from '../native/wire-profile.js';
import { RUN_FILES } from '../report/run-data.js';
import type { Scenario } from '../scenario/scenario.js';
import type { Plan } from '../schedule/plan.js';
import type { Io } from './io.js';
import { learnWire } from './learn-wire.js';
import { cliLogger } from './logger.js';
import { ourVersions, runIdFor, thisMachine } from './machine.js';
import type { ResolvedTarget } from './target.js';
import { readWireFile } from './wire-file.js';

const LOOK_LIMIT_MS = 30_000;
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 30_000;
/** Intervals that a report has about. */
const INTERVALS = 300;

interface WireWish {
  readonly io: Io;
  readonly file: string;
  readonly scenario: Scenario;
  readonly learns: boolean;
  readonly browser: FoundBrowser | undefined;
  readonly target: ResolvedTarget;
  readonly reportsDir: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** What native users will say: as recorded, from a file beside the scenario, or as the target's own client says it now. */
export async function wireFor({ io, file, scenario, learns, browser, target, reportsDir, signal, say }: WireWish): Promise<WireProfile> {
  const { wire } = scenario;
  if (wire.kind === 'file') return (await readWireFile(io, join(dirname(file), wire.path))).profile;
  if (!learns || !browser) return RECORDED_PROFILE;
  const profile = await learnWire({ io, target, browser, reportsDir, signal, logger: cliLogger(io, 'warn', [target.secret]), say });
  const diff = diffProfiles(RECORDED_PROFILE, profile);
  say(sameWire(diff) ? `Native users speak as this client does (${profile.join.length} frames), which is as the built-in profile says.` : `Native users speak as this client does (${profile.join.length} frames); \`firstbell wire-diff recorded <run folder>/${RUN_FILES.wire}\` says how it differs from the built-in profile.`);
  return profile;
}

/** What a look at the target told. */
export interface Seen {
  readonly bbbVersion: string | undefined;
  /** What it takes instead of our default. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

/** Reaches the target and signs a call before anything is created: a wrong address or secret ends here. */
export function lookAt(io: Io, target: ResolvedTarget, stop: AbortSignal, say: (text: string) => void): Promise<Seen> {
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `${new URL(target.url).host} did not answer within ${LOOK_LIMIT_MS / 1000} s`, { hint: 'run `firstbell doctor` against it' });
  return within(io.clock, LOOK_LIMIT_MS, stop, tooSlow, async (signal) => {
    await using api = new BbbApi(target, { clock: io.clock });
    const { bbbVersion } = await api.version(signal);
    await api.getMeetings(signal);
    if (api.algorithm === DEFAULT_ALGORITHM) return { bbbVersion, algorithm: undefined };
    say(`${api.host} takes no ${DEFAULT_ALGORITHM} checksums (supportedChecksumAlgorithms); calls are signed with ${api.algorithm}.`);
    return { bbbVersion, algorithm: api.algorithm };
  });
}

/** What run.json says of a run that is about to begin. */
export function metaOf(io: Io, file: string, plan: Plan, target: ResolvedTarget, browser: FoundBrowser | undefined, { bbbVersion, algorithm }: Seen): RunMeta {
  const wallMs = io.clock.wallMs();
  return {
    schema: 1,
    run: runIdFor(plan.scenario, wallMs, uniqueToken(4)),
    scenario: plan.scenario,
    scenarioFile: relative(io.cwd, join(io.cwd, file)),
    seed: plan.seed,
    startedAt: new Date(wallMs).toISOString(),
    target: { kind: target.kind, url: target.url, secretEnv: target.secretEnv, bbbVersion, ...(algorithm === undefined ? {} : { algorithm }) },
    intervalMs: Math.round(Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, plan.durationMs / INTERVALS)) / 1_000) * 1_000,
    machine: thisMachine(),
    firstbell: ourVersions(browser?.version),
  };
}
