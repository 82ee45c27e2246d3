import type { StepRecord } from './capacity.js';

/** What broke first, by most of the steps that broke near the knee; how many of them say so stands in `steps`. */
export interface FirstBroken {
  /** Least load at which it broke first. */
  readonly users: number;
  readonly expression: string;
  /** With `one`. */
  readonly server: string | undefined;
  /** one: on `server` · all: on all servers about alike · some: on several, or now on one and now on another; undefined: servers could not be told apart. */
  readonly servers?: 'one' | 'some' | 'all' | undefined;
  /** Undefined: no phase is meant, or none is known. */
  readonly phase: string | undefined;
  /** Undefined: written by an earlier version, from one step. */
  readonly steps?: {
    /** Steps that broke at the knee or above it. */
    readonly broke: number;
    /** Those of them in which this threshold was the first. */
    readonly threshold: number;
    /** Of these, those that say what `servers` says (and that `server`), and that `phase`. */
    readonly server: number;
    readonly phase: number;
  } | undefined;
}

/** From which share of the steps on a server is named: of two servers alike, one is the worse in every step, and not always the same. */
const NAMED_FROM = 0.75;

type Broken = StepRecord & { readonly firstBroken: string };

/**
 * The verdict of the steps that broke with at least `fromUsers` (the lower end of the knee's interval; of all that broke, if none did there): a step
 * far below the knee broke for other reasons. Ties go to what broke at the smaller load.
 */
export function firstBrokenOf(steps: readonly StepRecord[], fromUsers: number): FirstBroken | undefined {
  const broken = steps.filter((step): step is Broken => step.outcome === 'broken' && step.firstBroken !== undefined).sort((a, b) => a.users - b.users);
  const near = broken.filter(({ users }) => users >= fromUsers);
  const told = near.length > 0 ? near : broken;
  const first = mostOften(told.map(({ firstBroken }) => causeOf(firstBroken)));
  if (first === undefined) return undefined;
  const saying = told.filter(({ firstBroken }) => causeOf(firstBroken) === first.value);
  const where = serversOf(saying);
  const phase = mostOften(saying.flatMap(({ brokePhase }) => (brokePhase === undefined ? [] : [brokePhase])));
  const { users, firstBroken } = saying[0]!;
  return { users, expression: firstBroken, server: where.server, servers: where.servers, phase: phase?.value, steps: { broke: told.length, threshold: saying.length, server: where.count, phase: phase?.count ?? 0 } };
}

/** Reasons in words begin with how many users it was; whatever the number, it is the same reason. */
const causeOf = (reason: string): string => reason.replace(/^\d+ users? (was|were)?/, '');

function serversOf(saying: readonly Broken[]): Pick<FirstBroken, 'server' | 'servers'> & { readonly count: number } {
  const told = saying.filter(({ brokeOn }) => brokeOn !== undefined);
  const named = mostOften(told.flatMap(({ worstServer }) => (worstServer === undefined ? [] : [worstServer])));
  if (named && named.count >= NAMED_FROM * told.length) return { server: named.value, servers: 'one', count: named.count };
  const onAll = told.filter(({ brokeOn }) => brokeOn?.kind === 'all').length;
  if (onAll * 2 > told.length) return { server: undefined, servers: 'all', count: onAll };
  return { server: undefined, servers: told.length === 0 ? undefined : 'some', count: told.length - onAll };
}

/** Of several as often, the one that comes first. */
function mostOften(values: readonly string[]): { readonly value: string; readonly count: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)[0];
}
