import type { Argv } from 'yargs';
import { wholeNumber } from './options.js';

/** Of commands whose users workers can bring. */
export interface CrewArgs {
  /** Undefined: this process brings the users. */
  readonly workers: number | undefined;
  readonly browserWorkers: number;
  /** Seconds. */
  readonly waitForWorkers: number;
}

export const crewOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('workers', { coerce: wholeNumber('workers', 1, 1_000), describe: 'Bring the users from so many machines: each runs `firstbell worker`, and --nats names the broker' })
    .option('browser-workers', { default: 0, coerce: wholeNumber('browser-workers', 0, 1_000), describe: 'So many further workers (`firstbell worker --labels browser`) bring the browser users; 0: the others bring them too' })
    .option('wait-for-workers', { default: 120, coerce: wholeNumber('wait-for-workers', 1, 3_600), describe: 'Seconds to wait until all workers are ready' });
