import { HarnessError } from '../core/errors.js';
import { aboveCeilings, type Ceilings } from '../schedule/ceilings.js';
import type { Plan } from '../schedule/plan.js';
import { isLoopback } from './embedded-sim.js';
import type { Io } from './io.js';
import type { SiteConfig } from './site-config.js';

export interface Permission {
  readonly url: string;
  /** What is about to come, for whoever is asked. */
  readonly users: number;
  readonly config: SiteConfig;
  /** Hosts that the command line vouches for. */
  readonly allowed: readonly string[];
  /** The phrase, given on the command line. */
  readonly confirm: string | undefined;
  /** Nobody waits for an answer any more. */
  readonly stop: AbortSignal;
}

/**
 * Load on another machine needs somebody who may allow it: an entry of the site's file (with its phrase, if it has one), --i-am-allowed-to-test with the host's
 * name, or a person at the terminal who types it. Rejects with USAGE, or with STOPPED by whoever is asked; nothing has been sent by then.
 */
export async function askPermission(io: Io, { url, users, config, allowed, confirm, stop }: Permission): Promise<void> {
  if (isLoopback(url)) return;
  const { host, hostname } = new URL(url);
  const entry = Object.entries(config.targets).find(([, target]) => new URL(target.url).host === host);
  if (entry) {
    const [name, { confirm: phrase }] = entry;
    if (phrase === undefined || confirm === phrase) return;
    if (confirm !== undefined) throw new HarnessError('USAGE', `that is not the phrase of the target ${name}; nothing was started`);
    const typed = await io.ask(`This brings up to ${users} users to ${name} (${host}). Type its phrase to go on: `, stop);
    if (typed?.trim() === phrase) return;
    throw new HarnessError('USAGE', typed === undefined ? `the target ${name} asks for its phrase` : `that is not the phrase of the target ${name}; nothing was started`, {
      hint: `give it with --confirm; it stands in ${config.file}`,
    });
  }
  if (allowed.some((one) => one === host || one === hostname)) return;
  const answer = await io.ask(`This brings up to ${users} users to ${host}. Type the host name if you are allowed to test it: `, stop);
  if (answer === undefined) throw new HarnessError('USAGE', `nobody has said that ${host} may be tested`, { hint: `add --i-am-allowed-to-test ${host}, or name it in ${config.file}` });
  if (answer.trim() !== host && answer.trim() !== hostname) throw new HarnessError('USAGE', 'the host name typed is not the target; nothing was started');
}

/** Throws USAGE if a plan passes what the site allows at all. */
export function holdToCeilings(plan: Plan, ceilings: Ceilings, file: string): void {
  const above = aboveCeilings(plan, ceilings);
  if (above.length === 0) return;
  throw new HarnessError('USAGE', `the plan passes a ceiling: ${above.join('; ')}`, { hint: `make it smaller, or raise \`ceilings\` in ${file} if the fleet, the lines and the others on them can take it` });
}
