import { HarnessError } from '../core/errors.js';

/** A key of `--capacity`: what it is, in which unit, and what it is unless told. */
interface CapacityKey {
  readonly otherwise: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly about: string;
}

/** Where the defaults come from stands in docs/simulator.md. */
const KEYS = {
  cores: { otherwise: 8, min: 0.01, max: 1_024, unit: 'cores', about: 'what the server has' },
  join: { otherwise: 0.04, min: 0, max: 60, unit: 'core s', about: 'one join, from the API call to being in' },
  api: { otherwise: 0.005, min: 0, max: 60, unit: 'core s', about: 'one other API call' },
  mutation: { otherwise: 0.002, min: 0, max: 60, unit: 'core s', about: 'one GraphQL mutation' },
  fanout: { otherwise: 0.0004, min: 0, max: 60, unit: 'core s', about: 'telling one member what another did: chat, hands, who is there' },
  start: { otherwise: 0.01, min: 0, max: 60, unit: 'core s', about: 'starting one media stream' },
  user: { otherwise: 0.005, min: 0, max: 64, unit: 'cores', about: 'one user who is in' },
  voice: { otherwise: 0.02, min: 0, max: 64, unit: 'cores', about: 'one microphone' },
  listen: { otherwise: 0.002, min: 0, max: 64, unit: 'cores', about: 'one listener without a microphone' },
  camera: { otherwise: 0.002, min: 0, max: 64, unit: 'cores', about: 'one camera or screen received by the server' },
  view: { otherwise: 0.002, min: 0, max: 64, unit: 'cores', about: 'one camera or screen sent to one user' },
  window: { otherwise: 5, min: 0.1, max: 300, unit: 's', about: 'time over which the work of calls is averaged' },
  slowest: { otherwise: 100, min: 1, max: 10_000, unit: 'times', about: 'how many times its service time an answer takes at most' },
  line: { otherwise: 0, min: 0, max: 1_000_000, unit: 'Mbit/s', about: 'what the server sends at most; 0: no limit' },
  sockets: { otherwise: 0, min: 0, max: 100_000, unit: '1/s', about: 'new GraphQL connections a second; 0: --sockets-per-second' },
  connections: { otherwise: 0, min: 0, max: 100_000, unit: 'connections', about: 'GraphQL connections at once; 0: --graphql-connections' },
} as const satisfies Record<string, CapacityKey>;

type KeyName = keyof typeof KEYS;

/** What one simulated server can do; the keys, their units and ranges are those of `--capacity`. */
export type CapacityModel = Readonly<Record<KeyName, number>>;

/** For `firstbell sim --help` and docs/simulator.md. */
export const CAPACITY_KEYS: readonly (CapacityKey & { readonly name: string })[] = Object.entries(KEYS).map(([name, key]) => ({ name, ...key }));

export const DEFAULT_CAPACITY = Object.fromEntries(Object.entries(KEYS).map(([name, { otherwise }]) => [name, otherwise])) as CapacityModel;

/** `minimal` is the least that BigBlueButton's documentation asks for, behind its gigabit line. */
export const CAPACITY_PRESETS: Readonly<Record<string, Partial<CapacityModel>>> = {
  minimal: { cores: 8, line: 1_000 },
  large: { cores: 16, line: 1_000 },
};

/** One `--capacity`: for a server by its name, or for all. */
export interface CapacityWish {
  readonly server: string | undefined;
  readonly values: Partial<CapacityModel>;
}

/** Parses `[server:]item,item…`; an item is `key=value` or a preset. Throws USAGE. */
export function parseCapacity(text: string): CapacityWish {
  const [, server, items = ''] = /^(?:([A-Za-z0-9_-]{1,32}):)?(.*)$/s.exec(text.trim()) ?? [];
  const values: Partial<Record<KeyName, number>> = {};
  for (const item of items.split(',').map((one) => one.trim())) {
    const preset = Object.hasOwn(CAPACITY_PRESETS, item) ? CAPACITY_PRESETS[item] : undefined;
    if (preset) Object.assign(values, preset);
    else {
      const { name, value } = parseItem(item);
      values[name] = value;
    }
  }
  return { server, values };
}

function parseItem(item: string): { readonly name: KeyName; readonly value: number } {
  const [name = '', number = ''] = item.split('=', 2);
  if (!Object.hasOwn(KEYS, name)) {
    throw new HarnessError('USAGE', `"${item.slice(0, 60)}" says nothing about a capacity`, { hint: `the keys are ${Object.keys(KEYS).join(', ')}, the presets ${Object.keys(CAPACITY_PRESETS).join(', ')}; e.g. bbb02:cores=4,join=0.1` });
  }
  const { min, max, unit } = KEYS[name as KeyName];
  const value = Number(number);
  if (number.trim() === '' || !(value >= min && value <= max)) throw new HarnessError('USAGE', `the capacity ${name} needs a value from ${min} to ${max} (${unit}), got "${number.slice(0, 20)}"`);
  return { name: name as KeyName, value };
}

/** The model of a server: the defaults, then what is said for all, then what is said for it; undefined: nothing is, and nothing is limited. */
export function capacityOf(server: string, wishes: readonly CapacityWish[]): CapacityModel | undefined {
  const own = [...wishes.filter((wish) => wish.server === undefined), ...wishes.filter((wish) => wish.server === server)];
  return own.length === 0 ? undefined : own.reduce<CapacityModel>((model, { values }) => ({ ...model, ...values }), DEFAULT_CAPACITY);
}

/** What is there at an instant and costs for as long as it is. */
export interface StandingLoad {
  readonly users: number;
  readonly microphones: number;
  readonly listeners: number;
  readonly cameras: number;
  readonly views: number;
}

/** Cores that the standing load takes. */
export function standingCores(model: CapacityModel, { users, microphones, listeners, cameras, views }: StandingLoad): number {
  return users * model.user + microphones * model.voice + listeners * model.listen + cameras * model.camera + views * model.view;
}

/**
 * How many times its service time an answer takes: 1 ÷ (1 − ρ), the mean of an M/G/1 queue with processor sharing (whatever the
 * distribution of the service times), at most `slowest`. ρ is the utilisation of all cores together.
 */
export function slowdown({ slowest }: CapacityModel, utilisation: number): number {
  return utilisation >= 1 ? slowest : Math.min(slowest, 1 / (1 - utilisation));
}

/** Share (0–1) of requests that a server turns away because it is asked for more than it has: what is above 1 of ρ. */
export function refusedRatio(utilisation: number): number {
  return utilisation <= 1 ? 0 : 1 - 1 / utilisation;
}

/** Mbit/s of one stream on the line of the server, as BigBlueButton's documentation reckons. */
const AUDIO_MBPS = 0.04;
const CAMERA_MBPS = 0.25;

/** Share (0–1) of the packets that do not fit on the line of the server. Everyone with audio is sent one stream. */
export function lineLossRatio({ line }: CapacityModel, { microphones, listeners, views }: StandingLoad): number {
  const wantedMbps = (microphones + listeners) * AUDIO_MBPS + views * CAMERA_MBPS;
  return line === 0 || wantedMbps <= line ? 0 : 1 - line / wantedMbps;
}

/** The users of a server in the mean, and what they ask of it. */
export interface UserMix {
  /** Per user: 0–1, views any number. */
  readonly microphones?: number;
  readonly listeners?: number;
  readonly cameras?: number;
  readonly views?: number;
  /** Per user and second: calls, mutations, and members told of what a user did. */
  readonly apiPerSec?: number;
  readonly mutationsPerSec?: number;
  readonly fanoutPerSec?: number;
  /** Of the whole server, while the limit is looked at; each with `startsPerJoin` streams. */
  readonly joinsPerSec?: number;
  readonly startsPerJoin?: number;
}

/** ρ of a server with so many users. */
export function utilisationOf(model: CapacityModel, users: number, mix: UserMix): number {
  const { joinsPerSec = 0, startsPerJoin = 0 } = mix;
  return (users * coresPerUser(model, mix) + joinsPerSec * (model.join + startsPerJoin * model.start)) / model.cores;
}

function coresPerUser(model: CapacityModel, mix: UserMix): number {
  const { microphones = 0, listeners = 0, cameras = 0, views = 0, apiPerSec = 0, mutationsPerSec = 0, fanoutPerSec = 0 } = mix;
  return standingCores(model, { users: 1, microphones, listeners, cameras, views }) + apiPerSec * model.api + mutationsPerSec * model.mutation + fanoutPerSec * model.fanout;
}

/** Milliseconds that the server takes for one join at a utilisation. */
export function joinMs(model: CapacityModel, utilisation: number): number {
  return model.join * 1_000 * slowdown(model, utilisation);
}

/**
 * The true answer that a search has to find: users of one server at which a join begins to take longer than `limitMs`, of which
 * `restMs` are not the server's (network, generator). Where even the slowest join keeps the limit, those at which joins begin to be
 * refused. 0: no user is within it; Infinity: users cost nothing.
 */
export function kneeOf(model: CapacityModel, mix: UserMix, limitMs: number, restMs = 0): number {
  const serviceMs = model.join * 1_000;
  const forServerMs = limitMs - restMs;
  if (forServerMs < serviceMs) return 0;
  const utilisation = forServerMs >= serviceMs * model.slowest ? 1 : 1 - serviceMs / forServerMs;
  const left = (utilisation - utilisationOf(model, 0, mix)) * model.cores;
  return left <= 0 ? 0 : left / coresPerUser(model, mix);
}
