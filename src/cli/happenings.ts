import { HarnessError, messageOf } from '../core/errors.js';
import type { FaultControl } from '../run/ports.js';
import type { Plan } from '../schedule/plan.js';
import { parseFault } from '../sim/faults.js';

const FAULTS_LIMIT_MS = 5_000;

/** Throws USAGE if the plan runs commands and the operator has not allowed it. */
export function requireAllowed(plan: Plan, allowHooks: boolean): void {
  const commands = (plan.happenings ?? []).flatMap((one) => (one.do === 'exec' ? [one.command.join(' ')] : []));
  if (commands.length === 0 || allowHooks) return;
  throw new HarnessError('USAGE', `this scenario runs ${commands.length === 1 ? 'a command' : `${commands.length} commands`} on this machine: ${commands.slice(0, 5).join(' · ')}`, { hint: 'add --allow-hooks if you want that' });
}

/** Throws USAGE if a fault that the plan sets is none. The scenario knows only their form: their kinds are the simulator's. */
export function requireFaults(plan: Plan): void {
  for (const one of plan.happenings ?? []) if (one.do === 'faults') one.faults.forEach(parseFault);
}

/** Sets the faults of an embedded simulator; those it was started with stay. */
export function faultControl(apiUrl: string, always: readonly string[]): FaultControl {
  const url = new URL('/sim/faults', apiUrl);
  return {
    set: async (faults, signal) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(FAULTS_LIMIT_MS)]);
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify([...always, ...faults]), signal: limited }).catch((error: unknown) => {
        throw new HarnessError('TARGET_UNREACHABLE', `the simulator did not take the faults: ${messageOf(error)}`, { cause: error });
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new HarnessError('TARGET_HTTP_STATUS', `the simulator did not take the faults: HTTP ${answer.status}`);
    },
  };
}
