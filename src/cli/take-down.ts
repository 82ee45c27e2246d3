import { HarnessError } from '../core/errors.js';
import type { HookRunner } from '../run/ports.js';
import { faultControl } from './happenings.js';
import type { ResolvedTarget } from './target.js';

/** Servers to be taken out of a fleet while it is searched: some, or all but one. */
export type Outage = { readonly kind: 'some'; readonly count: number } | { readonly kind: 'all-but'; readonly server: string; readonly of: number };

export interface TakeDown {
  /** Commands of the operator for fleets that are not ours; undefined: none. `{count}` and `{keep}` in them are replaced. */
  readonly takeDown: string | undefined;
  readonly bringBack: string | undefined;
  readonly target: Pick<ResolvedTarget, 'url' | 'simulated'>;
  /** Faults that the simulator was started with, and keeps. */
  readonly faults: readonly string[];
  readonly hooks: HookRunner;
  /** The command that brings servers back did not end well: somebody has to look. */
  readonly onNotBack: (error: HarnessError) => void;
}

/** A server is out: its faults are set, or the operator's command has ended well. Its disposal never rejects. */
export interface TakenDown extends AsyncDisposable {
  /** Names of the servers; empty: the command knows them. */
  readonly out: readonly string[];
  /** All faults now in force. */
  readonly faults: readonly string[];
}

/** Of each of the two commands. The longest pause between two steps of a search: servers are taken out meanwhile. */
export const HOOK_LIMIT_MS = 300_000;

/** Whether servers can be taken out at all; without, what is left is computed. */
export function canTakeDown({ target, takeDown }: Pick<TakeDown, 'target' | 'takeDown'>): boolean {
  return target.simulated !== undefined || takeDown !== undefined;
}

/**
 * Takes servers out until the result is disposed of. Throws USAGE, or HOOK_FAILED if the command did not end with 0; once `signal` aborts, its reason. What a command that
 * failed or was killed had taken out by then is not known: the other command has been run before this throws.
 */
export async function takeDown(outage: Outage, means: TakeDown, signal: AbortSignal): Promise<TakenDown> {
  const { target } = means;
  if (target.simulated !== undefined) {
    const out = outOf(target.simulated, outage);
    const control = faultControl(target.url, means.faults);
    const faults = out.map((name) => `${name}:server-down`);
    await control.set(faults, signal).catch((error: unknown) => failed(error, signal));
    // The end of a search must not wait for ever for a simulator that is going down with it.
    return { out, faults: [...means.faults, ...faults], [Symbol.asyncDispose]: () => control.set([], AbortSignal.timeout(HOOK_LIMIT_MS)).catch(() => undefined) };
  }
  const down = commandOf(means.takeDown, outage);
  if (!down) throw new HarnessError('USAGE', 'servers of this target can be taken out by your own command only', { hint: 'give --take-down, e.g. --take-down "./drain.sh {count}"; or name the API URL of that server with --url' });
  const back = commandOf(means.bringBack, outage);
  // Not of the search's signals: who stops a search wants the servers back all the more.
  const bringBack = async (): Promise<void> => {
    if (back) await runHook('bring-back', back, means, new AbortController().signal).catch(means.onNotBack);
  };
  signal.throwIfAborted();
  try {
    await runHook('take-down', down, means, signal);
  } catch (error) {
    await bringBack();
    return failed(error, signal);
  }
  return { out: [], faults: means.faults, [Symbol.asyncDispose]: bringBack };
}

/** What was stopped did not fail. */
function failed(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  throw error;
}

function outOf(servers: readonly string[], outage: Outage): readonly string[] {
  if (outage.kind === 'some') return servers.slice(Math.max(0, servers.length - outage.count));
  if (servers.includes(outage.server)) return servers.filter((name) => name !== outage.server);
  throw new HarnessError('USAGE', `the simulated fleet has no server "${outage.server}"`, { hint: `its servers are ${servers.slice(0, 20).join(', ')}` });
}

/** Its words; undefined: there is none. */
function commandOf(line: string | undefined, outage: Outage): readonly string[] | undefined {
  const values: Readonly<Record<string, string>> = { count: String(outage.kind === 'some' ? outage.count : outage.of - 1), keep: outage.kind === 'some' ? '' : outage.server };
  const command = (line ?? '').trim().split(/\s+/).map((word) => word.replace(/\{(count|keep)\}/g, (_, key: string) => values[key] ?? ''));
  return command[0] === undefined || command[0] === '' ? undefined : command;
}

/** Throws HOOK_FAILED. */
async function runHook(name: 'take-down' | 'bring-back', command: readonly string[], { hooks }: TakeDown, signal: AbortSignal): Promise<void> {
  const { exitCode, problem, output } = await hooks.run({ name, command, timeoutMs: HOOK_LIMIT_MS }, signal);
  if (exitCode !== 0) throw new HarnessError('HOOK_FAILED', `the command of --${name} ${problem ?? `ended with ${exitCode}`}`, { hint: output === undefined ? 'it printed nothing' : `what it printed is in ${output} of the folder` });
}
