import { HowList } from '../html/how.js';
import { HowLink } from '../html/parts.js';
import type { CapacityView } from './view.js';
import type { CapacityWords } from './words-en.js';

type HowKey = Exclude<keyof CapacityWords['how'], 'title' | 'intro'>;

const HOW_KEYS: readonly HowKey[] = ['knee', 'confidence', 'headroom', 'down', 'first', 'firstServer', 'firstPhase', 'delivered', 'join', 'phases', 'steady', 'conditions', 'fit', 'servers', 'limits', 'reached', 'limitsMeasured', 'generator', 'before'];

/** A figure of a capacity report that leads to how it was computed. */
export const How = HowLink<HowKey>;

/** The entries of columns from the first on; `undefined` where a column has no figure. */
export type HowColumns = readonly (HowKey | undefined)[];

export function HowComputed({ view: { t } }: { readonly view: CapacityView }) {
  return <HowList title={t.how.title} intro={t.how.intro} entries={HOW_KEYS.map((key) => ({ key, ...t.how[key] }))} />;
}
