import { HOW_SOURCES, sourcesOf } from '../how-sources.js';
import type { RunHowKey } from '../words/run-how-en.js';
import { HowList } from './how.js';
import { HowLink } from './parts.js';
import type { ReportView } from './view.js';

/** A figure of a run's report that leads to how it was computed. */
export const How = HowLink<RunHowKey>;

/** The entries of columns from the first on; `undefined` where a column has no figure. */
export type HowColumns = readonly (RunHowKey | undefined)[];

export function HowComputed({ view: { t: { how } } }: { readonly view: ReportView }) {
  return <HowList title={how.title} intro={how.intro} entries={(Object.keys(HOW_SOURCES) as RunHowKey[]).map((key) => ({ key, ...how[key], sources: sourcesOf(key) }))} />;
}
