import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { formatsIn, type Formats, type Lang } from '../format.js';

/** Words of the parts that every page is made of. */
const PART_WORDS: Readonly<Record<Lang, { readonly notMeasured: string; readonly chart: string; readonly nothingToShow: string }>> = {
  en: { notMeasured: 'Not measured', chart: 'Chart', nothingToShow: 'Nothing to show' },
  de: { notMeasured: 'Nicht gemessen', chart: 'Diagramm', nothingToShow: 'Nichts zu zeigen' },
};

/** The language of the page that is being made; set once at its root. */
export const LangContext = createContext<Lang>('en');

/** Numbers (`f`) and the words of the parts (`t`) in the language of the page. */
export function useLang(): { readonly lang: Lang; readonly f: Formats; readonly t: (typeof PART_WORDS)[Lang] } {
  const lang = useContext(LangContext);
  return { lang, f: formatsIn(lang), t: PART_WORDS[lang] };
}
