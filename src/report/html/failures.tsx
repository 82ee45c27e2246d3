import { ERROR_CODES, type ErrorCode } from '../../core/errors.js';
import { redact } from '../../core/redact.js';
import { timeBars } from '../charts/bar-chart.js';
import type { Ink } from '../charts/render-svg.js';
import { grouped } from '../count-users.js';
import type { Failure } from '../count-errors.js';
import { counted, instant, whole } from '../format.js';
import { NARROW, WIDE } from './load.js';
import { DataTable, Figure, Section } from './parts.js';
import type { ReportView } from './view.js';

const BARS = 60;
const INKS: readonly Ink[] = ['bad', 'c2', 'c4', 'c1'];
const OTHERS: Ink = 'c5';
/** One message is enough to recognise a kind of failure; the run folder has all. */
const MAX_MESSAGE_CHARS = 240;

export function Failures({ view }: { readonly view: ReportView }) {
  const { failures, summary, startOfDayMs } = view;
  if (failures.length === 0) {
    return (
      <Section id="errors" title="Errors">
        <p class="nothing">{summary.users.started === 0 ? 'No user started, so none could fail.' : 'No errors.'}</p>
      </Section>
    );
  }
  const kinds = grouped(failures, ({ code, phase }) => `${code} ${phase}`);
  return (
    <Section id="errors" title="Errors" intro={`${counted(failures.length, 'failure')} of ${counted(summary.errors.length, 'kind')}. Each code is explained in docs/errors.md.`}>
      <ErrorsOverTime view={view} />
      <DataTable
        caption="Errors by code"
        columns={[{ title: 'Code' }, { title: 'During' }, { title: 'Count', figure: true }, { title: 'First', figure: true }, { title: 'Last', figure: true }, { title: 'What it means, and what was said first' }]}
        rows={summary.errors.map(({ code, phase, count }) => {
          const members = kinds.get(`${code} ${phase}`) ?? [];
          const times = members.map(({ atMs }) => atMs);
          const first = members.find(({ message }) => message !== '');
          return [
            <code>{code}</code>,
            PHASE_WORDS[phase] ?? phase,
            whole(count),
            instant(times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), startOfDayMs),
            instant(times.reduce((a, b) => Math.max(a, b), 0), startOfDayMs),
            <>
              {aboutCode(code)}
              {first ? <span class="said">{shortened(redact(first.message))}</span> : null}
            </>,
          ];
        })}
      />
    </Section>
  );
}

const PHASE_WORDS: Readonly<Record<string, string>> = {
  api: 'finding the server',
  page: 'loading the page',
  ready: 'opening the meeting',
  audio: 'connecting sound',
  first_audio: 'hearing sound',
  first_video: 'seeing a picture',
  meeting: 'in the meeting',
  join: 'joining',
  create: 'creating a meeting',
  end: 'ending a meeting',
};

function aboutCode(code: string): string {
  return code in ERROR_CODES ? ERROR_CODES[code as ErrorCode].about : '';
}

function shortened(text: string): string {
  return text.length <= MAX_MESSAGE_CHARS ? text : `${text.slice(0, MAX_MESSAGE_CHARS - 1)}…`;
}

function ErrorsOverTime({ view: { failures, spanMs, startOfDayMs } }: { readonly view: ReportView }) {
  const byCode = [...grouped(failures, ({ code }) => code)].sort((a, b) => b[1].length - a[1].length);
  const stepMs = spanMs / BARS;
  const named = byCode.slice(0, INKS.length).map(([code, members], index) => ({ label: code, ink: INKS[index] ?? OTHERS, counts: countsOf(members, stepMs) }));
  const rest = byCode.slice(INKS.length).flatMap(([, members]) => members);
  const parts = rest.length === 0 ? named : [...named, { label: 'Other codes', ink: OTHERS, counts: countsOf(rest, stepMs) }];
  const first = failures.reduce((min, { atMs }) => Math.min(min, atMs), Number.POSITIVE_INFINITY);
  const last = failures.reduce((max, { atMs }) => Math.max(max, atMs), 0);
  const most = byCode[0];
  const when = first === last ? `at ${instant(first, startOfDayMs)}` : `between ${instant(first, startOfDayMs)} and ${instant(last, startOfDayMs)}`;
  const shape = { parts, stepMs, durationMs: spanMs, startOfDayMs };
  return (
    <Figure
      id="errors-time"
      title="When errors happened"
      summary={`${counted(failures.length, 'failure')} ${when}; most often ${most?.[0] ?? ''} (${whole(most?.[1].length ?? 0)}).`}
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
export function EvidencePictures({ view: { evidence, records, startOfDayMs } }: { readonly view: ReportView }) {
  if (evidence.length === 0) return null;
  const shown = evidence.filter(({ dataUri }) => dataUri !== undefined);
  const hidden = evidence.length - shown.length;
  const names = new Map(records.map(({ planned }) => [planned.seq, planned.name]));
  return (
    <Section id="evidence" title="What failing users saw" intro={`${counted(shown.length, 'screenshot')} taken by users at the moment of failure${hidden > 0 ? `; ${whole(hidden)} more in the folder evidence of the run, or no longer there` : ''}.`}>
      <div class="pictures">
        {shown.map(({ failure, dataUri }, index) => {
          const who = failure.seq === undefined ? 'a meeting' : (names.get(failure.seq) ?? `user ${failure.seq}`);
          return (
            <figure key={index}>
              <img src={dataUri} alt={`Screen of ${who} at ${instant(failure.atMs, startOfDayMs)}: ${failure.code}`} />
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
