import { availableParallelism } from 'node:os';
import { normaliseApiUrl } from '../bbb/api-url.js';
import { HarnessError } from '../core/errors.js';
import type { ScrapeSource } from '../fleet/scrape/scrape-list.js';
import type { Scenario } from '../scenario/scenario.js';
import type { PlaceBy } from '../sim/balancer.js';
import { startEmbeddedSim } from './embedded-sim.js';
import type { Io } from './io.js';

/** What a run talks to, with the secret in memory only. */
export interface ResolvedTarget extends AsyncDisposable {
  readonly kind: 'simulator' | 'bbb';
  readonly url: string;
  readonly secret: string;
  readonly secretEnv: string | undefined;
  readonly allowForeignMeetings: boolean;
  /** Process of the embedded simulator, whose cost is not the generator's. */
  readonly pid: number | undefined;
  /** Pages on which the servers of the embedded simulator say how they are doing; named as users see them. */
  readonly exporters?: readonly ScrapeSource[];
  /** Servers of the embedded simulator by the names that its faults take. */
  readonly simulated?: readonly string[];
}

export interface TargetArgs {
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly fault: readonly string[];
  /** Of the embedded simulator. */
  readonly placeBy?: PlaceBy;
}

/** More than a machine for trying has use for. */
const MAX_MEDIA_PROCESSES = 4;

/** `--url` and `--secret-env` win over the scenario; a scenario for the simulator starts it. Rejects with USAGE where the URL cannot be one of an API, and with SECRET_MISSING. */
export async function resolveTarget(io: Io, scenario: Scenario | undefined, args: TargetArgs): Promise<ResolvedTarget> {
  const target = scenario?.target;
  if (args.url === undefined && target?.kind === 'simulator' && scenario) {
    const { servers, graphqlConnectionsPerServer, socketsPerSecondPerServer } = scenario.fleet;
    const mediaProcesses = Math.min(MAX_MEDIA_PROCESSES, availableParallelism());
    const sim = await startEmbeddedSim(io, { servers, graphqlConnections: graphqlConnectionsPerServer, socketsPerSecond: socketsPerSecondPerServer, mediaProcesses, faults: args.fault, placeBy: args.placeBy });
    return { kind: 'simulator', url: sim.url, secret: sim.secret, secretEnv: undefined, allowForeignMeetings: false, pid: sim.pid, exporters: sim.servers.map((server) => exporterOf(server.url)), simulated: sim.servers.map(({ name }) => name), [Symbol.asyncDispose]: () => Promise.resolve(sim[Symbol.asyncDispose]()) };
  }
  if (args.fault.length > 0) throw new HarnessError('USAGE', '--fault is for the embedded simulator only', { hint: 'give the faults to `firstbell sim` instead' });
  const url = args.url ?? (target?.kind === 'bbb' ? target.url : '');
  // Said before anybody is asked about its host; folders keep it as it was written.
  normaliseApiUrl(url);
  const secretEnv = args.secretEnv ?? (target?.kind === 'bbb' ? target.secretEnv : 'BBB_SECRET');
  return {
    kind: 'bbb',
    url,
    secret: secretFrom(io, secretEnv),
    secretEnv,
    allowForeignMeetings: target?.kind === 'bbb' && target.allowForeignMeetings,
    pid: undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function exporterOf(apiUrl: string): ScrapeSource {
  const { host, origin } = new URL(apiUrl);
  return { kind: 'exporter', server: host, url: `${origin}/metrics` };
}

/** Reads a shared secret from the environment; its value appears in no message. */
export function secretFrom(io: Io, variable: string): string {
  const secret = io.env[variable];
  if (secret === undefined || secret === '') {
    throw new HarnessError('SECRET_MISSING', `the environment variable ${variable} is not set`, {
      hint: `put the shared secret there, e.g. \`read -rs ${variable} && export ${variable}\`; \`bbb-conf --secret\` on the server prints it`,
    });
  }
  io.hide(variable);
  return secret;
}
