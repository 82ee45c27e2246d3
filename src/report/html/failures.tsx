import { ERROR_CODES, type ErrorCode } from '../../core/errors.js';
import { redact } from '../../core/redact.js';
import { timeBars } from '../charts/bar-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { grouped } from '../count-users.js';
import type { Failure } from '../count-errors.js';
import { instant, type Lang, named } from '../format.js';
import { ERRORS_DE } from '../words/errors-de.js';
import { NARROW, WIDE } from './load.js';
import { DataTable, Figure, Section } from './parts.js';
import type { ReportView } from './view.js';

const BARS = 60;
const INKS: readonly Ink[] = ['bad', 'c2', 'c4', 'c1'];
const OTHERS: Ink = 'c5';
/** One message is enough to recognise a kind of failure; the run folder has all. */
const MAX_MESSAGE_CHARS = 240;

export function Failures({ view }: { readonly view: ReportView }) {
  const { failures, summary, startOfDayMs, lang, f: { whole }, t: { errors: t } } = view;
  if (failures.length === 0) {
    return (
      <Section id="errors" title={t.title}>
        <p class="nothing">{summary.users.started === 0 ? t.nobodyStarted : t.none}</p>
      </Section>
    );
  }
  const kinds = grouped(failures, ({ code, phase }) => `${code} ${phase}`);
  return (
    <Section id="errors" title={t.title} intro={t.intro(failures.length, summary.errors.length)}>
      <ErrorsOverTime view={view} />
      <DataTable
        caption={t.caption}
        columns={t.columns.map((title, column) => ({ title, how: column >= 2 && column <= 4 ? 'errors' : undefined, figure: column >= 2 && column <= 4 }))}
        rows={summary.errors.map(({ code, phase, count }) => {
          const members = kinds.get(`${code} ${phase}`) ?? [];
          const times = members.map(({ atMs }) => atMs);
          const first = members.find(({ message }) => message !== '');
          return [
            <code>{code}</code>,
            named(t.phases, phase),
            whole(count),
            instant(times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), startOfDayMs),
            instant(times.reduce((a, b) => Math.max(a, b), 0), startOfDayMs),
            <>
              {aboutCode(code, lang)}
              {first ? <span class="said" lang="en">{shortened(redact(first.message))}</span> : null}
            </>,
          ];
        })}
      />
    </Section>
  );
}

function aboutCode(code: string, lang: Lang): string {
  if (!(code in ERROR_CODES)) return '';
  return lang === 'de' ? ERRORS_DE[code as ErrorCode] : ERROR_CODES[code as ErrorCode].about;
}

function shortened(text: string): string {
  return text.length <= MAX_MESSAGE_CHARS ? text : `${text.slice(0, MAX_MESSAGE_CHARS - 1)}…`;
}

function ErrorsOverTime({ view: { failures, spanMs, startOfDayMs, t: { errors: t } } }: { readonly view: ReportView }) {
  const byCode = [...grouped(failures, ({ code }) => code)].sort((a, b) => b[1].length - a[1].length);
  const stepMs = spanMs / BARS;
  const named = byCode.slice(0, INKS.length).map(([code, members], index) => ({ label: code, ink: INKS[index] ?? OTHERS, counts: countsOf(members, stepMs) }));
  const rest = byCode.slice(INKS.length).flatMap(([, members]) => members);
  const parts = rest.length === 0 ? named : [...named, { label: t.others, ink: OTHERS, counts: countsOf(rest, stepMs) }];
  const first = failures.reduce((min, { atMs }) => Math.min(min, atMs), Number.POSITIVE_INFINITY);
  const last = failures.reduce((max, { atMs }) => Math.max(max, atMs), 0);
  const most = byCode[0];
  const shape = { parts, stepMs, durationMs: spanMs, startOfDayMs };
  return (
    <Figure
      id="errors-time"
      title={t.chart}
      how="errors"
      summary={t.summary(failures.length, instant(first, startOfDayMs), instant(last, startOfDayMs), most?.[0] ?? '', most?.[1].length ?? 0)}
      legend={parts.map(({ label, ink }) => ({ label, ink }))}
      svg={timeBars('errors-w', shape, { ...WIDE, height: 240 })}
      narrow={timeBars('errors-n', shape, { ...NARROW, height: 240 })}
    />
  );
}

function countsOf(failures: readonly Failure[], stepMs: number): readonly number[] {
  const counts = Array.from({ length: BARS }, () => 0);
  for (const { atMs } of failures) {
    const bar = Math.min(BARS - 1, Math.max(0, Math.floor(atMs / stepMs)));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return counts;
}

/** What failing users saw. */
export function EvidencePictures({ view: { evidence, records, startOfDayMs, t: { errors: t } } }: { readonly view: ReportView }) {
  if (evidence.length === 0) return null;
  const shown = evidence.filter(({ dataUri }) => dataUri !== undefined);
  const hidden = evidence.length - shown.length;
  const names = new Map(records.map(({ planned }) => [planned.seq, planned.name]));
  return (
    <Section id="evidence" title={t.evidence} intro={t.evidenceIntro(shown.length, hidden)}>
      <div class="pictures">
        {shown.map(({ failure, dataUri }, index) => {
          const who = failure.seq === undefined ? t.aMeeting : (names.get(failure.seq) ?? t.user(failure.seq));
          return (
            <figure key={index}>
              <img src={dataUri} alt={t.screenOf(who, instant(failure.atMs, startOfDayMs), failure.code)} />
              <figcaption>
                <code>{failure.code}</code> {who}, {instant(failure.atMs, startOfDayMs)}
              </figcaption>
            </figure>
          );
        })}
      </div>
    </Section>
  );
}
