import type { Argv } from 'yargs';
import { MIDDLEWARE_LIMITS } from '../../bbb/graphql.js';
import { HarnessError } from '../../core/errors.js';
import { CAPACITY_KEYS, CAPACITY_PRESETS, parseCapacity } from '../../sim/capacity.js';
import { FAULT_KINDS, parseFault } from '../../sim/faults.js';
import type { IceService } from '../../sim/api/stuns.js';
import type { SimLine } from '../../sim/graphql/schema.js';
import { findLivekitServer, LIVEKIT_ENV } from '../../sim/livekit/find-server.js';
import { PLACE_BY, type PlaceBy } from '../../sim/balancer.js';
import { startSim } from '../../sim/fleet.js';
import type { Command } from '../command.js';
import { cliLogger } from '../logger.js';
import { oneText, textList, wholeNumber } from '../options.js';

export interface SimArgs {
  readonly servers: number;
  readonly port: number;
  readonly host: string;
  readonly fault: readonly string[];
  readonly capacity: readonly string[];
  readonly mediaProcesses: number;
  readonly graphqlConnections: number;
  readonly socketsPerSecond: number;
  readonly pollEvery: number;
  readonly placeBy: PlaceBy;
  readonly stun: readonly string[];
  readonly turn: string | undefined;
  readonly turnSecretEnv: string;
  readonly secretEnv: string;
  readonly untilInputEnds: boolean;
  readonly bbb: SimLine;
  readonly livekitServer: string | undefined;
  readonly json: boolean;
  readonly debug: boolean;
}

/** Like --capacity; it reaches the simulator that a run starts, so that a test can hide what a fleet can do. */
export const CAPACITY_ENV = 'FIRSTBELL_SIM_CAPACITY';

export const command: Command<SimArgs> = {
  usage: 'sim',
  describe: 'Serves a simulated BigBlueButton fleet on this machine: N servers behind a load balancer, with real WebRTC media. For trying Firstbell and for tests; it says nothing about the speed of real servers. Runs until Ctrl-C.',
  examples: [
    { line: 'firstbell sim --servers 10', about: 'Ten servers; prints the URL and the secret to use' },
    { line: 'firstbell sim --port 8090 --json', about: 'A fixed port; one line of JSON when ready' },
    { line: 'firstbell sim --servers 3 --capacity minimal --capacity bbb02:cores=4', about: 'Servers that grow slow as users come, the second sooner' },
    { line: 'firstbell sim --bbb 4.0', about: 'Servers of 4.0, with a real livekit-server for their media' },
    { line: 'firstbell sim --servers 3 --fault bbb02:api-delay=2000 --fault bbb03:full', about: 'Servers with faults' },
  ],
  options: (yargs: Argv) =>
    yargs
      .option('servers', { default: 3, coerce: wholeNumber('servers', 1, 50), describe: 'BBB servers behind the load balancer' })
      .option('port', { default: 0, coerce: wholeNumber('port', 0, 65_535), describe: 'Port of the load balancer; 0: any free one' })
      .option('host', { default: '127.0.0.1', coerce: oneText, describe: 'Address to listen on; anything but loopback opens the simulator to the network' })
      .option('secret-env', { default: 'FIRSTBELL_SIM_SECRET', coerce: oneText, describe: 'Environment variable with the shared secret; a random one is made if it is not set' })
      .option('fault', { coerce: textList, default: [], describe: '[server:]kind[=value], repeatable; the kinds are below' })
      .option('capacity', { coerce: textList, default: [], describe: '[server:]key=value,… or a preset, repeatable: answers slow down as the server fills; keys and presets are below (default: no limit)' })
      .option('media-processes', { default: 1, coerce: wholeNumber('media-processes', 1, 16), describe: 'Processes that carry WebRTC media' })
      .option('graphql-connections', { default: MIDDLEWARE_LIMITS.maxConnections, coerce: wholeNumber('graphql-connections', 1, 100_000), describe: 'GraphQL connections that a server takes (max_connections of bbb-graphql-middleware)' })
      .option('sockets-per-second', { default: MIDDLEWARE_LIMITS.maxConnectionsPerSecond, coerce: wholeNumber('sockets-per-second', 1, 100_000), describe: 'New GraphQL connections that a server takes per second (max_connections_per_second)' })
      .option('stun', { coerce: textList, default: [], describe: 'STUN server that clients are told of, repeatable, e.g. stun:192.0.2.1:3478' })
      .option('turn', { coerce: oneText, describe: 'TURN server that clients are told of, e.g. turn:192.0.2.1:3478?transport=udp' })
      .option('turn-secret-env', { default: 'FIRSTBELL_SIM_TURN_SECRET', coerce: oneText, describe: 'Environment variable with the secret shared with the TURN server (static-auth-secret of coturn)' })
      .option('poll-every', { default: 60, coerce: wholeNumber('poll-every', 1, 3_600), describe: 'Seconds between two looks of the load balancer at the load of its servers, as Scalelite has them' })
      .option('place-by', { choices: PLACE_BY, default: 'load' as const, describe: 'By what the load balancer chooses a server for a meeting: load, as Scalelite knows it from its last look and what it has placed since, or the meetings that are open now' })
      .option('until-input-ends', { type: 'boolean', default: false, describe: 'Stop when standard input ends: a simulator that must not outlive what started it' })
      .option('bbb', { choices: ['3.0', '4.0'] as const, default: '3.0' as const, describe: 'Line of BigBlueButton; 4.0 has its media over LiveKit and needs a livekit-server on this machine' })
      .option('livekit-server', { type: 'string', coerce: oneText, describe: `The livekit-server program, for meetings over LiveKit; 4.0 looks for one itself: ${LIVEKIT_ENV}, then PATH, then what node scripts/livekit-server.mjs has built` })
      .option('json', { type: 'boolean', default: false, describe: 'Print one line of JSON when ready: { url, secret, servers }' })
      .epilogue(`Faults:\n${FAULT_KINDS.map((fault) => `  ${fault.usage.padEnd(26)} ${fault.about}`).join('\n')}\n\nCapacity (docs/simulator.md has the formulas; ${CAPACITY_ENV} sets it too, texts parted by spaces):\n${CAPACITY_KEYS.map(({ name, about, otherwise, unit }) => `  ${name.padEnd(26)} ${about} (${unit}; ${otherwise})`).join('\n')}\nPresets: ${Object.entries(CAPACITY_PRESETS).map(([name, values]) => `${name} (${Object.entries(values).map(([key, value]) => `${key}=${value}`).join(', ')})`).join(', ')}`),
  run: async (args, io) => {
    const faults = args.fault.map((text) => parseFault(text));
    const capacity = [...(io.env[CAPACITY_ENV] ?? '').split(/\s+/).filter((text) => text !== ''), ...args.capacity].map((text) => parseCapacity(text));
    const secret = io.env[args.secretEnv];
    if (secret !== undefined && secret.length < 8) throw new HarnessError('USAGE', `the secret in ${args.secretEnv} is shorter than 8 characters`);
    const ice = iceServiceOf(args, io.env);
    const interrupted = new Promise<void>((resolve) => {
      const stop = io.onInterrupt(() => {
        stop();
        resolve();
      });
      if (args.untilInputEnds) io.onInputEnd(resolve);
    });
    await using sim = await startSim({
      servers: args.servers,
      port: args.port,
      host: args.host,
      secret,
      faults,
      capacity,
      mediaProcesses: args.mediaProcesses,
      ice,
      line: args.bbb,
      livekitServer: args.livekitServer ?? (args.bbb === '4.0' ? findLivekitServer(io.env) : undefined),
      pollEveryMs: args.pollEvery * 1_000,
      placeBy: args.placeBy,
      limits: { maxConnections: args.graphqlConnections, maxConnectionsPerSecond: args.socketsPerSecond },
      clock: io.clock,
      logger: cliLogger(io, args.debug ? 'debug' : 'warn'),
    });
    const { url, secret: shared, servers } = sim;
    if (args.json) io.out(`${JSON.stringify({ url, secret: shared, servers })}\n`);
    else {
      io.out(`Simulated fleet of ${servers.length} BigBlueButton servers, ready.\n\n`);
      io.out(`  URL     ${url}\n  Secret  ${shared}\n\n`);
      for (const server of servers) io.out(`  ${server.name}  ${server.url}\n`);
      io.out(`\nTry it: BBB_SECRET=<the secret above> npx firstbell run scenarios/smoke.yaml --url ${url}\nState:  ${url.replace(/\/bigbluebutton\/api\/?$/, '')}/sim/state\nCtrl-C stops it.\n`);
    }
    await interrupted;
    return 0;
  },
};

const STUN_URL = /^stun:[^\s?]+$/;
const TURN_URL = /^turns?:[^\s?]+(\?transport=(udp|tcp))?$/;

/** Throws USAGE. */
function iceServiceOf({ stun, turn, turnSecretEnv }: { readonly stun: readonly string[]; readonly turn: string | undefined; readonly turnSecretEnv: string }, env: Readonly<Record<string, string | undefined>>): IceService {
  for (const url of stun) if (!STUN_URL.test(url)) throw new HarnessError('USAGE', `${url} is not the URL of a STUN server`, { hint: 'e.g. --stun stun:192.0.2.1:3478' });
  if (turn === undefined) return { stun, turn: undefined };
  if (!TURN_URL.test(turn)) throw new HarnessError('USAGE', `${turn} is not the URL of a TURN server`, { hint: "e.g. --turn 'turn:192.0.2.1:3478?transport=udp'" });
  const secret = env[turnSecretEnv];
  if (secret === undefined || secret === '') throw new HarnessError('USAGE', `${turnSecretEnv} is not set`, { hint: 'it holds the secret that the TURN server was started with (static-auth-secret of coturn)' });
  return { stun, turn: { url: turn, secret } };
}
