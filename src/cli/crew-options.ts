import type { Argv } from 'yargs';
import { HarnessError } from '../core/errors.js';
import type { NatsArgs } from './nats.js';
import { wholeNumber } from './options.js';

/** Of commands whose users workers can bring. */
export interface CrewArgs {
  /** Undefined: this process brings the users. */
  readonly workers: number | undefined;
  readonly browserWorkers: number;
  /** Seconds; undefined: DEFAULT_WAIT_S. */
  readonly waitForWorkers: number | undefined;
}

const DEFAULT_WAIT_S = 120;

export const waitMsOf = ({ waitForWorkers }: Pick<CrewArgs, 'waitForWorkers'>): number => (waitForWorkers ?? DEFAULT_WAIT_S) * 1_000;

export const crewOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('workers', { coerce: wholeNumber('workers', 1, 1_000), describe: 'Bring the users from so many machines: each runs `firstbell worker`, and --nats names the broker' })
    .option('browser-workers', { default: 0, coerce: wholeNumber('browser-workers', 0, 1_000), describe: 'So many further workers (`firstbell worker --labels browser`) bring the browser users; 0: the others bring them too' })
    .option('wait-for-workers', { coerce: wholeNumber('wait-for-workers', 1, 3_600), describe: `Seconds to wait until all workers are ready (default: ${DEFAULT_WAIT_S})` });

/** Throws USAGE for what is said of workers where none were asked for: this machine would bring all users, which is not what was meant. NATS_URL may be set for other commands. */
export function requireWorkersFor(args: CrewArgs & NatsArgs): void {
  if (args.workers !== undefined) return;
  const given = [
    args.browserWorkers > 0 && 'browser-workers',
    args.waitForWorkers !== undefined && 'wait-for-workers',
    args.nats !== undefined && 'nats',
    args.natsCreds !== undefined && 'nats-creds',
    args.natsCa !== undefined && 'nats-ca',
    args.natsCert !== undefined && 'nats-cert',
    args.natsKey !== undefined && 'nats-key',
  ].find((name) => name !== false);
  if (given === undefined) return;
  throw new HarnessError('USAGE', `--${given} says nothing without --workers`, { hint: `add --workers N to bring the users from N machines; without --${given} this machine brings them` });
}
