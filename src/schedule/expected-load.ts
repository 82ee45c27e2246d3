import { walkLoad, type LoadState } from './load-over-time.js';
import type { Plan } from './plan.js';

/** The largest value over the plan and when it is first reached. */
export interface Peak {
  readonly value: number;
  readonly atMs: number;
}

const QUANTITIES = ['users', 'meetings', 'audioUp', 'audioDown', 'camerasUp', 'camerasDown', 'inMbps', 'outMbps'] as const satisfies readonly (keyof LoadState)[];

export type Quantity = (typeof QUANTITIES)[number];

/** Peaks; streams and Mbit/s "up" and "in" are towards the servers. Mbit/s are media only, by the figures of figures.ts. */
export type LoadPeaks = Readonly<Record<Quantity, Peak>>;

export interface ExpectedLoad {
  readonly fleet: LoadPeaks;
  /** Of one server, when meetings are spread evenly; not rounded. */
  readonly perServer: LoadPeaks;
  /** Most users in one meeting. */
  readonly largestMeeting: Peak & { readonly meeting: number };
}

/** What the plan asks of the fleet at its peaks. */
export function expectedLoad(plan: Plan): ExpectedLoad {
  const peaks: Record<Quantity, Peak> = Object.fromEntries(QUANTITIES.map((quantity) => [quantity, { value: 0, atMs: 0 }])) as Record<Quantity, Peak>;
  let largestMeeting = { value: 0, atMs: 0, meeting: 0 };
  walkLoad(plan, (atMs, state) => {
    for (const quantity of QUANTITIES) if (state[quantity] > peaks[quantity].value) peaks[quantity] = { value: state[quantity], atMs };
    if (state.largest.users > largestMeeting.value) largestMeeting = { value: state.largest.users, atMs, meeting: state.largest.meeting };
  });
  const share = ({ value, atMs }: Peak): Peak => ({ value: value / plan.fleet.servers, atMs });
  return { fleet: peaks, perServer: Object.fromEntries(QUANTITIES.map((quantity) => [quantity, share(peaks[quantity])])) as LoadPeaks, largestMeeting };
}

/** First instant at which a quantity of the whole fleet is above `limit`; undefined: never. */
export function firstAbove(plan: Plan, quantity: Quantity, limit: number): number | undefined {
  let first: number | undefined;
  walkLoad(plan, (atMs, state) => {
    if (first === undefined && state[quantity] > limit) first = atMs;
  });
  return first;
}
