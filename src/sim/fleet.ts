import { MIDDLEWARE_LIMITS, type MiddlewareLimits } from '../bbb/graphql.js';
import type { Clock } from '../core/clock.js';
import { Closer } from '../core/closer.js';
import { HarnessError } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { uniqueToken } from '../core/random.js';
import type { IceService } from './api/stuns.js';
import { Balancer, type PlaceBy } from './balancer.js';
import { capacityOf, type CapacityModel, type CapacityWish } from './capacity.js';
import { Faults, type Fault } from './faults.js';
import type { SimLine } from './graphql/schema.js';
import { startLivekit } from './livekit/process.js';
import { startMediaPlane } from './media/start.js';
import { SimServer } from './server.js';

export interface SimOptions {
  readonly servers: number;
  /** Address to listen on; loopback unless told otherwise. */
  readonly host?: string;
  /** Port of the load balancer; 0: any. */
  readonly port?: number;
  /** Shared secret of the balancer; a random one otherwise. */
  readonly secret?: string;
  readonly faults?: readonly Fault[];
  /** What servers can do; a server that nothing is said about can do as much as it is asked for. */
  readonly capacity?: readonly CapacityWish[];
  readonly limits?: Partial<MiddlewareLimits>;
  readonly mediaProcesses?: number;
  /** STUN and TURN servers that clients are told of; none unless given. */
  readonly ice?: IceService;
  /** How often the balancer asks the servers for their load. */
  readonly pollEveryMs?: number;
  /** By what the balancer places meetings; default: by load. */
  readonly placeBy?: PlaceBy;
  /** Line of BBB that the servers are of; default 3.0. */
  readonly line?: SimLine;
  /** A livekit-server program; without one meetings have no LiveKit, and there is no 4.0. */
  readonly livekitServer?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Sim extends AsyncDisposable {
  /** API URL of the load balancer. */
  readonly url: string;
  readonly secret: string;
  readonly servers: readonly { readonly name: string; readonly url: string; readonly secret: string }[];
}

const SECRET_LENGTH = 40;
const POLL_EVERY_MS = 60_000;
const NO_ICE_SERVICE: IceService = { stun: [], turn: undefined };

/** Starts a simulated fleet. Rejects having closed what it had opened; PORT_IN_USE if the port is taken, USAGE for a 4.0 without a livekit-server. */
export async function startSim(options: SimOptions): Promise<Sim> {
  const { clock, logger, host = '127.0.0.1', secret = uniqueToken(SECRET_LENGTH), line = '3.0', livekitServer } = options;
  if (line === '4.0' && livekitServer === undefined) throw new HarnessError('USAGE', 'BigBlueButton 4.0 needs a livekit-server, and none was found', { hint: 'name one with --livekit-server or FIRSTBELL_LIVEKIT_SERVER, or build one: node scripts/livekit-server.mjs' });
  const closer = new Closer();
  const faults = new Faults(options.faults ?? []);
  try {
    const media = closer.use(await startMediaPlane({ processes: options.mediaProcesses ?? 1, clock, logger }));
    const servers: SimServer[] = [];
    const livekit = livekitServer === undefined ? undefined : closer.use(await startLivekit({ path: livekitServer, clock, logger, heard: (event) => servers.forEach((server) => server.hear(event)) }));
    for (let index = 0; index < options.servers; index++) {
      const name = `bbb${String(index + 1).padStart(2, '0')}`;
      const capacity = capacityOf(name, options.capacity ?? []);
      const limits = { ...MIDDLEWARE_LIMITS, ...options.limits, ...(capacity && ownLimits(capacity)) };
      const server = new SimServer({ name, host, port: 0, secret: uniqueToken(SECRET_LENGTH), clock, logger, faults, limits, ice: options.ice ?? NO_ICE_SERVICE, media, capacity, line, livekit }, index);
      closer.use(server);
      await server.listen();
      servers.push(server);
    }
    const state = (): Record<string, unknown> => {
      const all = servers.map((server) => server.state());
      return { servers: all, meetings: all.flatMap((one) => one['meetings'] as unknown[]), faults: faults.all, ...(livekit === undefined ? {} : { livekit: { pid: livekit.pid ?? null } }) };
    };
    const balancer = closer.use(new Balancer({ host, port: options.port ?? 0, secret, clock, logger, faults, backends: servers.map(({ name, apiUrl, secret: own }) => ({ name, apiUrl, secret: own })), pollEveryMs: options.pollEveryMs ?? POLL_EVERY_MS, placeBy: options.placeBy ?? 'load', state }));
    await balancer.listen();
    return { url: balancer.apiUrl, secret, servers: servers.map((server) => ({ name: server.name, url: server.apiUrl, secret: server.secret })), [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new HarnessError('PORT_IN_USE', `port ${options.port ?? 0} on ${host} is taken`, { hint: 'give another --port, or end what listens there', cause: error });
    }
    throw error;
  }
}

/** A server may be set up otherwise than the rest of its fleet. */
function ownLimits({ sockets, connections }: CapacityModel): Partial<MiddlewareLimits> {
  return { ...(sockets > 0 ? { maxConnectionsPerSecond: sockets } : {}), ...(connections > 0 ? { maxConnections: connections } : {}) };
}
