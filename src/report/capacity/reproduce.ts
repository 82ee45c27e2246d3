import type { Capacity } from '../../capacity/capacity.js';
import { quoted } from '../../core/shell.js';

/** The command that asks the same question again. Options of the operator's own machine (files, permissions) are not in it. */
export function reproduce({ asked, required, environment: { target } }: Capacity): string {
  const { start, max, repeats, tolerance, maxSteps } = asked.limits;
  const options = [
    `--require ${required}`,
    `--start ${start}`,
    `--max ${max}`,
    `--step-hold ${asked.holdMs / 1_000}`,
    ...(asked.maxHoldMs === undefined ? [] : [`--max-hold ${asked.maxHoldMs / 1_000}`]),
    ...(asked.restMs === undefined ? [] : [`--rest ${asked.restMs / 1_000}`]),
    `--rate ${asked.ratePerSec}`,
    `--repeats ${repeats}`,
    `--tolerance ${tolerance}`,
    `--max-steps ${maxSteps}`,
    ...(asked.serversDown > 0 ? [`--servers-down ${asked.serversDown}`] : []),
    ...(asked.onlyServer === undefined ? [] : [`--only-server ${quoted(asked.onlyServer)}`]),
    ...(asked.workers === undefined ? [] : [`--workers ${asked.workers}`]),
    ...(asked.browserWorkers === undefined ? [] : [`--browser-workers ${asked.browserWorkers}`]),
    ...(asked.faults ?? []).map((fault) => `--fault ${quoted(fault)}`),
    ...(target.kind === 'simulator' ? [] : [`--url ${quoted(target.url)}`, ...(target.secretEnv === undefined ? [] : [`--secret-env ${target.secretEnv}`])]),
  ];
  return `npx firstbell capacity ${quoted(asked.scenarioFile)} \\\n  ${options.join(' \\\n  ')}`;
}
