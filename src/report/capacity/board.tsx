import type { ComponentChildren } from 'preact';
import { downAsWhole } from '../../capacity/capacity.js';
import type { Ink } from '../charts/render-svg.js';
import { namedBars } from '../charts/bar-chart.js';
import { hostOf } from '../html/hosts.js';
import { adviceWithHow, certainty } from './advice.js';
import { breaksInWords } from './first-broken-words.js';
import { How } from './how.js';
import { usersHeld, type CapacityView } from './view.js';

const WORD_CLASS = { holds: 'held', 'does-not-hold': 'broken', 'not-known': 'unknown' } as const;
const MARKS = { holds: 'M6 12.5l4 4 8-9', 'does-not-hold': 'M7 7l10 10M17 7L7 17', 'not-known': 'M12 6v7.5M12 17v.5' } as const;

/** Page one: what a school board reads, if it reads nothing else. */
export function Board({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t } = view;
  const { verdict, required, asked, environment } = capacity;
  const who = asked.onlyServer === undefined ? t.fleet : t.oneServer(asked.onlyServer);
  return (
    <header class={`head board ${WORD_CLASS[verdict]}`}>
      <p class="masthead">
        <span class="brand">Firstbell</span> {t.masthead}
      </p>
      <p class="word">
        <svg class="mark" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false">
          <circle cx="12" cy="12" r="12" fill="var(--verdict)" />
          <path d={MARKS[verdict]} fill="none" stroke="var(--surface)" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
        {t.verdict[verdict]}
      </p>
      <h1>{t.headline[verdict](who, f.whole(required))}</h1>
      <p class="lead">{lead(view)}</p>
      {environment.target.kind === 'simulator' ? <p class="note">{t.simulator}</p> : null}
      <div class="board-columns">
        <div class="answers">
          <Answer title={t.board.sure}>
            <p>
              <How to={capacity.confidence === undefined ? 'delivered' : 'knee'}>{certainty(view)[0]}</How> {certainty(view).slice(1).join(' ')}
            </p>
          </Answer>
          <Answer title={t.board.breaks}>
            <p>{breaks(view)}</p>
          </Answer>
          {asked.onlyServer === undefined ? (
            <Answer title={t.board.down(capacity.oneServerDown?.servers ?? 1)}>
              <p>{down(view)}</p>
            </Answer>
          ) : null}
          <Answer title={t.board.todo}>
            <ul>
              {adviceWithHow(view).map(({ text, how }) => (
                <li key={text}>{how === undefined ? text : <How to={how}>{text}</How>}</li>
              ))}
            </ul>
          </Answer>
        </div>
        <Picture view={view} />
      </div>
      <dl class="facts">
        <Fact term={t.facts.scenario} text={capacity.scenario} />
        <Fact term={t.facts.target} text={environment.target.kind === 'simulator' ? t.facts.simulator : hostOf(environment.target.url)} />
        <Fact term={t.facts.started} text={f.dateTime(asked.startedAt)} />
        <Fact term={t.facts.steps} text={f.whole(capacity.steps.length + (capacity.oneServerDown?.steps?.length ?? 0))} />
      </dl>
    </header>
  );
}

function Answer({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="answer">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

function Fact({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function lead({ capacity: { answer, users, confidence }, f, t }: CapacityView): string {
  switch (answer.kind) {
    case 'knee':
    case 'unsure':
      return t.lead.knee(f.whole(users));
    case 'none':
      return t.lead.none(f.whole(answer.tried), answer.tried);
    case 'at-least':
      return confidence === undefined ? t.lead['at-least'](f.whole(answer.users)) : t.lead.mostly(f.whole(answer.users));
    case 'generator':
      return t.lead.generator(f.whole(answer.users));
  }
}

function breaks(view: CapacityView) {
  const [what = '', ...more] = breaksInWords(view);
  if (view.capacity.firstBroken === undefined) return what;
  return (
    <>
      <How to="first">{what}</How> {more.join(' ')}
    </>
  );
}

function down({ capacity, f, t }: CapacityView) {
  const { oneServerDown } = capacity;
  if (oneServerDown === undefined) return t.board.downNotAsked;
  const { how, verdict, out = [] } = oneServerDown;
  const { answer, users, exact } = downAsWhole(capacity, oneServerDown);
  return (
    <>
      <How to="down">{answer.kind === 'none' ? t.board.downNone(f.whole(answer.tried), answer.tried) : t.board.downUsers(f.whole(users), !exact)}</How> {t.board.downVerdict[verdict]} {how === 'measured' ? t.board.downMeasured(out.join(', ')) : t.board.downComputed}
    </>
  );
}

const WIDTH = 440;

/** The answer as bars, beside each other on one scale. A load that was not held at all has no bar: where the limit lies is not known. */
function Picture({ view: { capacity, f, t } }: { readonly view: CapacityView }) {
  const { required, users, exact, answer, oneServerDown, before, headroom } = capacity;
  const down = oneServerDown && downAsWhole(capacity, oneServerDown);
  const { bars } = t.board;
  const known = (count: number): number | undefined => (count > 0 ? count : undefined);
  // In words it would not fit beside a long bar.
  const bound = (count: number, exactly: boolean): string => `${exactly ? '' : '≥\u00A0'}${f.whole(count)}`;
  const rows: readonly { readonly name: string; readonly value: number | undefined; readonly said: string; readonly ink: Ink }[] = [
    { name: bars.required, value: required, said: f.whole(required), ink: 'c5' },
    { name: answer.kind === 'none' ? bars.noneHeld : exact ? bars.held : bars.heldLeast, value: known(users), said: answer.kind === 'none' ? usersHeld(capacity, f, t) : f.whole(users), ink: capacity.verdict === 'does-not-hold' ? 'bad' : 'c1' },
    ...(oneServerDown === undefined || down === undefined
      ? []
      : [{ name: bars.down(oneServerDown.servers), value: known(oneServerDown.users), said: down.answer.kind === 'none' ? usersHeld(down, f, t) : down.exact || down.users > 0 ? bound(down.users, down.exact) : f.notMeasured, ink: oneServerDown.verdict === 'does-not-hold' ? ('bad' as const) : ('c1' as const) }]),
    ...(before === undefined ? [] : [{ name: bars.before, value: known(before.users), said: before.users > 0 ? bound(before.users, before.exact) : t.knee.noneHeld, ink: 'c5' as const }]),
  ];
  const summary = answer.kind === 'none' ? t.board.pictureNone(f.whole(answer.tried), f.whole(required)) : t.board.pictureSummary(f.whole(users), f.whole(required), f.number(headroom, 2, 2), !exact);
  const svg = namedBars('board', { names: rows.map(({ name }) => name), values: rows.map(({ value }) => value), ink: 'c1', inks: rows.map(({ ink }) => ink), format: (_, row) => rows[row]!.said }, WIDTH);
  return (
    <figure class="chart" aria-labelledby="board-title">
      <figcaption>
        <h2 id="board-title">{t.board.picture}</h2>
        <p>
          <How to="headroom">{summary}</How>
        </p>
      </figcaption>
      <div class="plot" role="img" aria-label={`${t.board.picture}. ${rows.map(({ name, said }) => `${name}: ${said}`).join('; ')}`} dangerouslySetInnerHTML={{ __html: svg }} />
    </figure>
  );
}
