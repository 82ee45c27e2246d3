import { availableParallelism, hostname } from 'node:os';
import type { Argv } from 'yargs';
import { exitCodeOf, HarnessError } from '../../core/errors.js';
import { uniqueToken } from '../../core/random.js';
import { usersWithoutMedia } from '../../schedule/calibration.js';
import { serveRuns } from '../../workers/worker.js';
import type { Command } from '../command.js';
import { calibrationPath, readCalibration } from '../calibration-file.js';
import { equip } from '../equip.js';
import { listenForInterrupts } from '../interrupts.js';
import type { Io } from '../io.js';
import { cliLogger } from '../logger.js';
import { natsOptions, openBus, type NatsArgs } from '../nats.js';
import { oneText, textList, wholeNumber } from '../options.js';

export interface WorkerArgs extends NatsArgs {
  readonly name: string | undefined;
  readonly labels: string;
  readonly weight: number | undefined;
  readonly allowHost: readonly string[];
  readonly orphanAfter: number;
  readonly runs: number | undefined;
  readonly idleAfter: number | undefined;
  readonly debug: boolean;
}

/** What a seat can ask for; every worker takes `any` unless it says otherwise. */
export const QUEUES = ['any', 'browser'] as const;

export const command: Command<WorkerArgs> = {
  usage: 'worker',
  describe:
    'Serves runs of `firstbell run --workers N`, and the steps of `firstbell capacity --workers N`, on this machine: takes a share of the users, brings them at the agreed instants, and reports over NATS. Waits for the next run when one is over. Ctrl-C lets its users leave their meetings first.',
  examples: [
    { line: 'firstbell worker --nats nats://10.0.0.5:4222', about: 'The shared secret of the target is read here, from the variable that the run names (BBB_SECRET)' },
    { line: 'firstbell worker --nats nats://10.0.0.5:4222 --labels browser', about: 'For browser users only (firstbell run --browser-workers N)' },
    { line: 'firstbell worker --nats nats://10.0.0.5:4222 --runs 1', about: 'Ends after one run: for a job of a cluster' },
    { line: 'firstbell worker --nats nats://10.0.0.5:4222 --idle-after 600', about: 'Ends when no run has come for ten minutes: for a job that is to serve all steps of a capacity search' },
    { line: 'firstbell worker --nats tls://nats.example.org:4222 --nats-creds worker.creds --allow-host bbb.example.org', about: 'With TLS and credentials, for one target only' },
  ],
  options: (yargs: Argv) =>
    natsOptions(yargs)
      .option('name', { coerce: oneText, describe: 'Name in events and verdict; default: that of the machine, made unique' })
      .option('labels', { default: 'any', coerce: oneText, describe: `What it takes, with commas: ${QUEUES.join(', ')}` })
      .option('weight', { coerce: wholeNumber('weight', 1, 1_000_000), describe: 'How many users it takes, compared with the others; default: those without media that it carries as calibrated (firstbell calibrate), else as the built-in figure has it for its cores' })
      .option('allow-host', { coerce: textList, default: [], describe: 'Bring load to this host only, repeatable; default: to any that the run names and whose secret is here' })
      .option('runs', { coerce: wholeNumber('runs', 1, 1_000_000), describe: 'End with 0 when it has served so many runs (a step of a search is one), e.g. in a job that has to complete; with the error when it could not bring its share; default: wait for the next one' })
      .option('idle-after', { coerce: wholeNumber('idle-after', 1, 86_400), describe: 'End, in the same way, when it has served a run and no other came for so many seconds: a capacity search is many runs' })
      .option('orphan-after', { default: 60, coerce: wholeNumber('orphan-after', 5, 86_400), describe: 'Seconds without a word from the coordinator after which the users leave' }),
  run: async (args, io) => {
    const queues = args.labels.split(',').map((label) => label.trim());
    for (const queue of queues) if (!(QUEUES as readonly string[]).includes(queue)) throw new HarnessError('USAGE', `"${queue}" is no label of a worker`, { hint: `the labels are ${QUEUES.join(' and ')}` });
    const worker = `${(args.name ?? hostname()).toLowerCase().replace(/[^a-z0-9-]+/g, '-').slice(0, 60)}-${uniqueToken(4)}`;
    const logger = cliLogger(io, args.debug ? 'debug' : 'warn', []);
    const { weight, from } = await weigh(io, args.weight, availableParallelism());
    using interrupts = listenForInterrupts(io);
    await using bus = await openBus(io, args, `firstbell worker ${worker}`, logger);
    const say = (text: string): void => io.err(`${text}\n`);
    say(`Worker ${worker} waits for runs (${queues.join(', ')}) with weight ${weight} (${from}); Ctrl-C ends it`);
    const { runs, idleAfter } = args;
    await serveRuns({
      bus,
      worker,
      weight,
      queues,
      clock: io.clock,
      orphanAfterMs: args.orphanAfter * 1_000,
      ...(runs === undefined ? {} : { runs }),
      ...(idleAfter === undefined ? {} : { idleMs: idleAfter * 1_000 }),
      stop: interrupts.stop,
      abort: interrupts.abort,
      say,
      logger,
      equip: (job, wire, atMs, clockOffsetMs) => equip(io, logger, args.allowHost, job, wire, atMs, clockOffsetMs),
    });
    // Ctrl-C is how a worker without an end of its own ends; of one that has, somebody counts on what it would have served.
    return interrupts.stop.aborted && (runs !== undefined || idleAfter !== undefined) ? exitCodeOf('STOPPED') : 0;
  },
};

/** How many users it takes, compared with others, and for people where that comes from. Throws FILE_UNREADABLE for a calibration that is none. */
export async function weigh(io: Pick<Io, 'env' | 'cwd'>, named: number | undefined, cores: number): Promise<{ readonly weight: number; readonly from: string }> {
  if (named !== undefined) return { weight: named, from: 'by --weight' };
  const calibration = await readCalibration(io);
  const weight = usersWithoutMedia(calibration, cores);
  const path = calibrationPath(io);
  if (calibration?.kinds.nativeSilent) return { weight, from: `calibrated: ${path}` };
  const lacking = calibration ? `${path} has none for users without media` : path === undefined ? 'the environment names no home for a calibration' : `there is no ${path}`;
  return { weight, from: `the built-in figure for ${cores} ${cores === 1 ? 'core' : 'cores'}: ${lacking}` };
}
