import type { ComponentChildren } from 'preact';
import { downAsWhole, type StepRecord } from '../../capacity/capacity.js';
import type { FirstBroken } from '../../capacity/first-broken.js';
import { namedBars } from '../charts/bar-chart.js';
import { named } from '../format.js';
import { SMALL } from '../html/media.js';
import { DataTable, Figure, Missing, Section } from '../html/parts.js';
import { shortNames } from '../server-names.js';
import { causeInWords, isThreshold } from '../words/cause.js';
import { RUN_WORDS } from '../words/run-words.js';
import { brokeOnInWords, whereOf } from './first-broken-words.js';
import { How, type HowColumns } from './how.js';
import { belief, headroomOf, usersHeld, type CapacityView } from './view.js';

type Rows = readonly (readonly ComponentChildren[])[];

const PAIR = [{ title: '' }, { title: '', figure: true }];

export function Knee({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t } = view;
  const { answer, confidence, oneServerDown } = capacity;
  const knee = 'knee' in answer ? answer.knee : undefined;
  const down = oneServerDown && downAsWhole(capacity, oneServerDown);
  const rows: Rows = [
    [t.knee.capacity, <How to="knee">{usersHeld(capacity, f, t)}</How>],
    [t.knee.knee, knee === undefined ? t.knee.noKnee : <How to="knee">{f.whole(knee.users)}</How>],
    [t.knee.interval(f.quantity(knee?.level ?? 0.95, 'ratio')), knee === undefined ? t.knee.noKnee : <How to="knee">{t.knee.between(f.whole(knee.low), f.whole(knee.high))}</How>],
    [t.knee.confidence, confidence === undefined ? t.knee.noCurve[answer.kind === 'none' ? 'held' : 'broke'] : <How to="confidence">{belief(view, confidence)}</How>],
    [t.knee.headroom, <How to="headroom">{headroomOf(capacity, f, t)}</How>],
    ...(oneServerDown === undefined || down === undefined
      ? []
      : [
          [t.knee.down(oneServerDown.servers, oneServerDown.how), <How to="down">{usersHeld(down, f, t)}</How>],
          [t.knee.downHeadroom, <How to="headroom">{headroomOf(down, f, t)}</How>],
        ]),
  ];
  return (
    <Section id="knee" title={t.knee.title} intro={t.knee.intro}>
      <DataTable caption={t.knee.title} quiet columns={PAIR.map((column, index) => ({ ...column, title: t.knee.columns[index] ?? '' }))} rows={rows} />
    </Section>
  );
}

export function FirstBreak({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t, lang, firstBrokenStep } = view;
  const { firstBroken } = capacity;
  if (firstBroken === undefined || firstBrokenStep === undefined) {
    return (
      <Section id="first" title={t.broke.title}>
        <p class="nothing">{t.broke.nothing}</p>
      </Section>
    );
  }
  const users = f.whole(firstBrokenStep.users);
  return (
    <Section id="first" title={t.broke.title} intro={t.broke.intro}>
      <DataTable caption={t.broke.title} quiet columns={t.broke.columns.map((title) => ({ title }))} rows={firstBreakRows(view, firstBroken, firstBrokenStep)} />
      <ServersThen view={view} />
      {firstBrokenStep.errors === undefined ? (
        <p class="nothing">{t.broke.errorsUnknown(users)}</p>
      ) : (
        <DataTable
          caption={t.broke.errors(users)}
          columns={t.broke.errorColumns.map((title, column) => ({ title, how: column === 2 ? 'delivered' : undefined, figure: column === 2 }))}
          rows={firstBrokenStep.errors.map((error) => [<code>{error.code}</code>, named(RUN_WORDS[lang].errors.phases, error.phase), f.whole(error.count)])}
          empty={t.broke.noErrors}
        />
      )}
    </Section>
  );
}

function firstBreakRows(view: CapacityView, firstBroken: FirstBroken, step: StepRecord): Rows {
  const { f, t, lang } = view;
  const { users, expression, phase, steps } = firstBroken;
  const where = whereOf(firstBroken);
  const said = (text: string, count: number | undefined): string => (steps === undefined || count === undefined ? text : t.broke.said(text, f.whole(count), f.whole(steps.threshold)));
  return [
    [
      t.broke.threshold,
      <>
        <How to="first">{causeInWords(expression, lang)}</How> {isThreshold(expression) ? <code class="said-code">{expression}</code> : null}
      </>,
    ],
    ...(steps === undefined ? [] : [[t.broke.often, <How to="first">{t.broke.oftenOf(f.whole(steps.threshold), f.whole(steps.broke))}</How>]]),
    [t.broke.server, where === undefined ? t.broke.notTold : <How to="firstServer">{said(where.servers === 'one' ? where.server : t.broke.servers[where.servers], steps?.server)}</How>],
    [t.broke.phase, phase === undefined ? t.broke.notTold : <How to="firstPhase">{said(named(t.phaseNames, phase), steps?.phase)}</How>],
    [t.broke.users, f.whole(users)],
    [t.broke.serversThen, <How to="firstServer">{brokeOnInWords(step, view) ?? t.broke.notTold}</How>],
  ];
}

const SERVER_HOW: HowColumns = [undefined, 'delivered', 'delivered', 'delivered', 'join'];

/** Bars beyond these would fill pages; the table has all. */
const MAX_BARS = 24;

function ServersThen({ view: { f, t, firstBrokenStep } }: { readonly view: CapacityView }) {
  const servers = firstBrokenStep?.servers ?? [];
  const unplaced = firstBrokenStep?.failedUnplaced ?? 0;
  const title = t.broke.serverTitle(f.whole(firstBrokenStep?.users ?? 0));
  const shown = servers.slice(0, MAX_BARS);
  const names = shortNames(shown.map(({ name }) => name));
  return (
    <>
      {shown.length === 0 ? null : (
        <div class="pairs">
          <Figure
            id="broke-users"
            title={`${title}: ${t.broke.serverColumns[1]}`}
            how="delivered"
            summary={shown.map(({ peakUsers }, index) => `${names[index]} ${f.whole(peakUsers)}`).join(', ')}
            svg={namedBars('broke-users', { names, values: shown.map(({ peakUsers }) => peakUsers), ink: 'c1', format: (value) => f.quantity(value, 'count') }, SMALL.width)}
          />
          <Figure
            id="broke-join"
            title={`${title}: ${t.broke.serverColumns[4]}`}
            how="join"
            summary={shown.map(({ joinTimeP95Ms }, index) => `${names[index]} ${f.quantity(joinTimeP95Ms, 'ms')}`).join(', ')}
            svg={shown.some(({ joinTimeP95Ms }) => joinTimeP95Ms !== undefined) ? namedBars('broke-join', { names, values: shown.map(({ joinTimeP95Ms }) => joinTimeP95Ms), ink: 'c2', format: (value) => f.quantity(value, 'ms') }, SMALL.width) : undefined}
          />
        </div>
      )}
      <DataTable
        caption={title}
        columns={t.broke.serverColumns.map((title, column) => ({ title, how: SERVER_HOW[column], figure: column > 0 }))}
        rows={[
          ...servers.map(({ name, peakUsers, failed, lost, joinTimeP95Ms }) => [name, f.whole(peakUsers), f.whole(failed), f.whole(lost), joinTimeP95Ms === undefined ? <Missing /> : f.quantity(joinTimeP95Ms, 'ms')]),
          ...(unplaced === 0 ? [] : [[t.broke.serverUnknown, t.steps.none, f.whole(unplaced), t.steps.none, t.steps.none]]),
        ]}
        empty={t.broke.noServers}
      />
    </>
  );
}

export function Before({ view: { capacity, f, t, lang } }: { readonly view: CapacityView }) {
  const { before, asked, environment, answer, users, required, firstBroken } = capacity;
  if (before === undefined) {
    return (
      <Section id="before" title={t.before.title}>
        <p class="nothing">{t.before.none}</p>
      </Section>
    );
  }
  const knee = 'knee' in answer ? answer.knee : undefined;
  const held = (count: number, exactly: boolean): string => (exactly ? f.whole(count) : t.knee.atLeast(f.whole(count)));
  const interval = (low: number | undefined, high: number | undefined): string => (low === undefined || high === undefined ? t.knee.noKnee : t.knee.between(f.whole(low), f.whole(high)));
  const overlaps = knee === undefined || before.low === undefined || before.high === undefined ? undefined : knee.low <= before.high && before.low <= knee.high;
  // Of two bounds the change of the bounds is known, not that of what they bound.
  const share = capacity.exact && before.exact && before.users > 0 ? users / before.users - 1 : undefined;
  const change = share === undefined ? '' : `${share < 0 ? '−' : '+'}${f.quantity(Math.abs(share), 'ratio')}`;
  return (
    <Section id="before" title={t.before.title} intro={<How to="before">{share === undefined ? t.before.bound : t.before.sentence(change, overlaps)}</How>}>
      <DataTable
        caption={t.before.title}
        quiet
        columns={t.before.columns.map((title) => ({ title }))}
        rows={[
          [t.before.started, f.dateTime(before.startedAt), f.dateTime(asked.startedAt)],
          [t.before.users, before.users > 0 ? held(before.users, before.exact) : t.knee.noneHeld, usersHeld(capacity, f, t)],
          [t.before.interval, interval(before.low, before.high), interval(knee?.low, knee?.high)],
          [t.before.required, f.whole(before.required), f.whole(required)],
          [t.before.first, before.firstBroken === undefined ? t.before.nothing : causeInWords(before.firstBroken, lang), firstBroken === undefined ? t.before.nothing : causeInWords(firstBroken.expression, lang)],
          [t.before.target, before.target, environment.target.url],
          [t.before.bbb, before.bbbVersion ?? <Missing />, environment.target.bbbVersion ?? <Missing />],
          [t.before.firstbell, before.firstbell, environment.firstbell.version],
        ]}
      />
    </Section>
  );
}
