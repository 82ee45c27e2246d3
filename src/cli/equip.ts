import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { BbbApi } from '../bbb/api.js';
import { algorithmNamed } from '../bbb/checksum.js';
import { Closer } from '../core/closer.js';
import { HarnessError } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { recordApiCalls } from '../fleet/api-samples.js';
import { createRecorder } from '../metrics/recorder.js';
import { parseProfile, RECORDED_PROFILE } from '../native/wire-profile.js';
import { checkScenario } from '../scenario/check.js';
import type { Plan } from '../schedule/plan.js';
import { planScenario } from '../schedule/plan-scenario.js';
import type { Job } from '../workers/messages.js';
import type { Equipment } from '../workers/seat-work.js';
import { browserHere } from './browser-here.js';
import type { Io } from './io.js';
import { openUsers, usageWithout } from './open-users.js';
import { secretFrom } from './target.js';

const MAX_SERIES = 5_000;

/** By which coordinator and workers know that they carry out the same plan. */
export function hashOf(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

/** Makes what a worker needs from a job: the same plan as the coordinator, and users of its kinds. The shared secret is this machine's own. */
export async function equip(io: Io, logger: Logger, hosts: readonly string[], job: Job, wire: string | undefined, atMs: () => number, clockOffsetMs: number): Promise<Equipment> {
  const { host } = new URL(job.target.url);
  if (hosts.length > 0 && !hosts.includes(host) && !hosts.includes(new URL(job.target.url).hostname)) {
    throw new HarnessError('USAGE', `this worker brings no load to ${host}`, { hint: `start it with --allow-host ${host}` });
  }
  const secret = secretFrom(io, job.target.secretEnv);
  const checked = checkScenario(job.scenarioText, 'scenario.yaml');
  if (!checked.ok) throw new HarnessError('SCENARIO_INVALID', `the scenario of the run has ${checked.problems.length} problems here`, { hint: 'do all machines run the same version of Firstbell?' });
  const plan = planScenario(checked.scenario);
  const closer = new Closer();
  try {
    const evidenceDir = await mkdtemp(join(tmpdir(), 'firstbell-evidence-'));
    closer.add(() => rm(evidenceDir, { recursive: true, force: true }));
    const recorder = createRecorder({ maxSeries: MAX_SERIES, onCapped: (message) => logger.log('warn', message) });
    closer.add(() => recorder[Symbol.dispose]());
    const api = closer.use(new BbbApi({ url: job.target.url, secret, algorithm: algorithmNamed(job.target.algorithm) }, { clock: io.clock, onCall: recordApiCalls(recorder, atMs) }));
    const needsBrowser = plan.attendances.some(({ kind }) => kind === 'browser');
    // A worker for native users only needs no browser: whether its share has browser users is known later.
    const browser = needsBrowser ? await browserHere(io).catch(() => undefined) : undefined;
    const profile = wire === undefined ? RECORDED_PROFILE : parseProfile(JSON.parse(wire));
    const users = closer.use(openUsers({ plan, api, clock: io.clock, logger, browser, wire: profile, evidenceDir, secret, clockOffsetMs, onLoopDelay: (value) => recorder.record({ metric: 'event_loop_delay', value, atMs: atMs() }), onSendLateness: (value) => recorder.record({ metric: 'send_lateness', value, atMs: atMs() }) }));
    return { plan, planHash: hashOf(plan), factories: users.factories, recorder, usage: () => usageWithout(undefined), evidence: (path) => readFile(join(evidenceDir, basename(path))), [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}
