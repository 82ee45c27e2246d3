import { HarnessError } from '../core/errors.js';
import type { RunningTotal } from '../metrics/running-total.js';
import type { Snapshot } from '../metrics/snapshot.js';
import { stoppingMetrics } from '../metrics/threshold.js';
import { RECORDED_PROFILE } from '../native/wire-profile.js';
import type { RunFolder } from '../report/run-folder.js';
import { RUN_EVENT, SNAPSHOT } from '../report/run-schemas.js';
import type { Bus } from '../workers/bus.js';
import { RemoteCrew } from '../workers/remote-crew.js';
import type { SeatKind } from '../workers/seat-book.js';
import type { RunJob } from './carry-out.js';
import { hashOf } from './equip.js';
import { EvidenceKeeper } from './evidence-keeper.js';
import type { Io } from './io.js';
import type { ResolvedTarget } from './target.js';
import { wireText } from './wire-file.js';

/** What a run on many machines was asked for. */
export interface CrewWish {
  readonly bus: Bus;
  readonly workers: number;
  /** 0: the others bring the browser users too. */
  readonly browserWorkers: number;
  readonly waitMs: number;
  readonly say: (text: string) => void;
}

/** Where the secret of the embedded simulator is, if workers are to know it. */
const SIM_SECRET = 'FIRSTBELL_SIM_SECRET';

/** The crew of a run whose users workers bring. Throws USAGE where they could not know the secret of the target. */
export function openCrew(job: RunJob, wish: CrewWish, folder: RunFolder, total: RunningTotal, onSnapshot: (snapshot: Snapshot) => void): RemoteCrew {
  const { io, plan, target, meta, wire, scenarioText, logger } = job;
  requireKnownSecret(io, target);
  const evidence = new EvidenceKeeper(folder.evidenceDir, plan.limits.maxScreenshots);
  return new RemoteCrew({
    bus: wish.bus,
    plan,
    job: {
      schema: 1,
      run: meta.run,
      scenarioText,
      planHash: hashOf(plan),
      target: { kind: target.kind, url: target.url, secretEnv: target.secretEnv ?? SIM_SECRET, ...(meta.target.algorithm === undefined ? {} : { algorithm: meta.target.algorithm }) },
      intervalMs: meta.intervalMs,
      interim: stoppingMetrics(job.thresholds),
      ownWire: wire !== RECORDED_PROFILE,
    },
    wire: wire === RECORDED_PROFILE ? undefined : wireText(wire),
    seats: job.resumed?.seats ?? seatsFor(wish),
    resumed: job.resumed?.events,
    waitMs: wish.waitMs,
    clock: io.clock,
    total,
    onSnapshot,
    readEvent: (value) => RUN_EVENT.safeParse(value).data,
    readSnapshot: (value) => SNAPSHOT.safeParse(value).data,
    onEvidence: (seq, jpeg) => evidence.keep(seq, jpeg),
    flush: async () => {
      await evidence.flush();
      await folder.flush();
    },
    say: wish.say,
    logger,
  });
}

/** Throws USAGE where workers could not know the secret of the target. */
export function requireKnownSecret(io: Pick<Io, 'env'>, target: Pick<ResolvedTarget, 'kind'>): void {
  if (target.kind !== 'simulator' || io.env[SIM_SECRET] !== undefined) return;
  throw new HarnessError('USAGE', 'workers cannot know the secret of the simulator that is started here', { hint: `set ${SIM_SECRET} here and for every worker, or start \`firstbell sim\` and give --url: either way only for workers on the same machine, as its media is on loopback` });
}

function seatsFor({ workers, browserWorkers }: CrewWish): readonly SeatKind[] {
  const kinds = browserWorkers > 0 ? (['native'] as const) : (['browser', 'native'] as const);
  return [...Array.from({ length: workers }, () => ({ queue: 'any', kinds })), ...Array.from({ length: browserWorkers }, () => ({ queue: 'browser', kinds: ['browser'] as const }))];
}
