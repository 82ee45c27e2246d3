import type { Capacity, StepRecord } from '../../capacity/capacity.js';
import { DataTable, Missing, Section } from '../html/parts.js';
import type { HowColumns } from './how.js';
import type { CapacityView } from './view.js';

type Limit = Capacity['limits'][number];

const COLUMN_HOW: HowColumns = [undefined, 'limits', 'reached', 'limitsMeasured', 'limits', 'limits'];

/** Hard limits: what the required load needs by the plan, where each is reached, and what the steps showed of it. */
export function Limits({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t } = view;
  const step = nearestStep(capacity);
  return (
    <Section id="limits" title={t.limits.title} intro={t.limits.intro}>
      <DataTable
        caption={t.limits.title}
        quiet
        columns={t.limits.columns(f.whole(capacity.required), step && f.whole(step.users), step && step.peakUsers < step.users ? f.whole(step.peakUsers) : undefined).map((title, column) => ({ title, how: COLUMN_HOW[column], figure: column > 0 && column < 5 }))}
        rows={capacity.limits.map((limit) => {
          const name = t.limitNames?.[limit.limit];
          const unit = name?.unit ?? limit.unit;
          return [
            name?.title ?? limit.title,
            `${f.number(limit.needed, 1)} ${unit}`,
            reached(limit, view),
            measured(limit, step, unit, view),
            f.number(limit.allowed, 1),
            <span class={limit.level === 'breaks' ? 'outcome bad' : limit.level === 'fine' ? 'outcome good' : 'outcome'}>{t.limits.levels[limit.level] ?? limit.level}</span>,
            name?.about ?? limit.explanation,
          ];
        })}
        empty={t.limits.none}
      />
    </Section>
  );
}

/** The step that brought a load nearest to the required one; of equally near ones the first. */
export function nearestStep({ steps, required }: Pick<Capacity, 'steps' | 'required'>): StepRecord | undefined {
  return steps.filter(({ outcome }) => outcome !== 'undelivered').reduce<StepRecord | undefined>((nearest, step) => (nearest === undefined || Math.abs(step.users - required) < Math.abs(nearest.users - required) ? step : nearest), undefined);
}

/**
 * Users at which a limit is reached: what a plan needs of it grows in proportion with the number of its meetings. Undefined: nothing is needed of it,
 * or it depends on something else.
 */
export function reachedAt({ limit, needed, allowed }: Pick<Limit, 'limit' | 'needed' | 'allowed'>, required: number): number | undefined {
  return limit === 'users-per-meeting' || limit === 'sockets-per-second' || needed <= 0 ? undefined : Math.floor((required * allowed) / needed);
}

function reached(limit: Limit, { capacity: { required, asked }, f, t }: CapacityView): string {
  if (limit.limit === 'users-per-meeting') return t.limits.bySize;
  if (limit.needed <= 0) return t.limits.nothingNeeded;
  // Users of a step come at one rate, whatever their number.
  if (limit.limit === 'sockets-per-second') return t.limits.byRate(f.number((asked.ratePerSec * limit.allowed) / limit.needed, 0));
  return t.limits.atUsers(f.whole(reachedAt(limit, required) ?? 0));
}

function measured({ limit }: Limit, step: StepRecord | undefined, unit: string, { f }: CapacityView) {
  const value = step && measuredOf(step, limit);
  return value === undefined ? <Missing /> : `${f.number(value, 1)} ${unit}`;
}

/** What a step showed of a limit, on the server where it was most; undefined: not measured. Steps of earlier versions know only their users. */
export function measuredOf(step: StepRecord, limit: Limit['limit']): number | undefined {
  if (step.measured !== undefined) return step.measured[limit];
  const ofUsers = limit === 'graphql-connections' || limit === 'users-per-server';
  return ofUsers && step.servers.length > 0 ? Math.max(...step.servers.map(({ peakUsers }) => peakUsers)) : undefined;
}
