import type { Capacity } from '../../capacity/capacity.js';
import { redact } from '../../core/redact.js';
import { capacityWords, usersHeld } from '../capacity/view.js';
import { trendChart, type TrendChart } from '../charts/trend-chart.js';
import { causeInWords } from '../words/cause.js';
import { historyWords, type HistoryHowKey } from './history-words.js';
import { hostOf } from './hosts.js';
import { useLang } from './lang.js';
import { NARROW, WIDE } from './load.js';
import { breakable, DataTable, Figure, Section } from './parts.js';

export interface PastSearch {
  /** Name of its folder. */
  readonly name: string;
  readonly capacity: Capacity;
  /** Address of its report as seen from the page; undefined: it has none. */
  readonly href: string | undefined;
}

const COLUMN_HOW: readonly (HistoryHowKey | undefined)[] = [undefined, undefined, undefined, undefined, 'held', 'held', 'verdict', 'first'];
const MARKS = { holds: '✓', 'does-not-hold': '✗', 'not-known': '!' } as const;
const CLASSES = { holds: 'outcome good', 'does-not-hold': 'outcome bad', 'not-known': 'outcome' } as const;

/** What each capacity search answered, in the order of time. */
export function Searches({ searches }: { readonly searches: readonly PastSearch[] }) {
  const { lang, f } = useLang();
  const words = capacityWords(lang);
  const { searches: t, simulator } = historyWords(lang);
  return (
    <Section id="capacity" title={t.title} intro={t.intro}>
      <HeldChart searches={searches} />
      <DataTable
        caption={t.caption}
        quiet
        columns={t.columns.map((title, column) => ({ title, how: COLUMN_HOW[column], figure: column >= 3 && column <= 5 }))}
        rows={searches.map(({ name, capacity, href }, index) => {
          const { answer, asked, environment, firstBroken, required, verdict } = capacity;
          return [
            <>
              {index + 1}. {href === undefined ? name : <a href={href}>{name}</a>}
              <span class="under">
                {capacity.scenario}
                {asked.onlyServer === undefined ? '' : `, ${words.oneServer(asked.onlyServer)}`}
              </span>
            </>,
            f.dateTime(asked.startedAt),
            <>
              {environment.target.kind === 'simulator' ? simulator : breakable(redact(hostOf(environment.target.url)))}
              {environment.target.bbbVersion === undefined ? '' : `, BBB ${environment.target.bbbVersion}`}
            </>,
            f.whole(required),
            usersHeld(capacity, f, words),
            'knee' in answer ? words.knee.between(f.whole(answer.knee.low), f.whole(answer.knee.high)) : t.noInterval,
            <span class={CLASSES[verdict]}>
              {MARKS[verdict]} {words.verdict[verdict]}
            </span>,
            firstBroken === undefined ? t.nothingBroke : causeInWords(firstBroken.expression, lang),
          ];
        })}
      />
    </Section>
  );
}

/** The table has all. */
const MAX_TOLD = 12;

function HeldChart({ searches }: { readonly searches: readonly PastSearch[] }) {
  const { lang, f } = useLang();
  const words = capacityWords(lang);
  const { searches: t } = historyWords(lang);
  const all = searches.map(({ capacity }) => capacity);
  const held = (alone: boolean) => all.map(({ answer, asked, users }) => (answer.kind === 'none' || alone !== (asked.onlyServer !== undefined) ? undefined : users));
  // What one server holds is no point of the fleet's course.
  const someAlone = all.some(({ asked }) => asked.onlyServer !== undefined);
  const noneHeld = all.filter(({ answer }) => answer.kind === 'none').length;
  const chart: TrendChart = {
    labels: searches.map((_, index) => String(index + 1)),
    lines: [
      { ink: 'c1', dash: 'solid', values: held(false) },
      ...(someAlone ? [{ ink: 'c3' as const, dash: 'dashed' as const, values: held(true) }] : []),
      { ink: 'c5', dash: 'dotted', values: all.map(({ required }) => required) },
    ],
    spans: { ink: 'c2', values: all.map(({ answer }) => ('knee' in answer ? answer.knee : undefined)) },
    format: f.whole,
    whole: true,
  };
  const told = searches.map(({ capacity }, index) => `${index + 1}: ${usersHeld(capacity, f, words)}${capacity.asked.onlyServer === undefined ? '' : ` (${words.oneServer(capacity.asked.onlyServer)})`}`).slice(-MAX_TOLD);
  return (
    <Figure
      id="held"
      title={t.chart}
      how="held"
      summary={`${searches.length > MAX_TOLD ? '…; ' : ''}${told.join('; ')}.${noneHeld === 0 ? '' : t.noneHeld(noneHeld)}`}
      legend={[
        { label: t.held, ink: 'c1', dash: 'solid' },
        ...(someAlone ? [{ label: t.heldAlone, ink: 'c3' as const, dash: 'dashed' as const }] : []),
        { label: t.interval, ink: 'c2', dash: 'solid' },
        { label: t.required, ink: 'c5', dash: 'dotted' },
      ]}
      svg={trendChart('held-w', chart, WIDE)}
      narrow={trendChart('held-n', chart, NARROW)}
    />
  );
}
