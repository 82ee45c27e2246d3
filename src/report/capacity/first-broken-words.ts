import type { StepRecord } from '../../capacity/capacity.js';
import type { FirstBroken } from '../../capacity/first-broken.js';
import { named } from '../format.js';
import { causeInWords, isThreshold } from '../words/cause.js';
import type { CapacityView } from './view.js';

/** What broke first, for page one: what and at which load, then in how many tests, when and on which servers, a sentence each. */
export function breaksInWords({ capacity, f, t, lang }: CapacityView): readonly string[] {
  const { firstBroken, answer, asked } = capacity;
  if (firstBroken === undefined) return [t.board.breaksNothing];
  const { users, expression, phase, steps } = firstBroken;
  // Without one that broke there, all that broke are told.
  const near = 'knee' in answer && users >= answer.knee.low;
  const mostly = (count: number | undefined): string => (steps === undefined || count === undefined || count === steps.threshold ? '' : t.board.inTests(f.whole(count), f.whole(steps.threshold)));
  const where = asked.servers > 1 ? whereOf(firstBroken) : undefined;
  const during = phase === undefined ? undefined : `${named(t.phases, phase)}${mostly(steps?.phase)}`;
  const on = where === undefined ? undefined : `${where.servers === 'one' ? t.board.on.one(where.server) : t.board.on[where.servers]}${mostly(steps?.server)}`;
  return [
    (isThreshold(expression) ? t.board.breaksAt : t.board.breaksBecause)(f.whole(users), causeInWords(expression, lang)),
    ...(steps === undefined ? [] : [t.board.breaksOften(steps.threshold, steps.broke, near)]),
    ...(during === undefined && on === undefined ? [] : [t.board.breaksWhere(during, on)]),
  ];
}

type Where = { readonly servers: 'one'; readonly server: string } | { readonly servers: 'some' | 'all'; readonly server: undefined };

/** Undefined: servers could not be told apart. Earlier versions wrote the server alone. */
export function whereOf({ server, servers }: FirstBroken): Where | undefined {
  if (server !== undefined) return { servers: 'one', server };
  return servers === 'some' || servers === 'all' ? { servers, server: undefined } : undefined;
}

/** Names beyond these would fill a cell; how many there are stands before them. */
const MAX_NAMES = 3;

/** On which servers a step broke; undefined: it did not, or they could not be told apart. */
export function brokeOnInWords({ worstServer, brokeOn }: StepRecord, { f, t }: CapacityView, nameOf: (name: string) => string = (name) => name): string | undefined {
  if (brokeOn === undefined) return worstServer === undefined ? undefined : nameOf(worstServer);
  const { kind, servers, of } = brokeOn;
  const [worst] = servers;
  if (worst === undefined) return undefined;
  switch (kind) {
    case 'one':
      return t.steps.brokeOn.one(nameOf(worst), servers.length);
    case 'all':
      return t.steps.brokeOn.all(f.whole(of));
    case 'some':
      return t.steps.brokeOn.some(f.whole(servers.length), f.whole(of), `${servers.slice(0, MAX_NAMES).map(nameOf).join(', ')}${servers.length > MAX_NAMES ? ' …' : ''}`);
  }
}
