import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { formatsIn, type Formats, type Lang } from '../format.js';

/** Words of the parts that every page is made of. */
interface PartWords {
  readonly notMeasured: string;
  readonly chart: string;
  readonly nothingToShow: string;
  /** Under the caption of a table in which a dash stands for what was not measured. */
  readonly dash: string;
  /** Second line of the name of a row of steps. */
  readonly stepsUnmeasured: (count: number) => string;
  /** `rows`: where a step was not measured; empty: nowhere at all. */
  readonly unmeasured: (steps: readonly { readonly step: string; readonly rows: readonly string[] }[]) => string;
  /** Before the names of files and fields. */
  readonly sources: string;
}

const PART_WORDS: Readonly<Record<Lang, PartWords>> = {
  en: {
    notMeasured: 'Not measured',
    chart: 'Chart',
    nothingToShow: 'Nothing to show',
    dash: '–: not measured',
    stepsUnmeasured: (count) => `${count} ${count === 1 ? 'step' : 'steps'} not measured`,
    unmeasured: (steps) => `Not measured, and not drawn: ${steps.map(({ step, rows }) => `“${step}”${rows.length === 0 ? '' : ` (${rows.join(', ')})`}`).join('; ')}. What such a step took is part of the next one.`,
    sources: 'To be found in',
  },
  de: {
    notMeasured: 'Nicht gemessen',
    chart: 'Diagramm',
    nothingToShow: 'Nichts zu zeigen',
    dash: '–: nicht gemessen',
    stepsUnmeasured: (count) => `${count} ${count === 1 ? 'Schritt' : 'Schritte'} nicht gemessen`,
    unmeasured: (steps) => `Nicht gemessen und nicht gezeichnet: ${steps.map(({ step, rows }) => `„${step}“${rows.length === 0 ? '' : ` (${rows.join(', ')})`}`).join('; ')}. Was ein solcher Schritt dauerte, steckt im nächsten.`,
    sources: 'Zu finden in',
  },
};

/** The language of the page that is being made; set once at its root. */
export const LangContext = createContext<Lang>('en');

/** Numbers (`f`) and the words of the parts (`t`) in the language of the page. */
export function useLang(): { readonly lang: Lang; readonly f: Formats; readonly t: PartWords } {
  const lang = useContext(LangContext);
  return { lang, f: formatsIn(lang), t: PART_WORDS[lang] };
}
