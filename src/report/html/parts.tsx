import type { ComponentChildren } from 'preact';
import { useLang } from './lang.js';
import type { Ink } from '../charts/render-svg.js';
import type { Dash } from '../charts/line-chart.js';
import { MARK_PATHS, type Mark } from '../charts/marks.js';

/** A figure, or the name of several, that leads to how it was computed. `K`: the entries that the page explains. */
export function HowLink<K extends string>({ to, children }: { readonly to: K; readonly children: ComponentChildren }) {
  return (
    <a class="how" href={`#how-${to}`}>
      {children}
    </a>
  );
}

export interface LegendEntry {
  readonly label: string;
  readonly ink: Ink;
  /** A line of this kind; undefined: a filled square, or the mark. */
  readonly dash?: Dash;
  readonly mark?: Mark;
}

export interface FigureProps {
  readonly id: string;
  readonly title: string;
  /** Entry of the page that says how the figures of the chart were computed. */
  readonly how?: string | undefined;
  /** What the chart shows, in words and figures; for everyone, and all that a screen reader gets. */
  readonly summary: string;
  readonly legend?: readonly LegendEntry[];
  /** SVG of a chart, or undefined where nothing was measured. */
  readonly svg: string | undefined;
  /** Another drawing of it for narrow screens. */
  readonly narrow?: string | undefined;
}

export function Figure({ id, title, how, summary, legend, svg, narrow }: FigureProps) {
  const { t } = useLang();
  return (
    <figure class="chart" aria-labelledby={`${id}-title`}>
      <figcaption>
        <h3 id={`${id}-title`}>{how === undefined ? title : <HowLink to={how}>{title}</HowLink>}</h3>
        <p>{summary}</p>
      </figcaption>
      {svg === undefined ? (
        <p class="nothing">{t.notMeasured}</p>
      ) : (
        <>
          {legend && legend.length > 0 ? <Legend entries={legend} /> : null}
          <div class="plot" role="img" aria-label={`${t.chart}: ${title}. ${summary}`}>
            <div class={narrow === undefined ? undefined : 'wide'} dangerouslySetInnerHTML={{ __html: svg }} />
            {narrow === undefined ? null : <div class="narrow" dangerouslySetInnerHTML={{ __html: narrow }} />}
          </div>
        </>
      )}
    </figure>
  );
}

function Legend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <ul class="legend">
      {entries.map(({ label, ink, dash, mark }) => (
        <li key={label}>
          <svg viewBox="0 0 22 12" width="22" height="12" aria-hidden="true" focusable="false">
            {mark !== undefined ? (
              <path d={MARK_PATHS[mark]} transform="translate(6 1)" fill={`var(--${ink})`} />
            ) : dash === undefined ? (
              <rect x="5" y="0" width="12" height="12" rx="2" fill={`var(--${ink})`} />
            ) : (
              <line x1="0" y1="6" x2="22" y2="6" stroke={`var(--${ink})`} stroke-width="2.5" stroke-dasharray={dash === 'dashed' ? '6 4' : dash === 'dotted' ? '2 3' : undefined} />
            )}
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

export interface Column {
  readonly title: string;
  /** Entry of the page that says how the figures of the column were computed. */
  readonly how?: string | undefined;
  /** Figures stand right, in columns of equal digits. */
  readonly figure?: boolean;
}

export interface TableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** Said instead of an empty table. */
  readonly empty?: string;
  /** True: the caption is for screen readers only, as a heading says it already. */
  readonly quiet?: boolean;
  /** True: the cells have dashes for what was not measured. */
  readonly dashes?: boolean;
}

/** A table that scrolls sideways within itself where it does not fit; the page never does. */
export function DataTable({ caption, columns, rows, empty, quiet, dashes }: TableProps) {
  const { t } = useLang();
  if (rows.length === 0) return <p class="nothing">{empty ?? t.nothingToShow}</p>;
  return (
    <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class={quiet ? 'unseen' : undefined}>
          <span>
            {caption}
            {dashes ? ` (${t.dash})` : ''}
          </span>
        </caption>
        <thead>
          <tr>
            {columns.map(({ title, how, figure }) => (
              <th key={title} scope="col" class={figure ? 'figure' : undefined}>
                {how === undefined ? title : <HowLink to={how}>{title}</HowLink>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) =>
                column === 0 ? (
                  <th key={column} scope="row">
                    {typeof cell === 'string' ? breakable(cell) : cell}
                  </th>
                ) : (
                  <td key={column} class={columns[column]?.figure ? 'figure' : undefined}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A name that may be broken after its dots; an address with a port before the colon only. */
export function breakable(name: string): ComponentChildren {
  return name.split(/^[\d.]+:\d+$/.test(name) ? /(?=:)/ : /(?<=\.)/).flatMap((part, index) => (index === 0 ? [part] : [<wbr key={index} />, part]));
}

export interface SectionProps {
  readonly id: string;
  readonly title: string;
  /** One or two sentences for readers without technical knowledge. */
  readonly intro?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Section({ id, title, intro, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-heading`}>
      <h2 id={`${id}-heading`}>{title}</h2>
      {intro === undefined ? null : <p class="intro">{intro}</p>}
      {children}
    </section>
  );
}

/** A figure that may not exist: said in words, set back. */
export function Missing() {
  return <span class="missing">{useLang().f.notMeasured}</span>;
}

/** The same for a table with too many columns for words: a dash, which the caption explains and a screen reader reads out. */
export function MissingDash() {
  return (
    <span class="missing">
      <span aria-hidden="true">–</span>
      <span class="unseen">{useLang().f.notMeasured}</span>
    </span>
  );
}

/** A line of a list of facts. */
export function Pair({ term, text }: { readonly term: string; readonly text: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  );
}
